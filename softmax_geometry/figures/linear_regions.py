"""Entries on the linear region: its geometry and its gap to the exact one (figures 9 and 10 of the paper)."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.estimators import log_odds_against, margin
from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import in_plane, needed
from softmax_geometry.head import Head
from softmax_geometry.plots.curves import Curve, CurvePanel
from softmax_geometry.plots.linear_gap import GAP, linear_gap
from softmax_geometry.plots.linear_geometry import boundary_ray, boundary_vectors, slab_geometry
from softmax_geometry.plots.style import OUT, REFERENCE
from softmax_geometry.plots.view import View
from softmax_geometry.regions import LinearRegion, ValidRegion, valid_region
from softmax_geometry.roots import bracketed_root
from softmax_geometry.structure import named_structure, simplex
from softmax_geometry.symbolic.regions import far_field_bound
from softmax_geometry.thresholds import Threshold

CONFIDENCE = 0.75
GENERAL = Head([[1.6, 0.5], [-0.8, 0.5], [0.1, -1.0]])


def confidence_region(head: Head, t: float) -> ValidRegion:
    """The exact region {max σ < t}."""
    return ValidRegion(head, Threshold("U_max", 0.05, float(np.log1p(-t)), "gaussian"))


def gap_along_boundary(region: ValidRegion, i: int, j: int, beta: Array) -> tuple[Array, Array]:
    """Offsets α at which max σ = t on z_0 + β d + α (w_i − w_j), and the gap M − L there, for each β (theorem 2*).

    For heads without biases in which stepping from w_j to w_i takes class i ahead of every other class.

    Examples
    --------
    >>> region = confidence_region(Head([[1.0, 0.0], [-1.0, 0.0]]), 0.9)  # K = 2: no gap (proposition 3)
    >>> bool(np.abs(gap_along_boundary(region, 0, 1, np.array([0.0, 5.0]))[1]).max() < 1e-12)
    True
    """
    head, L = region.head, region.threshold.margin
    z_0, d = boundary_ray(head, i, j)
    across = head.weight[i] - head.weight[j]

    def logits(alpha: Any, beta: Any) -> Array:
        return head.logits(z_0 + beta[:, None] * d + alpha[:, None] * across)

    low = np.zeros_like(beta)
    leads = np.delete(head.weight[i] - head.weight, i, axis=0) @ across
    high = np.full_like(beta, region.threshold.margin_upper(head.K) / leads.min())
    alpha = bracketed_root(lambda a, b: log_odds_against(logits(a, b)) + L, low, high, args=(beta,))
    return alpha, margin(logits(alpha, beta)) - L


def _gap_panel() -> CurvePanel:
    """The gap against β for the optimal structure and the stack, with the bound of theorem 2*."""
    beta = np.linspace(0, 6, 121)
    optimal, stack = (confidence_region(Head(W), CONFIDENCE) for W in (simplex(3), named_structure("stack")))
    L = optimal.threshold.margin
    i, j = 0, 1
    _, d = boundary_ray(optimal.head, i, j)
    b, a = sp.symbols("beta alpha", nonnegative=True)
    bound = sp.lambdify((b, a), far_field_bound(b, a, optimal.head.weight.tolist(), d.tolist()))
    remainder = np.exp(L) * np.array([bound(x, optimal.offsets[i, j]) for x in beta.tolist()])
    valid = remainder <= 0.5
    curves = [
        Curve(beta, gap_along_boundary(optimal, i, j, beta)[1], "optimal", GAP),
        Curve(beta[valid], 2 * np.log(2) * remainder[valid], "its bound", GAP, "--"),
        Curve(beta, gap_along_boundary(stack, i, j, beta)[1], "collinear", OUT),
        Curve(beta, np.full_like(beta, np.log(2)), "log(K − 1)", REFERENCE, ":"),
    ]
    return CurvePanel(
        curves,
        "β along the boundary (units of z)",
        "gap M − L (logits)",
        "how fast the gap closes",
        "log y",
        limits=(1e-4, 100),
        legend="upper right",
    )


def _linear_gap() -> Figure:
    maps = {
        "optimal structure": (confidence_region(Head(simplex(3)), CONFIDENCE), View(4)),
        "collinear weights": (confidence_region(Head(named_structure("stack")), CONFIDENCE), View(4)),
    }
    return linear_gap(maps, _gap_panel())


def _own_gap(head: Head, train: Features | None, epsilon: float) -> Figure:
    threshold = valid_region(head, needed(train), epsilon).threshold
    plane = in_plane(head, train)
    return linear_gap({f"U_max, ε = {epsilon:g}": (ValidRegion(plane.head, threshold), plane.view)})


def _own_slabs(head: Head, train: Features | None, epsilon: float) -> Figure:
    L = valid_region(head, needed(train), epsilon).threshold.margin
    plane = in_plane(head, train)
    title = "" if head.H == 2 else "as the principal plane cuts the slabs"
    return slab_geometry(LinearRegion(plane.head, L), plane.view, [str(i) for i in range(head.K)], title)


def _own_vectors(head: Head, train: Features | None, epsilon: float) -> Figure:
    L = valid_region(head, needed(train), epsilon).threshold.margin
    plane = in_plane(head, train)
    alpha = float(LinearRegion(plane.head, L).offsets[0, 1])
    names = [str(i) for i in range(head.K)]
    return boundary_vectors(plane.head, plane.view, alpha, 0.6 * plane.view.half, names=names)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "figure-9",
        "The geometry of the linear region",
        "Three classes in two dimensions, weights in general position. Around each decision boundary lies a slab "
        "between two parallel hyperplanes (dashed), offset by α_ij (w_i − w_j); where class i or j wins, the slabs "
        "make up the linear region (yellow). The paper allows up to K(K−1) numbers α. In fact one number, the "
        "margin threshold L, fixes them all: α_ij = L/‖w_i − w_j‖², a slab is 2L/‖w_i − w_j‖ wide, and the linear "
        "region is where the two largest logits differ by less than L (here 1.5).",
        lambda: slab_geometry(LinearRegion(GENERAL, 1.5), View(3.4)),
        (
            "Definition 4",
            "Definition 4*",
            "Theorem 2.5",
        ),
        _own_slabs,
    ),
    Entry(
        "figure-10",
        "Along a decision boundary, then across it",
        "Any point near the boundary of classes 1 and 2 is reached by going β along it (direction d₁₂, in which "
        "their logits stay equal) and then α (w₁ − w₂) across. The step along leaves class 3 ever further behind; "
        "the step across alone decides between 1 and 2. So far out the region is a slab of constant width. The "
        "paper asks only that class 3 differs from the two along d; it must fall behind.",
        lambda: boundary_vectors(GENERAL, View(2.6, (0.3, 0.7)), 0.5, 2.1),
        (
            "Theorem 2",
            "Theorem 2*",
        ),
        _own_vectors,
    ),
    Entry(
        "linear-gap",
        "The linear region inside the exact one, and the gap that closes",
        "M is the margin, the lead of the largest logit. The exact valid region of U_max (confidence below t = 0.75: "
        "yellow and blue) contains the linear one, M < L (yellow), and stays inside the dotted line, where "
        "L⁺ = L + log(K − 1) replaces L. Left: the gap (blue) is widest "
        "where the boundaries meet, and closes exponentially along each of them, under the bound on the right. "
        "Middle: with three weights on one line all classes tie along the whole boundary, and the gap never closes; "
        "theorem 2 needs its hypothesis, corollary 2.1 needs none.",
        _linear_gap,
        (
            "Theorem 2",
            "Theorem 2*",
            "Corollary 2.1",
            "Theorem 2.6",
        ),
        _own_gap,
    ),
)
