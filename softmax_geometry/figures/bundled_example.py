"""Entries on the bundled example, which is the set-up of figure 1b, and the same for any head."""

from __future__ import annotations

from matplotlib.figure import Figure

from softmax_geometry.example import load_example
from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import needed
from softmax_geometry.head import Head
from softmax_geometry.plots.histograms import norm_and_angle
from softmax_geometry.plots.plane import fit_plane, pca_plane
from softmax_geometry.regions import valid_region

EPSILON = 0.05


def _plane() -> Figure:
    example = load_example()
    region = valid_region(example.head, example.train, EPSILON, estimator="U_entropy")
    return pca_plane(region, fit_plane(example.train.z, example.ood.z), example.test, example.ood, points=100)


def _own_plane(head: Head, train: Features | None, epsilon: float) -> Figure:
    known = needed(train)
    region = valid_region(head, known, epsilon, estimator="U_entropy")
    return pca_plane(region, fit_plane(known.z), known, shown="train")


def _norms() -> Figure:
    example = load_example()
    return norm_and_angle(example.head, {"train": example.train.z, "test": example.test.z, "OOD": example.ood.z})


def own_norms(head: Head, train: Features | None, epsilon: float) -> Figure:
    """‖z‖ and the largest cosine of a head's training features; ε plays no part."""
    return norm_and_angle(head, {"train": needed(train).z})


ENTRIES = (
    Entry(
        "figure-1b",
        "Figure 1b: a LeNet maps Fashion-MNIST between its classes",
        "The plane of the first two principal components of the features of a LeNet trained on the digits 0, 1, 2; "
        "Fashion-MNIST is out of distribution (OOD). The shaded valid region of U_entropy holds the points more "
        "uncertain than more than 95 % of the training data: most OOD points lie in it, few test digits do. The paper "
        "is right here. Points are projected onto the plane, and the region is its cut through feature space. "
        "Recorded run: the bundled example, trained as in the paper (H = 16, 2 epochs); which digits, and the "
        "optimiser, are our choice.",
        _plane,
        ("Definition 1", "Theorem 2.7"),
        _own_plane,
    ),
    Entry(
        "norm-and-angle",
        "Norms and angles of the bundled example",
        "The norm ‖z‖ and the largest cosine between z and a centred weight, for training and test digits and for "
        "Fashion-MNIST, which is OOD. Both are lower for OOD images. Without biases a lower norm in the same "
        "direction raises the uncertainty, for any weights (proposition 4); a smaller largest cosine at the same "
        "norm does not always, even with the optimal structure (theorem 4). Recorded run: the bundled example.",
        _norms,
        ("Equation 6", "Proposition 4", "Theorem 4"),
        own_norms,
    ),
)
