"""Entries on densities and levels: the region of U_density, and the AUROC as an average over ε."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.auroc import auroc
from softmax_geometry.density import U_density
from softmax_geometry.density_regions import DensityRegion, density_region
from softmax_geometry.estimators import U_max_log
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import in_plane
from softmax_geometry.figures.regions import EPSILON, aligned_classes, density_of
from softmax_geometry.gaussian_regions import gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel
from softmax_geometry.plots.density_sandwich import density_sandwich
from softmax_geometry.plots.nested_levels import nested_levels
from softmax_geometry.plots.style import OUT
from softmax_geometry.plots.view import View
from softmax_geometry.regions import ValidRegion
from softmax_geometry.structure import simplex
from softmax_geometry.thresholds import upper_quantile


def _density_sandwich() -> Figure:
    def region(gaussians: ClassGaussians) -> DensityRegion:
        return density_region(density_of(gaussians), gaussians.sample(40_000, rng=0), EPSILON)

    shapes = [np.diag([1.2, 0.4]), np.diag([0.4, 1.2]), 0.6 * np.eye(2)]
    directions = simplex(3)
    close, apart = (region(ClassGaussians(distance * directions, shapes)) for distance in (1.6, 4.0))
    one = region(ClassGaussians([[0.0, 0.0]], [np.diag([3.0, 0.5])]))
    return density_sandwich(
        {"clusters overlap": (close, View(5)), "clusters apart": (apart, View(8))}, printed=(one, View(5))
    )


def _own_density(head: Head, train: Features | None, epsilon: float) -> Figure:
    plane = in_plane(head, train)
    return density_sandwich(
        {
            "one Gaussian for each class": (
                density_region(density_of(plane.gaussians), plane.features, epsilon),
                plane.view,
            )
        }
    )


def _auroc_average() -> Figure:
    head = Head(simplex(3))
    gaussians = aligned_classes(head.weight)
    inside = gaussians.sample(20_000, rng=2).z
    ood = ClassGaussians([[0.0, 0.0]], [4.5 * np.eye(2)]).sample(20_000, rng=3).z
    model = density_of(gaussians)
    scores = {
        "U_max": (U_max_log(head.logits(inside)), U_max_log(head.logits(ood))),
        "U_density": (U_density(inside, model), U_density(ood, model)),
    }
    levels = np.linspace(0.005, 0.995, 100)
    curves = []
    for k, (name, (of_in, of_out)) in enumerate(scores.items()):
        masses = [float((of_out > upper_quantile(of_in, float(level))).mean()) for level in levels]
        label = f"{name}: area {auroc(of_in, of_out).value:.3f} = AUROC"
        curves.append(Curve(levels, masses, label, filled=k == 0))
    shown = (0.5, 0.2, EPSILON)
    caught = [float((scores["U_max"][1] > upper_quantile(scores["U_max"][0], level)).mean()) for level in shown]
    curves.append(Curve(shown, caught, "the three regions on the left", OUT, "o"))
    panel = CurvePanel(
        curves, "ε, share of training data in the region", "share of OOD data in the region", limits=(0, 1.02)
    )
    regions = [ValidRegion(head, gaussian_threshold(head, gaussians, level, n=8192)) for level in shown]
    return nested_levels(regions, gaussians, ood[:150], View(5.5), panel)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "density-sandwich",
        "The region of the density is not an intersection of ellipsoid exteriors",
        "The exact valid region of U_density (yellow), and two intersections of ellipsoid exteriors q_i > c_i that "
        "enclose it from both sides. Left: where clusters overlap neither is exact; the larger one (dashed) is the "
        "region of another score, −log max π_i N_i. Middle: far apart, that one can no longer be told from the exact "
        "region. Right: equation 23 as printed has Σ in place of its inverse, which turns the ellipsoids.",
        _density_sandwich,
        (
            "Proposition 2",
            "Theorem 2.1",
            "Theorem 2.2",
            "Theorem 2.3",
            "Theorem 2.4",
        ),
        _own_density,
    ),
    Entry(
        "auroc-average",
        "The AUROC is the average share of OOD data caught",
        "Left: the valid regions of U_max at ε = 5 %, 20 % and 50 %, nested in each other, with OOD points. Right: "
        "the share of OOD data inside the region against ε. The area under the curve is the AUROC, the average over "
        "all levels (ties count half). So AUROC compares estimators over all ε at once, also those that nobody "
        "would use.",
        _auroc_average,
        (
            "Theorem 1.1",
            "Theorem 1.0",
        ),
    ),
)
