"""Figures on norm and angle: what max cos says about the confidence, and what it does not."""

from __future__ import annotations

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from scipy.special import log_softmax, softmax

from softmax_geometry.angles import (
    confidence_from_cosines,
    features_at_cosines,
    meridian,
)
from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy
from softmax_geometry.figures.entry import Entry
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.exponential_steps import Steps, TrueRange, equation_82
from softmax_geometry.plots.rotation import Turn, derivative_signs, turns
from softmax_geometry.plots.style import IN, OUT, REFERENCE
from softmax_geometry.structure import simplex
from softmax_geometry.symbolic import angles as symbolic

SCALES = (0.5, 1.0, 2.0, 4.0, 8.0)


def _figure_11() -> Figure:
    c, theta = sp.symbols("c theta", positive=True)
    values = np.linspace(0, np.pi / 3, 241)[1:]
    in_angle, in_cosine = (
        np.stack([sp.lambdify((c, theta), slope(c, theta), "numpy")(scale, values) for scale in SCALES])
        for slope in (symbolic.three_class_derivative, symbolic.three_class_derivative_in_cosine)
    )
    return derivative_signs(values, SCALES, in_angle, in_cosine)


def _figure_12() -> Figure:
    x_2, drop, delta_2, K = sp.symbols("x_2 drop delta_2 K", positive=True)
    left = sp.lambdify((drop, delta_2, K), symbolic.equation_82_left(-drop, delta_2, K), "numpy")
    right = sp.lambdify((x_2, drop, delta_2), symbolic.equation_82_right(x_2, -drop, delta_2), "numpy")
    turn, small = 0.2, 0.01
    change = float(symbolic.conserved_change(-small, turn, 3))
    cases = [
        Steps(x, turn + small, -small - change, float(left(small, turn, 3)), float(right(x, small, turn)))
        for x in (0.2, -0.5)
    ]
    x, d = np.linspace(-0.5, 0.5, 201), np.linspace(0.002, 0.7, 201)
    gap = right(x[None], small, d[:, None]) - left(small, d[:, None], 3)
    gap_of_two = 2 * right(x[None], small, d[:, None]) - left(small, 2 * d[:, None], 3)
    return equation_82(cases, TrueRange(x, d, turn, gap, gap_of_two))


def _turns() -> Figure:
    phi, c = np.linspace(0, np.pi, 361), 4.0
    root = np.sqrt(3) / 2
    directions = [("in the plane of the weights", root), ("between", root / 2), ("off the plane", 0.0)]
    return turns(
        phi,
        [(label, meridian(phi, c, [t, -t])) for label, t in directions],
        [_entropy_on_meridian(label, c, t) for label, t in directions],
        [_turn("towards w₂", 1, 45), _turn("towards w₃", 2, 30)],
    )


def _entropy_on_meridian(label: str, c: float, t: float) -> tuple[str, Array, Array]:
    """The entropy while class 1 is the closest, tan φ ≤ A/max t."""
    phi = np.linspace(0, np.arctan2(1.5, t), 181)
    angle = sp.Symbol("phi")
    cosines = sp.lambdify(angle, symbolic.meridian_cosines(angle, [t, -t]), "numpy")(phi)
    return label, phi, U_entropy(c * np.stack(cosines, axis=1))


def _turn(label: str, towards: int, degrees: float) -> Turn:
    """From cosines (3/5, 1/5, −4/5), c = 2, towards one of three weights in R³, up to a tie of the two closest."""
    weight, c = simplex(3, 3), 2.0
    z = features_at_cosines(weight, np.array([0.6, 0.2, -0.8]))
    side = weight[towards] - (weight[towards] @ z) * z
    angle = np.radians(np.linspace(0, degrees, 181))[:, None]
    cosines = (np.cos(angle) * z + np.sin(angle) * side / np.linalg.norm(side)) @ weight.T
    kept = cosines.argmax(axis=1) == 0
    return Turn(label, cosines[kept, 0], confidence_from_cosines(c, cosines[kept]))


def _drift() -> Figure:
    """Random moves of five logits, turns in the plane of two weights (eqs 77–79), and eq 57's sums of exponentials."""
    K, n = 5, 400
    p, change = sp.symbols(f"p1:{K + 1}"), sp.symbols(f"d1:{K + 1}")
    drift = sp.lambdify((p, change), symbolic.drift(p, change), "numpy")

    def moved(before: Array, by: Array) -> tuple[Array, Array]:
        """Drift and change of log p_1 when the logits `before` (n, 5) move by `by`."""
        rise = log_softmax(before + by, axis=1) - log_softmax(before, axis=1)
        return drift(softmax(before, axis=1).T, by.T), rise[:, 0]

    rng = np.random.default_rng(0)
    logits = np.sort(rng.normal(0, 1.2, (n, K)), axis=1)[:, ::-1]
    fall, rise = -rng.uniform(0, 1.5, n), rng.uniform(0, 1.5, n)
    others = sp.lambdify(change[:2], symbolic.conserved_change(change[0], change[1], K), "numpy")(fall, rise)
    turn = np.stack([fall, rise, *(K - 2) * [others]], axis=1)
    free, planar = moved(logits, rng.normal(0, 1, (n, K))), moved(logits, turn)
    ends = np.array([-2.5, 2.5])
    left = CurvePanel(
        [
            Curve(*free, "any move", "#9a9a9a", "."),
            Curve(*planar, "turn in the plane of w₁, w₂", IN, "."),
            Curve(ends, -ends, "bound −drift", OUT),
        ],
        "drift E_p[Δ] − Δ₁ (logits)",
        "change of log p₁",
        limits=(-4, 3),
        legend="upper right",
    )
    s = np.linspace(0, 1.5, 101)
    right = CurvePanel(
        [
            Curve(s, np.exp(1 + s) + np.exp(-s), "(1 + s, −s), sum 1", IN),
            Curve(s[[0, -1]], 2 * [2 * np.e], "(1, 1), sum 2", REFERENCE, "--"),
        ],
        "spread s",
        "sum of exponentials",
        legend="upper left",
    )
    return curve_panels([left, right])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "figure-11",
        "Slope of the confidence, three weights in the plane",
        "Figure 11 of the paper: how the confidence of eq 67 changes as z turns away from the closest of three "
        "optimal weights in the plane, for several scales c = ‖w‖‖z‖. Left: the slope in the angle is negative "
        "for every c, so the confidence falls as z turns away: here theorem 4 is true, and it is proved for all "
        "c, not only for the range that was plotted. Right: the slope in cos θ is therefore positive. The paper "
        "prints the opposite sign (orange half plane) and calls the confidence decreasing in cos θ.",
        _figure_11,
        (
            "Theorem 4, K=3 in the plane",
            "Theorem 4",
        ),
    ),
    Entry(
        "figure-12",
        "The inequality behind theorem 5, on the exponential curve",
        "Figure 12 of the paper: both sides of eq 82 as steps on e^x. As z turns from w₁ towards w₂, class 2 "
        "climbs by δ₂ − δ₁ (orange), the others step down from cosine 0 (blue), and the paper argues that the orange "
        "step is the taller one, since it lies higher on the curve. That is so when x₂ ≥ 0 (first panel). The "
        "very same turn fails when x₂ is negative (second panel), as it is at the start of every turn out of w₁. "
        "Third panel: where the inequality is true for K = 3 and δ₁ = −0.01 (blue), with the two instances as "
        "dots, and the border of eq 85 for K = 4 and two classes alike (dotted).",
        _figure_12,
        (
            "Equation 82",
            "Equation 85",
            "Equations 71-76",
            "Theorem 5",
        ),
    ),
    Entry(
        "rotations",
        "Rotations that are safe, and one that is not",
        "Three optimal weights. Left: the softmax of class 1 falls all the way as z turns from w₁ by up to 90°, "
        "in every direction (theorem 5.1, c = 4), so each weight is the only peak of its class. Middle: the "
        "entropy rises as long as class 1 is the closest (theorem 5.2). Right: from cosines 0.6, 0.2, −0.8 (c = "
        "2) a turn towards the second closest weight lowers both the largest cosine and the confidence (theorem "
        "5.4). A turn towards the third lowers the cosine too, but raises the confidence: so theorem 4 "
        "fails off the plane.",
        _turns,
        (
            "Theorem 5.1",
            "Theorem 5.2",
            "Corollary 5.3",
            "Theorem 5.4",
            "Theorem 4",
        ),
    ),
    Entry(
        "drift",
        "A criterion for any move of the logits",
        "What replaces the paper's reasoning with budgets of cosines. Left: the drift E_p[Δ] − Δ₁ of a move Δ of "
        "the logits bounds what happens to p₁ (theorem 5.6): no dot lies above the line, so a move with positive "
        "drift never raises p₁. Turns in the plane of w₁ and the second closest w₂ have positive drift, always "
        "(theorem 5.5, blue). Right: why sums alone decide nothing (eq 57, where the paper is right): numbers "
        "with the smaller sum have the larger sum of exponentials once they are spread out enough.",
        _drift,
        (
            "Theorem 5.6",
            "Theorem 5.5",
            "Equation 57",
            "Equations 71-76",
        ),
    ),
)
