"""Valid OOD regions in a plane of feature space, panel beside panel (figures 2 and 3 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch

from softmax_geometry.checks import Array
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.style import CLASS_MARKERS, OUT, REFERENCE, REGION, TRAIN, class_colours, panels, styled
from softmax_geometry.plots.view import (
    OUTLINE,
    Region,
    View,
    arrow,
    boundaries,
    class_points,
    ellipses,
    excess,
    outline,
    shade,
)


@dataclass(frozen=True, eq=False)
class RegionPanel:
    """What one panel shows.

    Attributes
    ----------
    title : one or two lines above the panel
    head : one of two features; its decision boundaries are drawn
    region : shaded; exact region, linear region or region of a density
    view : the square that is shown
    gaussians : the classes, drawn as ellipses that hold 95 % of each
    means : (K, 2) classes that are points
    inner : a second region, outlined with dashes
    probes : OOD points (N, 2), filled where they are inside the region and hollow where they are not
    radius : of a dashed circle around the origin
    weights : whether the rows of the head are drawn as arrows
    """

    title: str
    head: Head
    region: Region
    view: View
    gaussians: ClassGaussians | None = None
    means: Array | None = None
    inner: Region | None = None
    probes: Array | None = None
    radius: float | None = None
    weights: bool = False


@styled
def region_panels(rows: Sequence[Sequence[RegionPanel]], panel: float = 2.4) -> Figure:
    """Shaded valid regions, one panel for each, with decision boundaries and classes.

    Parameters
    ----------
    rows : panels row by row, as many in each
    panel : width of one panel in inches

    Examples
    --------
    >>> from softmax_geometry.regions import LinearRegion
    >>> head = Head([[1.0, 0.0], [-1.0, 0.0]])
    >>> len(region_panels([[RegionPanel("slab", head, LinearRegion(head, 1.0), View(2.0))]]).axes)
    1
    """
    columns = len(rows[0])
    two_lines = any("\n" in shown.title for row in rows for shown in row)
    figure, axes = panels(
        0.75 + panel * len(rows) + 0.25 * two_lines, len(rows), columns, width=max(3.6, panel * columns)
    )
    for k, shown in enumerate(panel for row in rows for panel in row):
        _draw(axes[k], shown)
        shown.view.frame(axes[k], label_x=k >= columns * (len(rows) - 1), label_y=k % columns == 0)
    handles = _handles([panel for row in rows for panel in row])
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), columns + (columns == 2)))
    return figure


def _draw(ax: Axes, panel: RegionPanel) -> None:
    view, inside = panel.view, excess(panel.region, panel.view.z)
    shade(ax, view, inside, REGION)
    outline(ax, view, inside)
    if panel.inner is not None:
        outline(ax, view, excess(panel.inner, view.z), REFERENCE, "--")
    boundaries(ax, view, panel.head)
    if panel.gaussians is not None:
        ellipses(ax, panel.gaussians)
    if panel.means is not None:
        class_points(ax, panel.means)
    if panel.radius is not None:
        ax.add_patch(Circle((0, 0), panel.radius, fill=False, color=REFERENCE, linestyle="--"))
    if panel.weights:
        for w, colour in zip(panel.head.weight, class_colours(panel.head.K), strict=True):
            arrow(ax, (0, 0), w, colour)
    if panel.probes is not None:
        caught = excess(panel.region, panel.probes) > 0
        for u, hit in zip(panel.probes, caught, strict=True):
            ax.plot(*u, "*", color=OUT, markersize=11, markerfacecolor=OUT if hit else "white")
    ax.set_title(panel.title)


def _handles(shown: Sequence[RegionPanel]) -> list[Line2D | Patch]:
    """What the legend lists: only what some panel draws."""
    handles: list[Line2D | Patch] = [
        Patch(facecolor=REGION, edgecolor=OUTLINE, label="valid OOD region"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="decision boundary"),
    ]
    if any(panel.inner is not None for panel in shown):
        handles.append(Line2D([], [], color=REFERENCE, linewidth=1.1, linestyle="--", label="linear region"))
    if any(panel.radius is not None for panel in shown):
        handles.append(Line2D([], [], color=REFERENCE, linestyle="--", label="circle through the class means"))
    if any(panel.gaussians is not None for panel in shown):
        handles.append(
            Line2D([], [], color=TRAIN, marker=CLASS_MARKERS[0], markersize=4, label="class: mean, 95 % ellipse")
        )
    if any(panel.means is not None for panel in shown):
        handles.append(
            Line2D([], [], color=TRAIN, linestyle="", marker=CLASS_MARKERS[0], markersize=4, label="class, a point")
        )
    if any(panel.probes is not None for panel in shown):
        for name, face in (("OOD point, caught", OUT), ("OOD point, missed", "white")):
            handles.append(
                Line2D([], [], linestyle="", marker="*", markersize=9, color=OUT, markerfacecolor=face, label=name)
            )
    return handles
