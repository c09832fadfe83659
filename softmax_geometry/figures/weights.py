"""Entries on the weights alone: what about them is arbitrary, and how far apart they can point."""

from __future__ import annotations

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.regions import EPSILON, aligned_classes
from softmax_geometry.gaussian_regions import gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.regions_in_plane import RegionPanel, region_panels
from softmax_geometry.plots.style import IN, OUT
from softmax_geometry.plots.view import View
from softmax_geometry.regions import ValidRegion
from softmax_geometry.structure import simplex, structure
from softmax_geometry.symbolic import structure as symbolic


def _gauge() -> Figure:
    head = Head(simplex(3))
    shifted = Head(head.weight + np.array([0.9, 0.9]))
    gaussians = aligned_classes(head.weight)
    threshold = gaussian_threshold(head, gaussians, EPSILON, n=8192)
    shown = []
    for name, of in (("centred weights", head), ("the same vector added to each", shifted)):
        cosines = structure(of).raw_cosines[np.triu_indices(3, 1)]
        title = f"{name}\ncosines " + ", ".join(f"{x:.2f}" for x in cosines.tolist()).replace("-", "−")
        shown.append(RegionPanel(title, of, ValidRegion(of, threshold), View(3.2), weights=True))
    return region_panels([shown], panel=3.3)


def _packing() -> Figure:
    H, classes = 6, np.arange(2, 21)
    measured = [structure(Head(np.random.default_rng(0).standard_normal((K, H)))) for K in classes.tolist()]
    left = CurvePanel(
        [
            Curve(classes, [s.cosine_max_least for s in measured], "largest cosine", IN, "o-"),
            Curve(classes, [s.coherence_least for s in measured], "largest |cosine| (Welch)", OUT, "o-"),
        ],
        "classes K",
        "cosine of centred weights, at least",
        f"H = {H} features",
        limits=(None, 1.3),
    )
    gap = sp.lambdify(K := sp.Symbol("K"), symbolic.aligned_gap(1, 1, K))
    margins = [gap(k) if k <= H + 1 else 1.0 for k in classes.tolist()]
    curves = [Curve(classes, margins, "upper bound", IN)]
    attained = [k for k in classes.tolist() if k <= 2 * H]
    curves.append(Curve(attained, [_best_margin(k, H) for k in attained], "attained", OUT, "o"))
    right = CurvePanel(curves, "classes K", "least margin at the means, in c₁c₂", f"H = {H} features", limits=(0, 2.4))
    return curve_panels([left, right])


def _best_margin(K: int, H: int) -> float:
    """Least margin at the means of the best structure for K ≤ 2H: the simplex, or vectors ±e_h."""
    unit = simplex(K, H) if K <= H + 1 else np.concatenate([np.eye(H), -np.eye(H)])[np.r_[:H, H:K]]
    logits = Head(unit).logits(unit)
    return float((np.diagonal(logits) - np.where(np.eye(K) > 0, -np.inf, logits).max(axis=1)).min())


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "gauge",
        "Adding one vector to all weights changes nothing",
        "Two heads that differ by one vector added to every weight. All differences of logits are the same, and so "
        "are the softmax, the boundaries and the valid region; yet norms of the weights and angles between them "
        "differ completely. Norms and angles mean something only after a convention: this toolkit centres the "
        "weights (left).",
        _gauge,
        ("Gauge",),
    ),
    Entry(
        "packing",
        "How far apart K weights can point",
        "Left: no K vectors in H = 6 dimensions have a largest cosine below the blue line. It is −1/(K−1), the "
        "simplex, while H ≥ K − 1; then it jumps to 0, since not all can be at obtuse angles. The orange line is "
        "Welch's bound for |cosine|. Right: the largest least margin at the class means, in units of c₁c₂: K/(K−1) "
        "with the simplex, and still 1 beyond it, up to K = 2H (dots): so too few features cost only a factor of "
        "(K−1)/K.",
        _packing,
        (
            "Lemma S",
            "Lemma R",
            "Lemma W",
            "Theorem 3.1",
            "Theorem 3.4",
            "Equations 41-49",
        ),
    ),
)
