"""Figures on AUROC: what it does not show, and what the loss is made of."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_max
from softmax_geometry.figures.entry import Entry
from softmax_geometry.overlap import auroc_ceiling_discrete, auroc_discrete, two_class_gaussian_auroc
from softmax_geometry.plots.curves import Curve, CurvePanel, curve_panels
from softmax_geometry.plots.loss_terms import Losses, loss_terms_figure
from softmax_geometry.plots.style import IN, OUT, REFERENCE


def _auroc_without_ability() -> Figure:
    """Two classes N(±2, 1), the exact posterior as the classifier, OOD data N(a, ½²)."""
    x, place, middle, spread = np.linspace(-5, 7, 481), np.linspace(0, 6, 241), 2.0, 0.5
    training = (norm.pdf(x, -middle) + norm.pdf(x, middle)) / 2
    uncertainty = 1 + U_max(np.stack([2 * middle * x, 0 * x], axis=1))
    left = CurvePanel(
        [
            Curve(x, training, "training data", IN, filled=True),
            Curve(x, norm.pdf(x, 0, spread), "OOD at 0", OUT, "-"),
            Curve(x, norm.pdf(x, 5, spread), "OOD at 5", OUT, "--"),
            Curve(x, uncertainty, "1 − max σ, exact posterior", REFERENCE, ":"),
        ],
        "feature z (units of z)",
        "density, probability",
        limits=(0, 1.55),
        legend="upper left",
    )
    value = two_class_gaussian_auroc(2 * middle**2, 2 * middle, 2 * middle * place, 2 * middle * spread)
    right = CurvePanel(
        [Curve(place, 100 * value, None, OUT), Curve(place[[0, -1]], [50, 50], "the paper's 50 %", REFERENCE, ":")],
        "centre of the OOD data (units of z)",
        "AUROC of max σ (%)",
        limits=(0, 100),
        legend="upper right",
    )
    return curve_panels([left, right])


def loss_terms(p_in: Array, p_out: Array, scores: Array) -> tuple[float, float, float]:
    """Overlap, information lost and wrong direction of a score on two laws over the same n atoms (theorem 7.2).

    Examples
    --------
    >>> loss_terms(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([1.0, 0.0]))
    (0.0, 0.0, 1.0)
    """
    _, level = np.unique(scores, return_inverse=True)
    of_values = [np.bincount(level, weights=p) for p in (p_in, p_out)]
    best, best_of_U = auroc_ceiling_discrete(p_in, p_out), auroc_ceiling_discrete(*of_values)
    return 1 - best, best - best_of_U, best_of_U - auroc_discrete(p_in, p_out, scores)


def _loss_terms() -> Figure:
    def problem(label: str, p_in: list[float], p_out: list[float], U: list[float], density: Array | None) -> Losses:
        laws = np.array(p_in), np.array(p_out)
        cause_3 = None if density is None else 1 - auroc_discrete(*laws, density)
        return Losses(label, loss_terms(*laws, np.array(U)), cause_3)

    almost_uniform = [0.101, 0.099, *8 * [0.1]]
    log_density = -np.log(almost_uniform)
    return loss_terms_figure(
        [
            problem("equal laws", [0.5, 0.5], [0.5, 0.5], [0, 1], None),
            problem("U is constant", [1, 0], [0, 1], [0, 0], None),
            problem("U is upside down", [1, 0], [0, 1], [1, 0], None),
            problem(
                "all OOD on one of ten atoms,\nU = −log p_in",
                almost_uniform,
                [1, *9 * [0]],
                log_density.tolist(),
                log_density,
            ),
            problem(
                "half the OOD data above and\nhalf below all training data",
                [1, 0, 0],
                [0, 0.5, 0.5],
                [0, 1, -1],
                np.array([0, -1, 1]),
            ),
        ]
    )


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "auroc-without-ability",
        "A high AUROC shows no ability",
        "A classifier that knows the training law exactly, so that its uncertainty is purely aleatoric: it doubts "
        "where two classes overlap and nowhere else. OOD data in the overlap are found (AUROC 95 %), OOD data "
        "behind a class are ranked as the *safest* of all (AUROC near 0). The AUROC (theorem 7.3) follows the "
        "place of the OOD data. So more than 50 % does not show what the paper takes it to show, and 50 % is not "
        "what a score without any ability must have.",
        _auroc_without_ability,
        (
            "Section 1, AUROC of 50 %",
            "Theorem 7.3",
        ),
    ),
    Entry(
        "loss-terms",
        "What a low AUROC is made of",
        "Five problems small enough to compute exactly. Each bar is the AUROC that a score U loses, split into "
        "the three terms of theorem 7.2, none of which can be negative: overlap of the features, which no score "
        "can undo; information that U lost; values of U in the wrong order. The diamond is what the paper would "
        "call overlap, 1 − AUROC(U_density): in the fourth problem 95 % where the truth is 5 %, in the fifth 50 % "
        "where it is 0. In the fifth, density and softmax err on opposite halves, and the paper's cause 2, a net "
        "difference, reads 0.",
        _loss_terms,
        (
            "Theorem 7.2",
            "Theorem 7.1",
            "Section 6, cause 2",
            "Section 6, cause 3",
        ),
    ),
)
