"""How wide the slabs of the linear region are: the entry "widths"."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.example import load_example
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import needed
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.style import OUT, ordered_colours
from softmax_geometry.regions import LinearRegion, valid_region
from softmax_geometry.two_class import two_class_margins, two_class_offset

LEVELS = (0.01, 0.05, 0.1, 0.2)


def widths_of(head: Head, train: Features, epsilon: float, curves: CurvePanel) -> Figure:
    """Width against weight distance at several levels with a point for each pair at level ε, beside another panel."""
    distances = np.sqrt(head.squared_distances()[np.triu_indices(head.K, 1)])
    widths = valid_region(head, train, epsilon).widths[np.triu_indices(head.K, 1)]
    d = np.linspace(0.5 * distances.min(), 1.3 * distances.max(), 100)
    shown = []
    for level, colour in zip(LEVELS, ordered_colours(len(LEVELS)), strict=True):
        L = valid_region(head, train, level).threshold.margin
        by_distance = [LinearRegion(Head([[x], [0.0]]), L).widths[0, 1] for x in d]
        shown.append(Curve(d, by_distance, f"ε = {level:g}, L = {L:.2f}", colour))
    shown.append(Curve(distances, widths, f"pairs of classes, ε = {epsilon:g}", OUT, "o"))
    few = head.K <= 4
    pairs = combinations(range(head.K), 2)
    notes = [(x, y, f"{i} | {j}") for (i, j), x, y in zip(pairs, distances.tolist(), widths.tolist(), strict=True)]
    left = CurvePanel(
        shown,
        "‖wᵢ − wⱼ‖ (logits per unit of z)",
        "width of the slab (units of z)",
        "width 2L/‖wᵢ − wⱼ‖",
        notes=notes * few,
    )
    return curve_panels([left, curves])


def _widths() -> Figure:
    example = load_example()
    epsilon = np.geomspace(1e-3, 0.5, 60)
    head = Head([[1.0], [-1.0]])
    curves, spreads = [], (0.2, 0.4, 0.6)
    for std, colour in zip(spreads, ordered_colours(len(spreads)), strict=True):
        clusters = ClassGaussians([[1.0], [-1.0]], [[[std**2]], [[std**2]]])
        means, stds = two_class_margins(head, clusters)
        offsets = two_class_offset(means, stds, clusters.priors, epsilon)
        widths = [LinearRegion(head, float(a)).widths[0, 1] for a in offsets]
        curves.append(Curve(epsilon, widths, f"standard deviation {std:g}", colour))
    right = CurvePanel(
        curves,
        "ε, share of training data in the region",
        "width of the slab (units of z)",
        "two Gaussian classes at z = ±1",
        "log x",
        limits=(0, None),
    )
    return widths_of(example.head, example.train, 0.05, right)


def _own_widths(head: Head, train: Features | None, epsilon: float) -> Figure:
    features = needed(train)
    levels = np.geomspace(max(1e-3, 2 / len(features)), 0.5, 30)
    by_level = np.array(
        [valid_region(head, features, float(level)).widths[np.triu_indices(head.K, 1)] for level in levels]
    )
    named = {"widest pair": by_level.max(axis=1), "median pair": np.median(by_level, axis=1)}
    curves = [Curve(levels, widths, name) for name, widths in {**named, "narrowest": by_level.min(axis=1)}.items()]
    right = CurvePanel(
        curves, "ε, share of training data in the region", "width of the slab (units of z)", "this head", "log x"
    )
    return widths_of(head, features, epsilon, right)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "widths",
        "How wide the bands are",
        "Left: the network that comes with the package. ε gives one margin threshold L, and each slab is 2L/‖w_i − "
        "w_j‖ wide: the further apart two weights, the narrower their band. The points are its three pairs of "
        "classes. Right: two Gaussian classes at ±1; a share ε of them lies in the band. Tight clusters leave room "
        "for a wide band even at a small ε.",
        _widths,
        (
            "Definition 4*",
            "Corollary 1.1*",
            "Theorem 1*",
        ),
        _own_widths,
    ),
)
