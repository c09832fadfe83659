"""Pairs of vectors that refute theorem 4: on the sphere, and as confidence against the largest cosine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d.art3d import Poly3DCollection

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REFERENCE, panels, styled

_GAP = 2 * "\N{NO-BREAK SPACE}"  # an SVG drops plain spaces at the ends of a text
_COLOURS = (OUT, IN)


@dataclass(frozen=True, eq=False)
class Path:
    """A path of vectors of one norm.

    Attributes
    ----------
    label : what it shows
    z : (n, H) array, H = 2 or 3
    cosine, confidence : (n,) arrays, max cos(z, w_i) and max σ along it
    start, end : names of its two ends; "" for none
    """

    label: str
    z: Array
    cosine: Array
    confidence: Array
    start: str = ""
    end: str = ""


@dataclass(frozen=True, eq=False)
class Band:
    """The least and the greatest confidence at each largest cosine, all (n,), and what to call the area between."""

    label: str
    cosine: Array
    low: Array
    high: Array


@styled
def sphere_and_confidence(
    weight: Array, paths: Sequence[Path], band: Band, view: tuple[float, float] = (30, 10)
) -> Figure:
    """Left: weights as arrows and paths on the sphere. Right: the confidence against max cos along the paths.

    Parameters
    ----------
    weight : (K, 3) array, in the gauge in which angles are measured; drawn with the longest of length one
    paths : one or two; the first is the one to look at
    band : all that is possible, drawn behind the paths on the right
    view : elevation and azimuth of the camera, in degrees
    """
    figure = Figure(figsize=(7.2, 3.9), layout="constrained")
    space: Any = figure.add_subplot(1, 2, 1, projection="3d", computed_zorder=False)
    _draw_space(space, weight, paths)
    space.view_init(*view)
    _draw_confidence(figure.add_subplot(1, 2, 2), paths, band)
    return figure


@styled
def circle_and_confidence(weight: Array, paths: Sequence[Path], band: Band | None = None) -> Figure:
    """As `sphere_and_confidence` for weights (K, 2) and paths of vectors (n, 2): left, the circle of equal norms."""
    figure, (plane, chart) = panels(3.9, columns=2, width=7.2)
    _draw_plane(plane, weight, paths)
    _draw_confidence(chart, paths, band)
    return figure


def _draw_plane(ax: Axes, weight: Array, paths: Sequence[Path]) -> None:
    angle = np.linspace(0, 2 * np.pi, 121)
    ax.plot(np.cos(angle), np.sin(angle), color="#999999", linewidth=1)
    for i, arrow in enumerate(weight / np.linalg.norm(weight, axis=1).max(), start=1):
        ax.annotate("", arrow, (0, 0), arrowprops={"arrowstyle": "-|>", "color": REFERENCE, "linewidth": 1.6,
                                                   "shrinkA": 0, "shrinkB": 0})  # fmt: skip
        ax.text(1.16 * arrow[0], 1.16 * arrow[1], f"$w_{{{i}}}$", color=REFERENCE, ha="center", va="center")
    for path, colour in zip(paths, _COLOURS, strict=False):
        z = path.z / np.linalg.norm(path.z, axis=1, keepdims=True)
        ax.plot(*z.T, color=colour, linewidth=3)
        for name, end, inner in ((path.start, z[0], z[1]), (path.end, z[-1], z[-2])):
            if name:
                away = (end - inner) / max(float(np.linalg.norm(end - inner)), 1e-12)
                ax.plot(*end, "o", color=colour, markersize=6)
                x, y = 1.15 * end + 0.14 * away
                ax.text(x, y, name, color=colour, ha="center", va="center", fontsize=11, fontweight="bold")
    ax.set(xlim=(-1.3, 1.3), ylim=(-1.3, 1.3), aspect="equal")
    ax.set_axis_off()


def _draw_space(ax: Any, weight: Array, paths: Sequence[Path]) -> None:
    angle = np.linspace(0, 2 * np.pi, 121)
    circle, zero = np.stack([np.cos(angle), np.sin(angle)]), np.zeros_like(angle)
    if not weight[:, 2].any():
        ax.add_collection3d(Poly3DCollection([np.stack([*circle, zero], axis=1)], facecolor="#f2f2f2", zorder=0))
    ax.plot(*circle, zero, color="#999999", linewidth=1, zorder=1)
    ax.plot(circle[0], zero, circle[1], color="#cccccc", linewidth=0.6, zorder=0)
    ax.plot(zero, circle[0], circle[1], color="#cccccc", linewidth=0.6, zorder=0)
    arrows = weight / np.linalg.norm(weight, axis=1).max()
    for i, arrow in enumerate(arrows, start=1):
        ax.quiver(0, 0, 0, *arrow, color=REFERENCE, linewidth=1.6, arrow_length_ratio=0.12, zorder=2)
        ax.text(*(1.16 * arrow), f"$w_{{{i}}}$", color=REFERENCE, ha="center", va="center")
    for path, colour in reversed(list(zip(paths, _COLOURS, strict=False))):
        z = path.z / np.linalg.norm(path.z, axis=1, keepdims=True)
        ax.plot(*z.T, color=colour, linewidth=2, zorder=3)
        for name, end, side in ((_GAP + path.start, z[0], "left"), (path.end + _GAP, z[-1], "right")):
            if name.strip():
                ax.plot(*np.stack([np.zeros(3), end]).T, color=colour, linewidth=1, linestyle=":", zorder=2)
                ax.plot(*end[:, None], "o", color=colour, markersize=6, zorder=4)
                ax.text(*end, name, color=colour, ha=side, va="center", fontsize=11, fontweight="bold")
    ax.set_box_aspect((1, 1, 1), zoom=1.45)
    ax.set(xlim=(-1, 1), ylim=(-1, 1), zlim=(-1, 1))
    ax.set_axis_off()


def _draw_confidence(ax: Axes, paths: Sequence[Path], band: Band | None) -> None:
    if band is not None:
        ax.fill_between(band.cosine, band.low, band.high, color="#e4e4e4", linewidth=0, label=band.label)
    for path, colour in zip(paths, _COLOURS, strict=False):
        ax.plot(path.cosine, path.confidence, color=colour, linewidth=2, label=path.label)
        middle = len(path.cosine) // 2
        tail, head = ((path.cosine[k], path.confidence[k]) for k in (middle, middle + 1))
        ax.annotate("", head, tail, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 2})
        for name, k in ((path.start, 0), (path.end, -1)):
            if name:
                x, y = float(path.cosine[k]), float(path.confidence[k])
                ax.plot(x, y, "o", color=colour, markersize=6, zorder=4)
                ax.annotate(
                    f"{name}\nmax cos {x:.2f}\nmax σ {y:.2f}", (x, y), (9 if k == 0 else -9, 0),
                    textcoords="offset points", ha="left" if k == 0 else "right",
                    va="top" if y > 0.93 else "center", color=colour,
                )  # fmt: skip
    if band is not None:
        ax.set(xlim=(0, 1.02), ylim=(0, 1.02))
    else:
        ax.margins(0.15)
    ax.set_xlabel("max cos(z, wᵢ)")
    ax.set_ylabel("confidence max σ")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
