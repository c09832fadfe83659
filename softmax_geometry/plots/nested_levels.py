"""Valid regions of growing level, and the share of OOD data in each: the area under it is the AUROC (theorem 1.1)."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.features import ClassGaussians
from softmax_geometry.plots.curves import CurvePanel, draw_curves
from softmax_geometry.plots.style import OUT, panels, styled
from softmax_geometry.plots.view import Region, View, ellipses, excess, outline, shade

SHADES = ("#FCE9B2", "#F5CF6B", "#D9A521")
"""From the widest region to the narrowest."""


@styled
def nested_levels(
    regions: Sequence[Region], gaussians: ClassGaussians, ood: Array, view: View, curves: CurvePanel
) -> Figure:
    """Three nested regions (widest first) with OOD points (N, 2), beside a panel of curves."""
    figure, (ax, right) = panels(3.5, columns=2, width=7.2)
    for region, shade_colour in zip(regions, SHADES, strict=True):
        shade(ax, view, excess(region, view.z), shade_colour)
        outline(ax, view, excess(region, view.z))
    ellipses(ax, gaussians)
    ax.plot(*ood.T, "x", color=OUT, markersize=3.5, alpha=0.8)
    view.frame(ax)
    draw_curves(right, curves)
    return figure
