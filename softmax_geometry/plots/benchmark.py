"""Table 1 and figures 14 and 15 of the paper as figures: AUROC by score and data set, causes, norms and angles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import CLASS_MARKERS, CLASSES, OUT, REFERENCE, TRAIN, WIDTH, panels, styled

CAUSE_COLOURS = ("#CC79A7", "#E69F00", "#0072B2")
CAUSE_NAMES = ("1 saturation", "2 extrapolation", "3 feature overlap (at most)")


@styled
def auroc_dots(means: Mapping[str, Mapping[str, float]], errors: Mapping[str, Mapping[str, float | None]]) -> Figure:
    """AUROC in percent, a line for each score and a marker for each in-distribution set, with standard errors.

    `means[set][score]` and `errors[set][score]` are fractions; scores are sorted by their mean over the sets.
    """
    sets = list(means)
    scores = [score for score in means[sets[0]] if all(score in means[name] for name in sets)]
    average = {score: float(np.mean([means[name][score] for name in sets])) for score in scores}
    scores = sorted(scores, key=lambda score: average[score])
    figure, (ax,) = panels(0.6 + 0.24 * len(scores) + 0.3)
    y = np.arange(len(scores))
    for i, name in enumerate(sets):
        values = 100 * np.array([means[name][score] for score in scores])
        spread = 100 * np.array([errors[name][score] or 0.0 for score in scores])
        shift = 0.5 * ((i + 0.5) / len(sets) - 0.5)
        colour, marker = CLASSES[i % len(CLASSES)], CLASS_MARKERS[i % len(CLASS_MARKERS)]
        ax.errorbar(values, y + shift, xerr=spread, fmt=marker, color=colour, markersize=3.5, linewidth=1, label=name)
    ax.plot([100 * average[score] for score in scores], y, "|", color="black", markersize=11, label="mean over sets")
    ax.set_yticks(y, scores)
    ax.set_ylim(-0.6, len(scores) - 0.4)
    ax.axvline(50, color=REFERENCE, linestyle=":", linewidth=1, label="chance")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ax.set_xlabel("AUROC (%), test against all OOD sets")
    lines, names = ax.get_legend_handles_labels()
    figure.legend([*lines[2:], *lines[:2]], [*names[2:], *names[:2]], loc="outside upper center", ncols=3)
    return figure


@styled
def auroc_matrices(values: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Figure:
    """AUROC in percent for each pair of in-distribution set (row) and OOD set (column), a panel for each score.

    `values[score][in-distribution set][OOD set]` is a fraction; below 50 % all have the darkest colour.
    """
    rows = list(next(iter(values.values())))
    figure, axes = panels(1.6 + 0.36 * len(rows), columns=len(values), width=1.5 * WIDTH, sharey=True)
    percent, colours = Normalize(50, 100), "viridis"
    for ax, (score, pairs) in zip(axes, values.items(), strict=True):
        columns = list(dict.fromkeys([*rows, *(name for row in rows for name in pairs[row])]))
        matrix = np.array([[100 * pairs[row].get(column, np.nan) for column in columns] for row in rows])
        ax.imshow(matrix, cmap=colours, norm=percent, aspect="auto")
        for i, j in np.argwhere(np.isfinite(matrix)):
            colour = "white" if matrix[i, j] < 80 else "black"
            ax.text(j, i, f"{matrix[i, j]:.0f}", ha="center", va="center", color=colour)
        ax.set_title(score)
        ax.set_xticks(range(len(columns)), columns, rotation=40, ha="right", rotation_mode="anchor")
        ax.set_yticks(range(len(rows)), rows)
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_xlabel("OOD set")
    axes[0].set_ylabel("in-distribution set")
    figure.colorbar(ScalarMappable(percent, colours), ax=axes, label="AUROC (%)", extend="min")
    return figure


@styled
def stacked_causes(causes: Mapping[str, Sequence[float]]) -> Figure:
    """The paper's causes 1, 2, 3 in points of AUROC, a bar for each in-distribution set; negative ones go left.

    Their sum, 1 − AUROC(U_entropy), is a diamond.
    """
    names = list(causes)
    shares = 100 * np.array([causes[name] for name in names])
    figure, (ax,) = panels(1.1 + 0.4 * len(names))
    y = np.arange(len(names))[::-1]
    right, left = np.zeros(len(names)), np.zeros(len(names))
    for share, label, colour in zip(shares.T, CAUSE_NAMES, CAUSE_COLOURS, strict=True):
        ax.barh(y, share, left=np.where(share >= 0, right, left), color=colour, height=0.65, label=label)
        right, left = right + np.maximum(share, 0), left + np.minimum(share, 0)
    ax.plot(shares.sum(axis=1), y, "D", color="white", markeredgecolor="black", label="their sum", markersize=6)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(y, names)
    ax.set_xlabel("AUROC lost by U_entropy (points)")
    bars, names = ax.get_legend_handles_labels()
    figure.legend([*bars[1:], bars[0]], [*names[1:], names[0]], loc="outside upper center", ncols=2)
    return figure


@styled
def drop_histograms(histograms: Mapping[str, Mapping[str, Array]]) -> Figure:
    """‖z‖, max cos and the other cosines, training points against OOD, a row for each in-distribution set.

    `histograms[set]` holds "norm edges", "norm train", "norm ood" and so on for "max cos" and "other cos".
    """
    names = list(histograms)
    figure, axes = panels(0.7 + 1.05 * len(names), rows=len(names), columns=3, width=1.4 * WIDTH, sharex="col")
    labels = {"norm": "‖z‖ (units of z)", "max cos": "largest cos(z, w)", "other cos": "all other cos(z, w)"}
    for row, name in enumerate(names):
        for column, quantity in enumerate(labels):
            ax = axes[3 * row + column]
            edges = histograms[name][f"{quantity} edges"]
            for group, colour in (("train", TRAIN), ("ood", OUT)):
                counts = histograms[name][f"{quantity} {group}"]
                filled = {"fill": True, "alpha": 0.6} if group == "train" else {}
                ax.stairs(counts / counts.sum(), edges, color=colour, **filled)
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
            if column == 0:
                ax.set_ylabel(name, rotation=0, ha="right", va="center")
    for column, (quantity, label) in enumerate(labels.items()):
        axes[-3 + column].set_xlabel(label)
        axes[-3 + column].set_xlim(_occupied(histograms, quantity))
    handles = [axes[0].patches[0], axes[0].patches[1]]
    figure.legend(handles, ["training points", "OOD points"], loc="outside upper center", ncols=2)
    return figure


def _occupied(histograms: Mapping[str, Mapping[str, Array]], quantity: str) -> tuple[float, float]:
    """From the first to the last edge of bars that hold any points."""
    ends = []
    for of_set in histograms.values():
        bars = np.flatnonzero(of_set[f"{quantity} train"] + of_set[f"{quantity} ood"])
        ends.append((of_set[f"{quantity} edges"][bars[0]], of_set[f"{quantity} edges"][bars[-1] + 1]))
    return float(min(low for low, _ in ends)), float(max(high for _, high in ends))
