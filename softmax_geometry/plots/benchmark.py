"""Table 1 and figures 14 and 15 of the paper as figures: AUROC by score and data set, causes, norms and angles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import CLASS_MARKERS, CLASSES, OUT, REFERENCE, TRAIN, WIDTH, panels, styled

CAUSE_COLOURS = ("#CC79A7", "#E69F00", "#0072B2")
CAUSE_NAMES = ("1: saturation", "2: extrapolation", "3: feature overlap (at most)")


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
    ax.set_xlabel("AUROC (%), in-distribution test against all OOD sets")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


@styled
def auroc_matrix(values: Mapping[str, Mapping[str, float]], score: str) -> Figure:
    """AUROC of one score in percent for each pair of in-distribution set (row) and OOD set (column)."""
    rows = list(values)
    columns = list(dict.fromkeys([*rows, *(name for row in rows for name in values[row])]))
    matrix = np.array([[100 * values[row].get(column, np.nan) for column in columns] for row in rows])
    figure, (ax,) = panels(1.5 + 0.5 * len(rows))
    image = ax.imshow(matrix, cmap="viridis", vmin=50, vmax=100, aspect="auto")
    for i, j in np.ndindex(matrix.shape):
        if np.isfinite(matrix[i, j]):
            ax.text(
                j, i, f"{matrix[i, j]:.1f}", ha="center", va="center", color="white" if matrix[i, j] < 80 else "black"
            )
    ax.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xlabel("OOD set")
    ax.set_ylabel("in-distribution set")
    ax.spines[:].set_visible(False)
    figure.colorbar(image, label=f"AUROC of {score} (%)", extend="min")
    return figure


@styled
def stacked_causes(causes: Mapping[str, Sequence[float]]) -> Figure:
    """The paper's causes 1, 2, 3 in points of AUROC, a bar for each in-distribution set; negative ones go left."""
    names = list(causes)
    shares = 100 * np.array([causes[name] for name in names])
    figure, (ax,) = panels(1.1 + 0.4 * len(names))
    y = np.arange(len(names))[::-1]
    right, left = np.zeros(len(names)), np.zeros(len(names))
    for share, label, colour in zip(shares.T, CAUSE_NAMES, CAUSE_COLOURS, strict=True):
        ax.barh(y, share, left=np.where(share >= 0, right, left), color=colour, height=0.65, label=label)
        right, left = right + np.maximum(share, 0), left + np.minimum(share, 0)
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set_yticks(y, names)
    ax.set_xlabel("1 − AUROC(U_entropy), split into causes (points of AUROC)")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


@styled
def drop_histograms(histograms: Mapping[str, Mapping[str, Array]]) -> Figure:
    """‖z‖, max cos and the other cosines, training points against OOD, a row for each in-distribution set.

    `histograms[set]` holds "norm edges", "norm train", "norm ood" and so on for "max cos" and "other cos".
    """
    names = list(histograms)
    figure, axes = panels(0.6 + 1.15 * len(names), rows=len(names), columns=3)
    figure.set_figwidth(1.35 * WIDTH)
    labels = {"norm": "‖z‖", "max cos": "max cos(z, w)", "other cos": "other cos(z, w)"}
    for row, name in enumerate(names):
        for column, (quantity, label) in enumerate(labels.items()):
            ax = axes[3 * row + column]
            edges = histograms[name][f"{quantity} edges"]
            for group, colour in (("train", TRAIN), ("ood", OUT)):
                counts = histograms[name][f"{quantity} {group}"]
                ax.stairs(
                    counts / counts.sum(),
                    edges,
                    color=colour,
                    fill=group == "train",
                    alpha=0.6 if group == "train" else 1,
                )
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
            if column == 0:
                ax.set_ylabel(name, rotation=0, ha="right", va="center")
            if row == len(names) - 1:
                ax.set_xlabel(label)
    handles = [axes[0].patches[0], axes[0].patches[1]]
    figure.legend(handles, ["training points", "OOD points"], loc="outside upper center", ncols=2)
    return figure
