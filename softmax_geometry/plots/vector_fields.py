"""Directions of largest certainty over the plane (figure 8 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from softmax_geometry.checks import Array
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.style import OUT, REFERENCE, TRAIN, panels, styled
from softmax_geometry.plots.view import View, boundaries, ellipses

FIELD, WRONG_ANGLE = "#4D4D4D", 15.0


@styled
def vector_fields(
    fields: Mapping[str, Array],
    points: Array,
    head: Head,
    gaussians: ClassGaussians,
    view: View,
    printed: Mapping[str, Array] | None = None,
) -> Figure:
    """One panel for each estimator: arrows of equal length along `fields[name]` (N, 2) at `points` (N, 2).

    `printed[name]` are the directions of a formula to compare with; where one is more than 15° off, it is drawn too.
    """
    figure, axes = panels(3.05, columns=len(fields), width=7.2)
    step = np.sort(np.unique(points[:, 0]))
    length = 0.85 * float(step[1] - step[0])
    wrong_drawn = False
    for k, (ax, (name, field)) in enumerate(zip(axes, fields.items(), strict=True)):
        boundaries(ax, view, head)
        ellipses(ax, gaussians)
        directions = _unit(field)
        _arrows(ax, points, length * directions, FIELD)
        if printed and name in printed:
            others = _unit(printed[name])
            wrong = np.sum(others * directions, axis=1) < np.cos(np.radians(WRONG_ANGLE))
            _arrows(ax, points[wrong], length * others[wrong], OUT)
            wrong_drawn = wrong_drawn or bool(wrong.any())
        ax.set_title(name)
        view.frame(ax, label_y=k == 0)
    handles = [
        Line2D([], [], color=FIELD, marker=">", markersize=5, label="towards more certainty"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="decision boundary"),
        Line2D([], [], color=TRAIN, marker="o", markersize=4, label="class"),
    ]
    if wrong_drawn:
        handles.insert(1, Line2D([], [], color=OUT, marker=">", markersize=5, label="as printed in eq. 10, > 15° off"))
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.2, handlelength=1.6)
    return figure


def _unit(field: Array) -> Array:
    """Rows scaled to length one; a zero row stays zero."""
    norms = np.linalg.norm(field, axis=1, keepdims=True)
    return np.divide(field, norms, out=np.zeros_like(field), where=norms > 0)


def _arrows(ax: Axes, points: Array, steps: Array, colour: str) -> None:
    """Arrows centred at the points."""
    ax.quiver(
        *points.T,
        *steps.T,
        color=colour,
        angles="xy",
        scale_units="xy",
        scale=1,
        pivot="mid",
        width=0.006,
        headwidth=4,
        headlength=4.5,
        headaxislength=4,
    )
