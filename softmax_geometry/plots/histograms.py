"""Histograms of test data against OOD data: uncertainty scores with their thresholds, ‖z‖ and max cos."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softmax_geometry.angles import max_cosine
from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.head import Head
from softmax_geometry.plots.style import IN, OUT, REFERENCE, TRAIN, bar_edges, panels, styled

_COLOURS = {"train": TRAIN, "test": IN, "OOD": OUT}
_BINS = 50


@dataclass(frozen=True, eq=False)
class ScorePanel:
    """One panel: a score on several populations ("train", "test", "OOD"), higher meaning more OOD.

    Attributes
    ----------
    label : of the horizontal axis, with its unit
    scores : population → (N,) scores
    threshold : score above which a point is flagged, where there is one
    """

    label: str
    scores: Mapping[str, Array]
    threshold: float | None = None


@styled
def score_histograms(score_panels: Sequence[ScorePanel]) -> Figure:
    """Histograms of each score, one panel below the other, with the threshold as a dashed line.

    Shares are of each population, so that sizes do not matter. The outermost half per cent on either side of a
    panel is gathered in its first and last bar.

    Raises
    ------
    InputError
        If there is no panel, or a panel holds no finite scores.

    Examples
    --------
    >>> panel = ScorePanel("score", {"test": np.arange(9.0), "OOD": np.arange(5.0, 14.0)}, threshold=7.5)
    >>> len(score_histograms([panel]).axes)
    1
    """
    if not score_panels:
        raise InputError("score_panels: expected at least one panel, got none")
    figure, axes = panels(0.5 + 1.75 * len(score_panels), rows=len(score_panels))
    for ax, panel in zip(axes, score_panels, strict=True):
        _histogram(ax, panel.scores, panel.label)
        if panel.threshold is not None:
            ax.axvline(panel.threshold, color=REFERENCE, linestyle="--", label="threshold (right: flagged)")
    _legend(figure, axes)
    return figure


@styled
def norm_and_angle(head: Head, populations: Mapping[str, Any]) -> Figure:
    """Histograms of ‖z‖ and of max_i cos(z, w_i − w̄) in the centred gauge (after the paper's fig 15).

    Rows of z that are zero have no angle and count only for the norm.

    Parameters
    ----------
    populations : name ("train", "test", "OOD") → features (N, H)

    Raises
    ------
    InputError
        If features do not fit the head, or a weight row equals the mean row (no angle).

    Examples
    --------
    >>> head = Head([[1.0, 0.0], [-1.0, 0.0]])
    >>> len(norm_and_angle(head, {"train": [[3.0, 4.0], [1.0, 0.0]]}).axes)
    2
    """
    z = {name: head.features(points, name) for name, points in populations.items()}
    norms = {name: np.linalg.norm(points, axis=1) for name, points in z.items()}
    cosines = {name: max_cosine(head, z[name][norms[name] > 0]) for name in z if norms[name].any()}
    figure, axes = panels(4.0, rows=2)
    _histogram(axes[0], norms, "‖z‖, norm of the features (units of z)")
    if cosines:
        _histogram(axes[1], cosines, "max cos, cosine between z and the nearest centred weight")
    _legend(figure, axes)
    return figure


def _histogram(ax: Axes, scores: Mapping[str, Array], label: str) -> None:
    finite = {name: as_floats(name, values, ndim=1) for name, values in scores.items()}
    ends = [np.percentile(values, [0.5, 99.5], method="nearest") for values in finite.values()]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    edges = bar_edges(low, high, _BINS)
    low, high = edges[0], edges[-1]
    for name, values in finite.items():
        shares = np.histogram(np.clip(values, low, high), edges)[0] / len(values)
        colour = _COLOURS.get(name, REFERENCE)
        ax.stairs(shares, edges, fill=name != "train", alpha=0.45 if name != "train" else 1, color=colour)
        ax.stairs(shares, edges, color=colour, linewidth=1, label=name)
    ax.set_xlabel(label)
    ax.set_ylabel("share per bar")
    ax.set_ylim(bottom=0)


def _legend(figure: Figure, axes: Sequence[Axes]) -> None:
    """One legend above all panels, each entry once."""
    entries = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
    figure.legend(list(entries.values()), list(entries), loc="outside upper left", ncols=len(entries))
