"""Figures on arithmetic: where scores saturate, and gradients against differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import sympy as sp
from matplotlib.figure import Figure
from scipy.special import ndtri

from softmax_geometry.auroc import auroc
from softmax_geometry.checks import Array
from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.estimators import U_entropy, U_entropy_log, U_max, U_max_log
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.gradient_check import Check, fitted_slope, gradient_check_figure, taylor_errors
from softmax_geometry.plots.saturation import Curve, Loss, saturation_figure
from softmax_geometry.structure import named_structure
from softmax_geometry.symbolic import gradients as symbolic

K = 3


def logits_at(margins: Array) -> Array:
    """Logits (n, 3) with these margins; the two other classes tie."""
    return np.stack([margins, 0 * margins, 0 * margins], axis=1)


def clipped_entropy(logits: Array) -> Array:
    """The entropy as it is often coded, with probabilities clipped to [1e-7, 1]: the trap that the figure shows."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = np.clip(p / p.sum(axis=1, keepdims=True), 1e-7, 1)
    return -np.sum(p * np.log(p), axis=1)


def _log10(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.log10(values)


def _saturation() -> Figure:
    margins = np.linspace(0, 130, 1301)
    exact, single = logits_at(margins), logits_at(margins).astype(np.float32)
    ten = np.log(10)
    families = [
        (
            "1 − max σ",
            [
                Curve("log space", U_max_log(exact) / ten),
                Curve("float64", _log10(1 + U_max(exact))),
                Curve("float32", _log10(1 + U_max(single))),
            ],
        ),
        (
            "entropy (nats)",
            [
                Curve("log space", U_entropy_log(exact) / ten),
                Curve("float64", _log10(U_entropy(exact))),
                Curve("float32", _log10(U_entropy(single))),
                Curve("float32, clipped at 1e−7", _log10(clipped_entropy(single))),
            ],
        ),
    ]
    return saturation_figure(margins, families, [Loss(label, *_loss(label)) for label in SCORES])


SCORES: dict[str, Callable[[Array], Array]] = {
    "log space": lambda l: U_max_log(l),
    "max σ, float64": lambda l: U_max(l),
    "max σ, float32": lambda l: U_max(l.astype(np.float32)),
    "entropy, float32": lambda l: U_entropy(l.astype(np.float32)),
    "entropy, clipped": lambda l: clipped_entropy(l.astype(np.float32)),
}


def _loss(label: str) -> tuple[float, float]:
    """AUROC and ties where margins are N(30, 4²) in-distribution and N(22, 4²) out of it, at 999 quantiles each."""
    spread = 4 * ndtri(np.arange(1, 1000) / 1000)
    result = auroc(*(SCORES[label](logits_at(mean + spread)) for mean in (30, 22)))
    return result.value, result.tie_fraction


STEPS = np.logspace(-5, -1, 13)
MEANS, COVARIANCES, PRIORS = (
    [[-1.0, 0.0], [2.0, 0.0]],
    [[[1.0, 0.0], [0.0, 1.0]], [[4.0, 0.0], [0.0, 1.0]]],
    [0.25, 0.75],
)


def _gradient_check() -> Figure:
    head = Head(named_structure("unequal"))
    z, tie, direction = np.array([0.6, -0.2]), np.array([0.0, 0.0]), np.array([0.6, -0.8])
    density = DensityModel(PRIORS, MEANS, COVARIANCES)

    def check(label: str, score: Callable[[Array], Array], gradient: list[sp.Expr], point: Array) -> Check:
        errors = taylor_errors(score, np.array(gradient, dtype=float), point, direction, STEPS)
        return Check(label, errors, fitted_slope(STEPS, errors))

    def confidence(z: Array) -> Array:
        return U_max(head.logits(z))

    def entropy(z: Array) -> Array:
        return U_entropy(head.logits(z))

    def minus_log_density(z: Array) -> Array:
        return U_density(z, density)

    logits, weight = head.logits(z[None])[0].tolist(), head.weight.tolist()
    top = int(np.argmax(logits))
    mixture = z.tolist(), MEANS, COVARIANCES, PRIORS
    return gradient_check_figure(
        STEPS,
        [
            (
                "U_max, eq 8",
                [
                    check("printed", confidence, symbolic.U_max_gradient(logits, weight, top), z),
                    check("at a tie", confidence, symbolic.U_max_gradient([0.0] * K, weight, 0), tie),
                ],
            ),
            ("U_entropy, eq 9", [check("printed", entropy, symbolic.U_entropy_gradient_printed(logits, weight), z)]),
            (
                "U_density, eq 10",
                [
                    check("corrected", minus_log_density, symbolic.U_density_gradient(*mixture), z),
                    check("printed", minus_log_density, symbolic.U_density_gradient_printed(*mixture), z),
                ],
            ),
        ],
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "saturation",
        "Where arithmetic makes scores flat",
        "Uncertainty of three classes against the margin of the logits. Computed from probabilities, 1 − max σ "
        "becomes exactly 0 once the margin passes 17 (float32) or 37 (float64): all such points tie. The entropy "
        "lasts to 104 in float32, unless the probabilities are clipped, a common habit, which makes it flat from "
        "16 on; in log space nothing saturates. Right: what the ties cost where margins are about 30 for test "
        "data and 22 for OOD data. That is saturation proper; it is cured without the paper's change of "
        "temperature, and is at most half the share of tied pairs (theorem 7.7).",
        _saturation,
        (
            "Theorem 7.7",
            "Section 6, cause 1",
        ),
    ),
    Entry(
        "gradient-check",
        "Theorems on gradients against differences",
        "Error of the first-order prediction U(z) + h ∇U·v against the step h. If the gradient is right the error "
        "falls as h², if it is wrong only as h: the fitted slope decides (dotted lines: slopes 1 and 2). "
        "Eq 8 is right where a single class is "
        "the largest, and not at a tie. Eq 9 is right. Eq 10 is wrong as printed when the covariances have "
        "different determinants; with the determinant put back it is right.",
        _gradient_check,
        (
            "Proposition 1, eq 8",
            "Proposition 1, eq 9",
            "Proposition 1, eq 10",
            "Equation 10*",
        ),
    ),
)
