"""The linear region beside the exact one: where the gap is, and how fast it closes along a boundary."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from softmax_geometry.plots.curves import CurvePanel, draw_curves
from softmax_geometry.plots.style import REFERENCE, REGION, panels, styled
from softmax_geometry.plots.view import View, boundaries, excess, outline, shade
from softmax_geometry.regions import ValidRegion

GAP = "#0072B2"


@styled
def linear_gap(maps: Mapping[str, tuple[ValidRegion, View]], curves: CurvePanel | None = None) -> Figure:
    """Maps of {M < L} ⊂ exact region ⊂ {M < L⁺}, the part between the first two in blue, and a panel of curves.

    `maps[title]` is an exact region of a head with two features, and the square to show.
    """
    count = len(maps) + (curves is not None)
    figure, axes = panels(3.4 if count > 1 else 4.6, columns=count, width=4.8 if count == 1 else 7.2)
    for k, (ax, (title, (region, view))) in enumerate(zip(axes, maps.items(), strict=False)):
        exact, linear = excess(region, view.z), excess(region.linear, view.z)
        shade(ax, view, exact, GAP)
        shade(ax, view, linear, REGION)
        outline(ax, view, excess(region.outer, view.z), REFERENCE, ":")
        boundaries(ax, view, region.head)
        ax.set_title(title)
        view.frame(ax, label_y=k == 0)
    if curves is not None:
        draw_curves(axes[-1], curves)
    handles = [
        Patch(color=REGION, label="linear region {M < L}"),
        Patch(color=GAP, label="exact, not linear"),
        Line2D([], [], color=REFERENCE, linewidth=1.1, linestyle=":", label="border of {M < L⁺}"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="decision boundary"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=4 if count > 1 else 2, columnspacing=1.2)
    return figure
