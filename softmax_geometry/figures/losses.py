"""Entries on theorem 3: the loss that the optimal structure minimises, and what noise does."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from scipy.special import softmax

from softmax_geometry.checks import Array
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.loss import (
    feature_penalty_optimum,
    loss_bound,
    optimal_confidence,
    optimal_scale,
    regularised_loss,
    relu_optimum,
)
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.style import IN, OUT, REFERENCE
from softmax_geometry.structure import named_structure, simplex
from softmax_geometry.symbolic import structure as symbolic

GREEN = "#009E73"


def _loss() -> Figure:
    c2, lam = 3.0, 1e-2
    scales = np.linspace(0.02, 2.5, 120)
    curves = []
    for name, unit, colour in (
        ("optimal", named_structure("optimal"), IN),
        ("sandwich", named_structure("sandwich"), OUT),
        ("bunched", named_structure("bunched"), GREEN),
    ):
        losses = [regularised_loss(c * unit, c2 * unit, lam) for c in scales.tolist()]
        curves.append(Curve(scales, losses, name, colour))
    best = float(optimal_scale(c2, lam, 3))
    least = float(loss_bound(best, c2, lam, 3))
    curves.append(Curve(scales, loss_bound(scales, c2, lam, 3), "least loss at this norm", REFERENCE, ":"))
    curves.append(Curve([best], [least], f"minimum: c₁ = {best:.2f}", IN, "o"))
    left = CurvePanel(
        curves,
        "norm of the weights c₁ (logits per unit of z)",
        "cross-entropy (nats) + λ Σ ‖wᵢ‖²",
        "K = 3, means 3wᵢ/‖wᵢ‖, λ = 0.01",
        limits=(0, 1.5),
        legend="upper right",
    )
    return curve_panels([left, _confidence_panel(3, c2)])


def _confidence_panel(K: int, c2: float) -> CurvePanel:
    """Confidence at the class means of the best head, against the penalty on the weights."""
    penalties = np.geomspace(1e-4, 1, 80)
    relu = []
    for lam in penalties.tolist():
        weight, means = relu_optimum(c2, lam, K)
        relu.append(float(np.diagonal(softmax(Head(weight).logits(means), axis=1)).min()))
    free = [feature_penalty_optimum(lam, lam, K).confidence for lam in penalties.tolist()]
    curves = [
        Curve(penalties, optimal_confidence(c2, penalties, K), "‖μᵢ‖ ≤ 3", IN),
        Curve(penalties, relu, "‖μᵢ‖ ≤ 3, features ≥ 0", OUT, "--"),
        Curve(penalties, free, "penalty λ Σ ‖μᵢ‖² instead", GREEN),
        Curve(penalties, np.full_like(penalties, 1 / K), "1/K", REFERENCE, ":"),
    ]
    return CurvePanel(
        curves,
        "penalty λ on the weights",
        "confidence at the class means",
        "at the minimum of the loss",
        "log x",
        limits=(0, 1.05),
        legend="lower left",
    )


def mean_confidence(head: Head, mean: Array, direction: Array, variances: Array, i: int = 0) -> Array:
    """E σ(z)_i for z = mean + √v ζ·direction, ζ standard normal, for each variance v; Gauss–Hermite quadrature.

    Examples
    --------
    >>> mean_confidence(Head([[0.5], [-0.5]]), np.array([1.0]), np.array([1.0]), np.array([0.0, 4.0])).round(4)
    array([0.7311, 0.6477])
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    steps = np.sqrt(variances)[:, None, None] * nodes[:, None] * direction
    p = softmax(head.logits((mean + steps).reshape(-1, head.H)), axis=1)[:, i]
    return p.reshape(len(variances), -1) @ weights / weights.sum()


def _noise() -> Figure:
    variances, v = np.linspace(0, 9, 91), sp.Symbol("v")
    head = Head([[0.5], [-0.5]])
    formulas: dict[str, Any] = {
        "with the cross term": symbolic.mean_softmax_full,
        "sign corrected": symbolic.mean_softmax,
        "eq. 38 as printed": symbolic.mean_softmax_printed,
    }
    curves = [Curve(variances, mean_confidence(head, np.ones(1), np.ones(1), variances), "truth", REFERENCE)]
    for (name, formula), colour in zip(formulas.items(), (IN, GREEN, OUT), strict=True):
        values = sp.lambdify(v, formula(head.weight.tolist(), [1], [[v]], 0))(variances)
        curves.append(Curve(variances, values, name, colour, "--"))
    left = CurvePanel(
        curves,
        "variance of the noise (units of z²)",
        "mean confidence in class 1",
        "K = 2, w = ±½, μ = 1",
        limits=(0, 1),
    )
    weight = simplex(3)
    curves = []
    for start, colour in ((2.0, IN), (0.2, OUT)):
        mean = start * weight[0]
        values = mean_confidence(Head(weight), mean, weight[0], variances)
        curves.append(Curve(variances, values, f"around {start:g} w₁, σ₁ = {values[0]:.2f}", colour))
    right = CurvePanel(
        curves,
        "variance of the noise along w₁ (units of z²)",
        "mean confidence in class 1",
        "K = 3, optimal structure",
        limits=(0, 1),
        legend="lower right",
    )
    return curve_panels([left, right])


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "loss",
        "The loss that the optimal structure minimises",
        "Left: cross-entropy plus weight penalty of three structures, each class a point of norm 3 along its "
        "weight, against the norm of the weights. The optimal structure attains the least loss there is at every "
        "norm (dotted), and its minimum is that of theorem 3 in closed form. Right: the confidence of the class "
        "means at the minimum. Non-negative features (after a ReLU) cost little; if the features are penalised in "
        "place of bounded, everything collapses to 1/K once the penalties are large.",
        _loss,
        (
            "Theorem 3",
            "Theorem 3*",
            "Theorem 3.2",
            "Theorem 3.3",
            "Definition 2",
        ),
    ),
    Entry(
        "noise",
        "What noise does to the mean confidence",
        "Left: the mean softmax of Gaussian features, and the approximation of eq. 38. As printed it has the wrong "
        "sign in the exponent; with the sign right it still lacks a cross term, with which it is close for two "
        "classes. Right: the paper says that confidence always falls as variance grows. It does so around a point "
        "where σ₁ is above ½, and the opposite can happen below: noise around w₁/5 makes class 1 look surer.",
        _noise,
        (
            "Equation 38",
            "Theorem 3, criterion 5",
            "Theorem 3.5",
        ),
    ),
)
