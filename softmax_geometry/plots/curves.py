"""Curves over one quantity, panel beside panel: the workhorse of the figures of single formulas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softmax_geometry.plots.style import CLASSES, panels, styled


@dataclass(frozen=True, eq=False)
class Curve:
    """One line or set of points; without a label it is left out of the legend, without a colour it takes the next.

    `format` is matplotlib's, without colour: "-", "--", ":", "o", "o-"; `filled` shades down to 0.
    """

    x: Any
    y: Any
    label: str | None = None
    colour: str | None = None
    format: str = "-"
    filled: bool = False


@dataclass(frozen=True, eq=False)
class CurvePanel:
    """Curves over one x axis.

    Attributes
    ----------
    notes : texts at points (x, y), alternately above and below them
    limits : of the y axis
    legend : where matplotlib puts it; "" leaves it out
    """

    curves: Sequence[Curve]
    x_label: str
    y_label: str
    title: str = ""
    scale: Literal["linear", "log x", "log y", "log"] = "linear"
    notes: Sequence[tuple[float, float, str]] = ()
    limits: tuple[float | None, float | None] = (None, None)
    legend: Literal["best", "upper right", "upper left", "lower left", "lower right", "center right", ""] = "best"


@styled
def curve_panels(shown: Sequence[CurvePanel], height: float = 3.2, width: float | None = None) -> Figure:
    """Panels of curves beside each other, each with a legend of its own.

    Examples
    --------
    >>> len(curve_panels([CurvePanel([Curve([0, 1], [0, 2], "double")], "x", "y")]).axes)
    1
    """
    width = width or (4.8 if len(shown) == 1 else 7.2)
    figure, axes = panels(height, columns=len(shown), width=width)
    for ax, panel in zip(axes, shown, strict=True):
        draw_curves(ax, panel)
    return figure


def draw_curves(ax: Axes, panel: CurvePanel) -> None:
    """Draw one panel."""
    if panel.scale in ("log x", "log"):
        ax.set_xscale("log")
    if panel.scale in ("log y", "log"):
        ax.set_yscale("log")
    for k, curve in enumerate(panel.curves):
        colour = curve.colour or CLASSES[k % len(CLASSES)]
        ax.plot(curve.x, curve.y, curve.format, color=colour, label=curve.label, markersize=5)
        if curve.filled:
            ax.fill_between(curve.x, 0, curve.y, color=colour, alpha=0.25, linewidth=0)
    for k, (x, y, text) in enumerate(sorted(panel.notes)):
        shift, ha, va = ((-5, -4), "right", "top") if k % 2 else ((5, 3), "left", "bottom")
        ax.annotate(text, (x, y), shift, textcoords="offset points", fontsize=8.5, ha=ha, va=va)
    ax.set_ylim(*panel.limits)
    ax.set_xlabel(panel.x_label)
    ax.set_ylabel(panel.y_label)
    ax.set_title(panel.title)
    if panel.legend and any(curve.label for curve in panel.curves):
        ax.legend(loc=panel.legend, handlelength=1.8)
