"""Entries on the logit margin: it encloses each softmax score, and says how far a point may move."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.certificates import stability_radius
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.linear_regions import confidence_region
from softmax_geometry.figures.planes import in_plane, needed
from softmax_geometry.figures.regions import EPSILON, SOFTMAX
from softmax_geometry.gaussian_regions import gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.plots.linear_gap import linear_gap
from softmax_geometry.plots.stability import stability_balls
from softmax_geometry.plots.view import View
from softmax_geometry.regions import ValidRegion, valid_region
from softmax_geometry.structure import simplex


def _margin_sandwich() -> Figure:
    head = Head(simplex(3))
    gaussians = ClassGaussians(2.5 * head.weight, [0.2 * np.eye(2)] * 3)
    thresholds = {name: gaussian_threshold(head, gaussians, EPSILON, name, n=8192) for name in SOFTMAX}
    return linear_gap({name: (ValidRegion(head, threshold), View(4)) for name, threshold in thresholds.items()})


def _own_sandwich(head: Head, train: Features | None, epsilon: float) -> Figure:
    plane = in_plane(head, train)
    thresholds = {name: valid_region(head, needed(train), epsilon, name).threshold for name in SOFTMAX}
    return linear_gap({name: (ValidRegion(plane.head, of), plane.view) for name, of in thresholds.items()})


def _stability() -> Figure:
    region = confidence_region(Head(simplex(3)), 0.9)
    points = np.array([[0, 0], [0, 1.8], [-1.8, -1.0], [1.8, -1.0], [0.4, 3.6], [2.6, 1.6], [-2.6, 1.6], [0, -3]])
    radii = stability_radius(region.head, points, L=region.threshold.margin)
    return stability_balls(region, points, radii, View(4.5))


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "margin-sandwich",
        "Each softmax score lies between two margins",
        "Three classes with Gaussian features, ε = 5 %. For U_max and U_entropy alike the valid region (yellow and "
        "blue) holds every point whose margin M, the lead of the largest logit, is below L (yellow), and none "
        "where it is above L⁺ (dotted). The gap is wider for the entropy: it counts all classes, and so stays "
        "high longer where three are close.",
        _margin_sandwich,
        (
            "Theorem 2.6",
            "Theorem 2.7",
            "Corollary 2.1",
        ),
        _own_sandwich,
    ),
    Entry(
        "stability",
        "How far a point may move before its verdict can change",
        "The logit of the confidence changes by at most D = max ‖w_i − w_j‖ for each unit that z moves. So each "
        "point has a ball, known from its confidence alone, in which its verdict stays the same: in the valid "
        "region (orange) or out of it (blue). The balls almost touch the border where the shortest way out leads "
        "across one boundary, and are cautious elsewhere. For two classes they are exact.",
        _stability,
        ("Theorem 2.8",),
    ),
)
