"""Figures on norm and angle: what max cos says about the confidence, and what it does not."""

from __future__ import annotations

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

from softmax_geometry.angles import (
    confidence_from_cosines,
    features_at_cosines,
    meridian,
)
from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy
from softmax_geometry.figures.entry import Entry
from softmax_geometry.plots.exponential_steps import Steps, TrueRange, equation_82
from softmax_geometry.plots.rotation import Turn, derivative_signs, turns
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


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "figure-11",
        "Slope of the confidence, three weights in the plane",
        "Figure 11 of the paper: how the confidence of eq 67 changes as z turns away from the closest of three "
        "optimal weights in the plane, for several scales c = ‖w‖‖z‖. Left: the slope in the angle is negative "
        "for every c, so the confidence falls as z turns away: here theorem 4 is true, and it is proved for all "
        "c, not only for the range that was plotted. Right: the slope in cos θ is therefore positive. The paper "
        "prints the opposite sign (red half plane) and calls the confidence decreasing in cos θ.",
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
        "climbs by δ₂ − δ₁ (red), the others step down from cosine 0 (blue), and the paper argues that the red "
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
)
