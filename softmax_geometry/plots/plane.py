"""The plane of the first two principal components, with the head restricted to it (the paper's fig 1b)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import margin
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.plots.style import CLASS_MARKERS, OUT, REFERENCE, REGION, class_colours, panels, styled
from softmax_geometry.regions import ValidRegion
from softmax_geometry.thresholds import log_score

_GRID = 240


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in feature space: origin + u_1 e_1 + u_2 e_2.

    Attributes
    ----------
    origin : (H,) array
    axes : (2, H) array of orthonormal rows e_1, e_2
    explained : (2,) array
        Share of the variance along each axis, of the population the plane was fitted to.
    """

    origin: Array
    axes: Array
    explained: Array

    def project(self, z: Any) -> Array:
        """Coordinates u (N, 2) of the points of the plane closest to z (N, H)."""
        return (np.asarray(z, dtype=np.float64) - self.origin) @ self.axes.T

    def restrict(self, head: Head) -> Head:
        """The head as a function of u: its logits on the plane are those of the full head there, exactly."""
        return Head(head.weight @ self.axes.T, head.logits(self.origin[None])[0])


def fit_plane(train: Any, ood: Any = None) -> Plane:
    """The principal plane of an equal mixture of training and OOD features, or of training features alone.

    Raises
    ------
    InputError
        If there are fewer than two features: then there is no plane.

    Examples
    --------
    >>> plane = fit_plane([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.5, 0.0], [0.0, -0.5, 0.0]])
    >>> plane.explained
    array([0.8, 0.2])
    """
    parts = [np.asarray(part, dtype=np.float64) for part in (train, ood) if part is not None]
    H = parts[0].shape[1]
    if H < 2:
        raise InputError(f"train: expected at least 2 features for a plane, got {H}")
    origin = np.mean([part.mean(axis=0) for part in parts], axis=0)
    second_moment = np.mean([(part - origin).T @ (part - origin) / len(part) for part in parts], axis=0)
    values, vectors = np.linalg.eigh(second_moment)
    axes = vectors[:, [-1, -2]].T
    axes = axes * np.sign(axes[np.arange(2), np.abs(axes).argmax(axis=1)])[:, None]
    total = values.sum()
    explained = values[[-1, -2]] / total if total > 0 else np.zeros(2)
    return Plane(origin, axes, explained)


@styled
def pca_plane(
    region: ValidRegion,
    plane: Plane,
    test: Features | None = None,
    ood: Features | None = None,
    points: int = 200,
    names: list[str] | None = None,
    rng: np.random.Generator | int | None = 0,
    shown: str = "test",
) -> Figure:
    """The valid region on a plane: shaded region, outline of the linear region, decision boundaries, contours of U.

    What is drawn is the slice of feature space that the plane cuts. Points are projected onto it, so a point's own
    uncertainty differs from the one at its place when it lies far off the plane.

    Parameters
    ----------
    region : the exact region of `U_max`, `U_entropy` or "margin"; contours are those of its log-space score
    test, ood : points to show; without labels, test points are coloured by the class the head predicts
    points : the most points shown for each class and for OOD, drawn at random with `rng`
    shown : what the legend calls the points of `test`

    Raises
    ------
    InputError
        If features do not fit the head.
    """
    head, rng = region.head, np.random.default_rng(rng)
    groups = _groups(head, plane, test, ood, points, names, rng, shown)
    drawn = np.concatenate([u for _, _, _, u in groups]) if groups else np.array([[-1.0, -1.0], [1.0, 1.0]])
    figure, (ax,) = panels(5.0)
    (x_low, x_high), (y_low, y_high) = _square_limits(drawn)
    x, y = np.linspace(x_low, x_high, _GRID), np.linspace(y_low, y_high, _GRID)
    logits = plane.restrict(head).logits(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    handles = _draw_region(ax, x, y, logits, region)
    for label, colour, marker, u in groups:
        ax.plot(u[:, 0], u[:, 1], marker, color=colour, markersize=3.2, alpha=0.75)
        handles.append(Line2D([], [], linestyle="none", marker=marker, color=colour, markersize=5, label=label))
    ax.set_xlim(x_low, x_high)
    ax.set_ylim(y_low, y_high)
    ax.set_aspect("equal")
    for axis, which, share in zip((ax.xaxis, ax.yaxis), ("first", "second"), plane.explained, strict=True):
        axis.set_label_text(f"{which} component (units of z; {100 * share:.0f} % of variance)")
    figure.legend(handles=handles, loc="outside lower left", ncols=2)
    return figure


def _groups(
    head: Head,
    plane: Plane,
    test: Features | None,
    ood: Features | None,
    points: int,
    names: list[str] | None,
    rng: np.random.Generator,
    shown: str,
) -> list[tuple[str, str, str, Array]]:
    """Label, colour, marker and plane coordinates of each group of points."""
    K, groups = head.K, []
    if test is not None:
        z = head.features(test.z, "test")
        labels = head.logits(z).argmax(axis=1) if test.labels is None else test.labels
        colours, kind = class_colours(K), "predicted " if test.labels is None else ""
        if len(CLASS_MARKERS) < K:
            groups.append((f"{shown}, all classes", colours[0], ".", _draw(plane, z, points, rng)))
        else:
            for i in np.unique(labels):
                name = str(i) if names is None else names[i]
                u = _draw(plane, z[labels == i], points, rng)
                groups.append((f"{shown}, {kind}class {name}", colours[i], CLASS_MARKERS[i], u))
    if ood is not None:
        groups.append(("OOD", OUT, "x", _draw(plane, head.features(ood.z, "ood"), points, rng)))
    return groups


def _draw(plane: Plane, z: Array, points: int, rng: np.random.Generator) -> Array:
    chosen = rng.permutation(len(z))[:points]
    return plane.project(z[chosen])


def _square_limits(u: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """Equal ranges on both axes around all points, with a margin of a tenth."""
    low, high = u.min(axis=0), u.max(axis=0)
    centre, span = (low + high) / 2, float((high - low).max())
    half = 0.55 * span if span > 0 else max(0.1 * float(np.abs(centre).max()), 1e-9)
    return (centre[0] - half, centre[0] + half), (centre[1] - half, centre[1] + half)


def _draw_region(ax: Axes, x: Array, y: Array, logits: Array, region: ValidRegion) -> list[Line2D | Patch]:
    """Draw region, outline, boundaries and contours; return what the legend shows."""
    shape, estimator = (len(y), len(x)), region.threshold.estimator
    log_scores = log_score(estimator)(logits).reshape(shape)
    handles: list[Line2D | Patch] = []
    excess = log_scores - region.threshold.log_score
    if excess.max() > 0:
        ax.contourf(x, y, excess, levels=[0, max(float(excess.max()), 1e-12) * 1.01], colors=[REGION])
        handles.append(Patch(color=REGION, label=f"valid region of {estimator}"))
    contours = _contour_levels(log_scores)
    if len(contours):
        lines = ax.contour(x, y, log_scores, levels=contours, colors="#9a9a9a", linewidths=0.7, linestyles="-")
        labels = {level: _power_of_ten(level) for level in contours}
        ax.clabel(lines, fmt=labels, fontsize=8)
        names = {"U_max": "1 − max σ", "U_entropy": "U_entropy (nats)", "margin": "e^−margin"}
        handles.append(Line2D([], [], color="#9a9a9a", linewidth=0.7, label=f"{names[estimator]}, contours"))
    gap = margin(logits).reshape(shape)
    L = region.threshold.margin
    if gap.min() < L < gap.max():
        ax.contour(x, y, gap, levels=[L], colors=REFERENCE, linewidths=1.2, linestyles="--")
        handles.append(
            Line2D([], [], color=REFERENCE, linewidth=1.2, linestyle="--", label="linear region {margin < L}")
        )
    if draw_boundaries(ax, x, y, logits, shape):
        handles.append(Line2D([], [], color=REFERENCE, linewidth=0.8, label="decision boundaries"))
    return handles


def draw_boundaries(ax: Axes, x: Array, y: Array, logits: Array, shape: tuple[int, int]) -> bool:
    """Outline the part of the plane where each class wins; whether any outline is in view."""
    top_two = np.partition(logits, -2, axis=1)[:, -2:]
    winner, drawn = logits.argmax(axis=1), False
    for i in np.unique(winner):
        rival = np.where(winner == i, top_two[:, 0], top_two[:, 1])
        lead = (logits[:, i] - rival).reshape(shape)
        if lead.min() < 0 < lead.max():
            ax.contour(x, y, lead, levels=[0], colors=REFERENCE, linewidths=0.8, linestyles="-")
            drawn = True
    return drawn


def _contour_levels(log_scores: Array) -> NDArray[np.float64]:
    """At most six powers of ten strictly inside the range of the scores, evenly spaced in the exponent."""
    low, high = log_scores.min() / np.log(10), log_scores.max() / np.log(10)
    first, last = np.ceil(low + 1e-9), np.floor(high - 1e-9)
    step = max(1.0, np.ceil((last - first + 1) / 6))
    return np.arange(last, first - 0.5, -step)[::-1] * np.log(10)


def _power_of_ten(log_level: float) -> str:
    superscripts = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    return "10" + str(round(log_level / np.log(10))).translate(superscripts)
