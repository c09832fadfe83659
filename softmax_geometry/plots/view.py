"""A square of the plane of two features, and what is drawn on it: regions, decision boundaries, classes, weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from softmax_geometry.checks import Array
from softmax_geometry.density_regions import DensityRegion, chi2_radius
from softmax_geometry.estimators import margin
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.plots.plane import draw_boundaries
from softmax_geometry.plots.style import CLASS_MARKERS, REFERENCE, class_colours
from softmax_geometry.regions import LinearRegion, ValidRegion
from softmax_geometry.thresholds import log_score

Region = ValidRegion | LinearRegion | DensityRegion
OUTLINE = "#A8761B"
_GRID = 240


@dataclass(frozen=True, eq=False)
class View:
    """The square of half-width `half` around `centre` (2,), with the names of its two coordinates.

    Examples
    --------
    >>> View(half=1.0).z.shape
    (57600, 2)
    """

    half: float
    centre: tuple[float, float] = (0.0, 0.0)
    names: tuple[str, str] = ("z₁", "z₂")

    @property
    def edges(self) -> tuple[Array, Array]:
        """The grid's x and y coordinates."""
        x, y = (np.linspace(c - self.half, c + self.half, _GRID) for c in self.centre)
        return x, y

    @property
    def z(self) -> Array:
        """The grid's points (n·n, 2), row by row."""
        return np.stack(np.meshgrid(*self.edges), axis=-1).reshape(-1, 2)

    def frame(self, ax: Axes, label_x: bool = True, label_y: bool = True) -> None:
        """Set limits, equal scales and axis labels."""
        ax.set_xlim(self.centre[0] - self.half, self.centre[0] + self.half)
        ax.set_ylim(self.centre[1] - self.half, self.centre[1] + self.half)
        ax.set_aspect("equal")
        ax.locator_params(nbins=6, steps=[1, 2, 5, 10])
        for axis, name, labelled in zip((ax.xaxis, ax.yaxis), self.names, (label_x, label_y), strict=True):
            axis.set_label_text(f"{name} (units of z)" if labelled else "")


def view_of(gaussians: ClassGaussians, names: tuple[str, str] = ("z₁", "z₂")) -> View:
    """The square around the ellipses of all classes, with a quarter of its width to spare on every side."""
    outlines = np.concatenate(class_ellipses(gaussians))
    low, high = outlines.min(axis=0), outlines.max(axis=0)
    centre = (low + high) / 2
    return View(0.75 * float((high - low).max()), (float(centre[0]), float(centre[1])), names)


def excess(region: Region, z: Any) -> Array:
    """How far the score of each point is above the region's threshold, (N,): positive inside, in nats or logits."""
    if isinstance(region, DensityRegion):
        return region.log_density_threshold - region.model.log_density(z)
    logits = region.head.logits(z)
    if isinstance(region, LinearRegion):
        return region.L - margin(logits)
    return log_score(region.threshold.estimator)(logits) - region.threshold.log_score


def shade(ax: Axes, view: View, values: Array, colour: str) -> None:
    """Fill the part of the square where `values`, one for each point of the grid, are positive."""
    x, y = view.edges
    if values.max() > 0:
        ax.contourf(x, y, values.reshape(len(y), len(x)), levels=[0, np.inf], colors=[colour])


def outline(ax: Axes, view: View, values: Array, colour: str = OUTLINE, style: str = "-") -> None:
    """Draw the line where `values` change sign."""
    x, y = view.edges
    if values.min() < 0 < values.max():
        ax.contour(
            x, y, values.reshape(len(y), len(x)), levels=[0], colors=[colour], linewidths=1.1, linestyles=[style]
        )


def boundaries(ax: Axes, view: View, head: Head) -> None:
    """Draw the decision boundaries of the head."""
    x, y = view.edges
    draw_boundaries(ax, x, y, head.logits(view.z), (len(y), len(x)))


def ellipses(ax: Axes, gaussians: ClassGaussians) -> None:
    """Draw each class: a marker at its mean, and the ellipse that holds 95 % of it."""
    for curve, colour in zip(class_ellipses(gaussians), class_colours(gaussians.K), strict=True):
        ax.plot(*curve.T, color=colour, linewidth=1.4)
    class_points(ax, gaussians.means)


def class_points(ax: Axes, means: Array) -> None:
    """Draw the mean of each class (K, 2) as a marker of its own shape and colour."""
    for i, (mean, colour) in enumerate(zip(means, class_colours(len(means)), strict=True)):
        ax.plot(*mean, CLASS_MARKERS[i % len(CLASS_MARKERS)], color=colour, markersize=4)


def arrow(ax: Axes, start: Any, end: Any, colour: str = REFERENCE, width: float = 1.5) -> None:
    """Draw an arrow between two points of the plane."""
    ax.annotate(
        "",
        tuple(np.asarray(end, dtype=float)),
        tuple(np.asarray(start, dtype=float)),
        arrowprops={
            "arrowstyle": "-|>",
            "color": colour,
            "linewidth": width,
            "shrinkA": 0,
            "shrinkB": 0,
            "mutation_scale": 11,
        },
    )


def class_ellipses(gaussians: ClassGaussians) -> list[Array]:
    """For each class of two features the outline (100, 2) of the ellipse that holds 95 % of it."""
    turns = np.linspace(0, 2 * np.pi, 100)
    circle = np.sqrt(chi2_radius(2, 0.05)) * np.stack([np.cos(turns), np.sin(turns)], axis=1)
    curves = []
    for mean, covariance in zip(gaussians.means, gaussians.covariances, strict=True):
        values, vectors = np.linalg.eigh(covariance)
        curves.append(mean + circle * np.sqrt(np.clip(values, 0, None)) @ vectors.T)
    return curves
