"""Two valid regions of equal level laid over each other: neither contains the other (theorem 1.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from softmax_geometry.features import ClassGaussians
from softmax_geometry.plots.style import REGION, panels, styled
from softmax_geometry.plots.view import Region, View, ellipses, excess, shade

FIRST, SECOND = "#56B4E9", "#BDBDBD"


@dataclass(frozen=True, eq=False)
class Overlay:
    """Two named regions, and the training mass of what each has alone."""

    names: tuple[str, str]
    regions: tuple[Region, Region]
    alone: tuple[float, float]


@styled
def region_differences(overlays: Sequence[Overlay], gaussians: ClassGaussians, view: View) -> Figure:
    """For each pair of regions what both have, what only the first and what only the second has, with its mass."""
    figure, axes = panels(3.9, columns=len(overlays), width=max(3.6, 3.3 * len(overlays)))
    for k, (ax, overlay) in enumerate(zip(axes, overlays, strict=True)):
        first, second = (excess(region, view.z) for region in overlay.regions)
        shade(ax, view, np.minimum(first, second), REGION)
        shade(ax, view, np.minimum(first, -second), FIRST)
        shade(ax, view, np.minimum(-first, second), SECOND)
        ellipses(ax, gaussians)
        view.frame(ax, label_y=k == 0)
        handles = [Patch(color=REGION, label="in both regions")]
        for name, mass, colour in zip(overlay.names, overlay.alone, (FIRST, SECOND), strict=True):
            handles.append(Patch(color=colour, label=f"only {name}: training mass {100 * mass:.1f} %"))
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    return figure
