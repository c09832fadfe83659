"""The gradients of proposition 1 as array functions, made from their expressions, and figure 8 of the paper."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.figures.planes import in_plane
from softmax_geometry.head import Head
from softmax_geometry.plots.vector_fields import vector_fields
from softmax_geometry.plots.view import View
from softmax_geometry.structure import simplex
from softmax_geometry.symbolic import gradients


def softmax_gradients(head: Head, z: Any) -> dict[str, Array]:
    """∂U/∂z (N, H) of U_max (eq 8) and U_entropy (eq 9) at features z (N, H).

    At a tie U_max has no gradient; the value is then that of the first of the tied classes.

    Examples
    --------
    >>> softmax_gradients(Head([[1.0], [-1.0]]), [[0.5]])["U_max"].round(4)
    array([[-0.3932]])
    """
    logits = head.logits(z)
    first = np.argsort(-logits, axis=1, kind="stable")
    weight = np.moveaxis(head.weight[first], 0, -1)  # (K, H, N), the largest class in row 0 at every point
    l = sp.symbols(f"l:{head.K}", real=True)
    w = [sp.symbols(f"w{i}_:{head.H}", real=True) for i in range(head.K)]
    arguments = (*np.take_along_axis(logits, first, axis=1).T, *weight.reshape(-1, len(logits)))
    expressions = {"U_max": gradients.U_max_gradient(l, w, top=0), "U_entropy": gradients.U_entropy_gradient(l, w)}
    return {
        name: _columns(sp.lambdify([*l, *(x for row in w for x in row)], gradient, cse=True)(*arguments))
        for name, gradient in expressions.items()
    }


def density_gradients(gaussians: ClassGaussians, z: Any) -> tuple[Array, Array]:
    """∂U_density/∂z (N, H) of the mixture of class Gaussians, and what eq 10 as printed gives in its place.

    Examples
    --------
    >>> true, printed = density_gradients(ClassGaussians([[-1.0], [2.0]], [[[1.0]], [[4.0]]], [0.25, 0.75]), [[0.0]])
    >>> bool(true > 0), bool(printed > 0)
    (True, False)
    """
    z = np.asarray(z, dtype=float)
    symbols = sp.symbols(f"z:{gaussians.H}", real=True)
    law = (gaussians.means.tolist(), gaussians.covariances.tolist(), gaussians.priors.tolist())
    true, printed = (
        _columns(sp.lambdify(symbols, formula(symbols, *law), cse=True)(*z.T))
        for formula in (gradients.U_density_gradient, gradients.U_density_gradient_printed)
    )
    return true, printed


def _columns(components: list[Any]) -> Array:
    return np.stack(components, axis=1)


def _fields(head: Head, gaussians: ClassGaussians, view: View) -> Figure:
    ticks = np.linspace(-0.92, 0.92, 14) * view.half
    points = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2) + view.centre
    true, printed = density_gradients(gaussians, points)
    uncertainty = {**softmax_gradients(head, points), "U_density": true}
    fields = {name: -gradient for name, gradient in uncertainty.items()}
    return vector_fields(fields, points, head, gaussians, view, {"U_density": -printed})


def _figure_8() -> Figure:
    head = Head(simplex(3))
    spread = np.array([0.2, 0.2, 1.2])[:, None, None] * np.eye(2)
    return _fields(head, ClassGaussians(2.2 * head.weight, spread), View(4.6))


def _own_figure_8(head: Head, train: Features | None, epsilon: float) -> Figure:
    plane = in_plane(head, train)
    return _fields(plane.head, plane.gaussians, plane.view)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "figure-8",
        "Which way each score grows surer",
        "Arrows of equal length along minus the gradient of each uncertainty, the direction of more certainty. "
        "U_max and U_entropy point away from the decision boundaries, along differences of weights, wherever the "
        "data are. U_density points towards the clusters, each pull weighted by how "
        "likely its cluster is. Equations 8 and 9 are right (8 where one class alone is the largest); equation 10 "
        "as printed lacks a determinant: with clusters of different size it points elsewhere (orange). Nor can "
        "U_density always grow away from every cluster, since between two of them no direction does that.",
        _figure_8,
        (
            "Proposition 1, eq 8",
            "Proposition 1, eq 9",
            "Proposition 1, eq 10",
            "Equation 10*",
            "Proposition 1, remark",
        ),
        _own_figure_8,
    ),
)
