"""Balls around points that surely stay on their side of the threshold (theorem 2.8)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REGION, panels, styled
from softmax_geometry.plots.view import OUTLINE, View, boundaries, excess, outline, shade
from softmax_geometry.regions import ValidRegion


@styled
def stability_balls(region: ValidRegion, points: Array, radii: Array, view: View) -> Figure:
    """Each point (N, 2) with the circle of radius |r|: inside the region where r > 0, outside it where r < 0."""
    figure, (ax,) = panels(4.9)
    inside = excess(region, view.z)
    shade(ax, view, inside, REGION)
    outline(ax, view, inside)
    boundaries(ax, view, region.head)
    for u, radius in zip(np.asarray(points, dtype=float), radii.tolist(), strict=True):
        colour = OUT if radius > 0 else IN
        ax.add_patch(Circle((u[0], u[1]), abs(radius), fill=False, color=colour, linewidth=1.2))
        ax.plot(*u, ".", color=colour, markersize=5)
    view.frame(ax)
    handles = [
        Patch(facecolor=REGION, edgecolor=OUTLINE, label="valid OOD region"),
        Line2D([], [], color=OUT, marker="o", markerfacecolor="white", linestyle="", label="surely all inside"),
        Line2D([], [], color=IN, marker="o", markerfacecolor="white", linestyle="", label="surely all outside"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3)
    return figure
