"""The region of U_density between its two intersections of ellipsoid exteriors (proposition 2, theorem 2.1)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from softmax_geometry.checks import Array
from softmax_geometry.density import DensityModel
from softmax_geometry.density_regions import DensityRegion
from softmax_geometry.plots.style import IN, OUT, REGION, panels, styled
from softmax_geometry.plots.view import OUTLINE, View, excess, outline, shade


@styled
def density_sandwich(
    regions: Mapping[str, tuple[DensityRegion, View]], printed: tuple[DensityRegion, View] | None = None
) -> Figure:
    """The exact region shaded, with the outlines of the larger and the smaller intersection of ellipsoid exteriors.

    `printed`, the last panel, is shown with the ellipsoids that come from Σ in place of Σ⁻¹ (eq 23 as printed).
    """
    shown = {**regions, **({"eq. 23 as printed": printed} if printed else {})}
    figure, axes = panels(3.1, columns=len(shown), width=max(4.8, 2.4 * len(shown)))
    for k, (ax, (title, (region, view))) in enumerate(zip(axes, shown.items(), strict=True)):
        shade(ax, view, excess(region, view.z), REGION)
        outline(ax, view, excess(region, view.z))
        if title in regions:
            outer = _least_excess(region, region.model, view)
            outline(ax, view, outer, IN, "--")
            outline(ax, view, outer - 2 * np.log(region.model.K), IN, ":")
        else:
            outline(ax, view, _least_excess(region, _inverted(region.model), view), OUT, "--")
        ax.plot(*region.model.means.T, "o", color="#333333", markersize=3.5)
        ax.set_title(title)
        view.frame(ax, label_y=k == 0)
    handles = [
        Patch(facecolor=REGION, edgecolor=OUTLINE, label="exact region"),
        Line2D([], [], color=IN, linestyle="--", label="all qᵢ > cᵢ"),
        Line2D([], [], color=IN, linestyle=":", label="all qᵢ > cᵢ + 2 log K"),
    ]
    if printed:
        handles.append(Line2D([], [], color=OUT, linestyle="--", label="with Σ for Σ⁻¹"))
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), columnspacing=1.2)
    return figure


def _least_excess(region: DensityRegion, model: DensityModel, view: View) -> Array:
    """min_i (q_i − c_i) with the model's quadratic forms and the region's radii: positive outside every ellipsoid."""
    return (model.squared_distances(view.z) - region.radii).min(axis=1)


def _inverted(model: DensityModel) -> DensityModel:
    """The model whose quadratic forms are (z − μ_i)ᵀ Σ_i (z − μ_i)."""
    return DensityModel(model.weights, model.means, np.linalg.inv(model.covariances))
