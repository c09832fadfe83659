"""Entries on thresholds: the scores of two classes, the equation of the offset, and levels of finite samples."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy, U_max
from softmax_geometry.figures.entry import Entry
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.style import IN, OUT, REFERENCE
from softmax_geometry.symbolic import two_class
from softmax_geometry.thresholds import conformal_quantile, upper_quantile
from softmax_geometry.two_class import two_class_offset

GREEN, EPSILON = "#009E73", 0.05


def _of_offset(formula: Any, offsets: Array, m: float) -> Array:
    """A formula of `symbolic.two_class` at offsets a, for classes N(±m, 1) of equal weight."""
    a = sp.Symbol("a", nonnegative=True)
    values = sp.lambdify(a, formula(a, [m, -m], [1, 1], [sp.Rational(1, 2)] * 2), modules=["scipy", "numpy"])(offsets)
    return np.broadcast_to(values, offsets.shape)


def _offset_equation() -> Figure:
    a = np.linspace(0, 3, 301)
    shown = []
    for m, title in ((2.0, "m = ±2: classes overlap a little"), (1.5, "m = ±1.5: more than ε on the wrong side")):
        root = float(two_class_offset([m, -m], [1.0, 1.0], [0.5, 0.5], EPSILON))
        curves = [
            Curve(a, _of_offset(two_class.mass_outside, a, m), "exact mass outside", IN),
            Curve(a, _of_offset(two_class.separable_mass_outside, a, m), "eq. 20, sign corrected", GREEN, "--"),
            Curve(a, (1 + _of_offset(two_class.equation_20_printed, a, m)) / 2, "eq. 20 as printed", OUT),
            Curve(a, np.full_like(a, 1 - EPSILON), "1 − ε", REFERENCE, ":"),
            Curve([root], [1 - EPSILON], None, IN, "o"),
        ]
        shown.append(
            CurvePanel(
                curves,
                "half-width a (logits)",
                "training mass outside the region",
                title,
                notes=[(root, 1 - EPSILON, f"a = {root:.3f}")],
                limits=(0, 1.1),
                legend="" if shown else "lower left",
            )
        )
    return curve_panels(shown)


def _two_class_scores() -> Figure:
    gap = np.linspace(-6, 6, 241)
    logits = np.stack([gap, np.zeros_like(gap)], axis=1)
    temperatures = np.linspace(0.2, 5, 100)
    cooled = np.array([3.0, 1.0, 0.0]) / temperatures[:, None]
    scores = {"U_max": U_max, "U_entropy (nats)": U_entropy}
    left = CurvePanel(
        [Curve(gap, score(logits), name) for name, score in scores.items()],
        "g, logit of class 1 minus that of class 2",
        "uncertainty",
        "two classes",
        limits=(None, 1.4),
    )
    right = CurvePanel(
        [Curve(temperatures, score(cooled), name) for name, score in scores.items()],
        "temperature T, logits divided by T",
        "uncertainty",
        "logits 3, 1, 0 warmed",
        limits=(None, 1.6),
    )
    return curve_panels([left, right])


def _finite_sample_level() -> Figure:
    sizes = np.arange(20, 401)
    ranks = {
        "conformal threshold": lambda scores: conformal_quantile(scores, EPSILON),
        "empirical threshold (definition 1)": lambda scores: upper_quantile(scores, EPSILON),
    }
    curves = [
        Curve(sizes, [100 * (1 - rank(np.arange(1.0, n + 1)) / (n + 1)) for n in sizes.tolist()], name)
        for name, rank in ranks.items()
    ]
    curves.append(Curve(sizes, [100 * EPSILON] * len(sizes), f"ε = {100 * EPSILON:g} %", REFERENCE, ":"))
    curves.append(Curve(sizes, 100 * (EPSILON - 1 / (sizes + 1)), "ε − 1/(n + 1)", REFERENCE, "--"))
    panel = CurvePanel(
        curves, "held-out points n that set the threshold", "chance to flag a fresh point (%)", limits=(0, 10)
    )
    return curve_panels([panel])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "offset-equation",
        "The equation for the half-width, right and wrong",
        "Two Gaussian classes with logit gaps N(±m, 1). The region is {|g| < a}, and a is where the training mass "
        "outside it falls to 1 − ε (dotted). The exact mass (blue) starts at 1 and falls, so there is always "
        "exactly one root. Equation 20 as printed (orange) has a sign slip and starts at ½: it has no root. With "
        "the sign corrected (dashed) it leaves out the mass on the wrong side; it is close for separate classes, "
        "and has no root either once more than ε is misclassified (right).",
        _offset_equation,
        (
            "Corollary 1.1, eq 20",
            "Corollary 1.1*",
            "Corollary 1.1, separable form",
            "Corollary 1.1, eqs 21-22",
            "Definition 3",
            "Theorem 1",
        ),
    ),
    Entry(
        "two-class-scores",
        "Two scores of the softmax, against gap and temperature",
        "Left: for two classes both scores depend on the gap g of the logits alone, are the same for g and −g, and "
        "fall as |g| grows. So both regions are the same slab {|g| < s}. Right: three fixed logits, divided by T. "
        "Warming raises both uncertainties; the paper's section 5 has it the other way round.",
        _two_class_scores,
        (
            "Equations 1-4",
            "Lemma 1.1",
            "Lemma 1.2",
            "Section 5, temperature",
        ),
    ),
    Entry(
        "finite-sample-level",
        "What a threshold from n points guarantees",
        "A threshold is a quantile of n held-out scores; the curves are the chance that a fresh in-distribution point "
        "is flagged (scores without ties). Definition 1 applied to the sample (green) mostly flags more than ε, by up "
        "to 1/(n + 1); the conformal rank (blue) never more, and at most 1/(n + 1) less. The teeth are whole ranks. "
        "For a network's own training points nothing is guaranteed: their scores are too low.",
        _finite_sample_level,
        (
            "Theorem 1.2",
            "Theorem 1.0",
            "Definition 1",
        ),
    ),
)
