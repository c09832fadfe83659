"""Entries on classes that have collapsed to points: the valid region their means leave."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_max_log
from softmax_geometry.features import ClassGaussians
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.regions import EPSILON
from softmax_geometry.gaussian_regions import gaussian_mass
from softmax_geometry.head import Head
from softmax_geometry.plots.regions_in_plane import RegionPanel, region_panels
from softmax_geometry.plots.view import View
from softmax_geometry.regions import ValidRegion
from softmax_geometry.structure import named_structure, simplex
from softmax_geometry.thresholds import Threshold


def isotropic(H: int, std: float, centre: Array | None = None) -> ClassGaussians:
    """One round Gaussian: a law of OOD features."""
    return ClassGaussians([np.zeros(H) if centre is None else centre], [std**2 * np.eye(H)])


def collapsed_threshold(head: Head, means: Array) -> Threshold:
    """The threshold of U_max when each class is a point, for ε below the prior of each: that of the least sure mean."""
    return Threshold("U_max", EPSILON, float(U_max_log(head.logits(means)).max()), "gaussian")


def _two_points() -> Figure:
    head, shown = Head(simplex(2, 2, scale=0.6)), []
    for degrees in (0.0, 50.0):
        turn = np.radians(degrees)
        first = head.weight[0] / 0.6 @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        means = np.array([first, -first])
        region = ValidRegion(head, collapsed_threshold(head, means))
        title = f"means turned by {degrees:.0f}°\nhalf-width {region.widths[0, 1] / 2:.2f} c₂"
        shown.append(RegionPanel(title, head, region, View(1.8), means=means, radius=1.0, weights=True))
    return region_panels([shown], panel=3.3)


def _exact_regions() -> Figure:
    turn = np.arcsin(1 / 50)
    bunch = np.array([[np.cos(turn), np.sin(turn)], [np.cos(turn), -np.sin(turn)], [-1.0, 0.0]])
    shown = []
    for title, unit, c, half in (
        ("optimal, c₁c₂ = 2", named_structure("optimal"), 2.0, 2.0),
        ("optimal, c₁c₂ = 0.05", named_structure("optimal"), 0.05, 6.0),
        ("two alike, c₁c₂ = 0.05", bunch, 0.05, 6.0),
    ):
        head = Head(c * unit)
        threshold = collapsed_threshold(head, unit)
        mass = gaussian_mass(head, isotropic(2, 2.0), threshold, n=8192).value
        title = f"{title}\nOOD mass {mass:.2f}"
        shown.append(RegionPanel(title, head, ValidRegion(head, threshold), View(half), means=unit, radius=1.0))
    return region_panels([shown])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "two-points",
        "Two collapsed classes: the band reaches as far as the means",
        "Two classes, each a single point at distance c₂ from the origin (dashed circle); the valid region is the band "
        "between them. It is widest, and touches the circle, when the means lie along w₁ − w₂, as in the optimal "
        "structure (left); turned away (right) they leave a narrower one. The length of w₁ − w₂ does not matter. So "
        "for two classes corollary 5.1 is true.",
        _two_points,
        ("Corollary 5.1 (i)",),
    ),
    Entry(
        "collapsed-regions",
        "Exact regions of collapsed classes: what the optimal structure holds, and what it does not",
        "Three classes, each a single point; the valid region of U_max is where the confidence is below that at the "
        "least sure mean. Left: for the optimal structure it contains the whole disc through the means, except the "
        "means: no other structure does better inside. Middle and right: with small logits and OOD data mostly "
        "outside the disc, two almost equal weights opposite the third (right) give a region of more mass than the "
        "optimal structure. OOD mass is under N(0, 4 I) throughout.",
        _exact_regions,
        (
            "Corollary 5.1 (iii)",
            "Corollary 5.1, exact region",
            "Corollary 5.1, open question",
            "Corollary 5.1",
        ),
    ),
)
