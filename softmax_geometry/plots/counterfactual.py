"""Heads frozen in several structures (figures 5 and 13 of the paper): what they reach, and their planes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_max_log
from softmax_geometry.plots.style import CLASS_MARKERS, CLASSES, IN, OUT, REFERENCE, REGION, WIDTH, panels, styled

GRID = 300


@styled
def structure_bars(
    measured: Mapping[str, Mapping[str, tuple[float, float | None]]], columns: Mapping[str, str]
) -> Figure:
    """Mean and standard error of each quantity by structure, a panel for each.

    `measured[structure][quantity]` is (mean, standard error); `columns` gives each quantity's label, and those whose
    label ends in (%) are fractions.
    """
    names = list(measured)
    figure, axes = panels(3.1, columns=len(columns), width=1.5 * WIDTH, sharey=True)
    y = np.arange(len(names))[::-1]
    for ax, (column, label) in zip(axes, columns.items(), strict=True):
        factor = 100 if label.endswith("(%)") else 1
        means = factor * np.array([measured[name][column][0] for name in names])
        errors = factor * np.array([measured[name][column][1] or 0.0 for name in names])
        ax.errorbar(means, y, xerr=errors, fmt="o", color=IN, markersize=4, capsize=2)
        for mean, height in zip(means, y, strict=True):
            ax.annotate(
                f"{mean:#.3g}",
                (mean, height),
                (0, 3),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8,
            )
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        ax.margins(x=0.35)
        ax.set_xlabel(label)
    axes[0].set_yticks(y, names)
    axes[0].set_ylim(-0.5, len(names) - 0.3)
    known = any(error is not None for of in measured.values() for _, error in of.values())
    figure.supxlabel("mean ± standard error over seeds" if known else "one seed", fontsize=8.5)
    return figure


@styled
def structure_planes(planes: Mapping[str, Mapping[str, Array]]) -> Figure:
    """For each structure, the plane of its centred weights: valid region, boundaries, weights, test and OOD points.

    `planes[structure]` holds "weight" (3, 2), "bias" (3,), "log threshold" of U_max_log, "u test" and "u ood" (N, 2)
    and "labels". Logits depend on the plane alone, so each point is inside the drawn region iff it is in the region.
    """
    columns = 3
    rows = -(-len(planes) // columns)
    figure, axes = panels(0.6 + 2.3 * rows, rows=rows, columns=columns, width=1.5 * WIDTH)
    for ax in axes[len(planes) :]:
        ax.set_visible(False)
    for ax, (name, plane) in zip(axes, planes.items(), strict=False):
        points = np.concatenate([plane["u test"], plane["u ood"]])
        low, high = np.quantile(points, 0.01, axis=0), np.quantile(points, 0.99, axis=0)
        centre, span = (low + high) / 2, 0.62 * (high - low).max()
        x, y = (np.linspace(c - span, c + span, GRID) for c in centre)
        u = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        logits = u @ plane["weight"].T + plane["bias"]
        inside = (U_max_log(logits) - plane["log threshold"]).reshape(GRID, GRID)
        ax.contourf(x, y, inside, levels=[0, np.inf], colors=[REGION])
        winner = logits.argmax(axis=1).reshape(GRID, GRID)
        for i in range(len(plane["bias"])):
            ax.contour(x, y, winner == i, levels=[0.5], colors=[REFERENCE], linewidths=0.8)
        ax.plot(*plane["u ood"].T, "x", color=OUT, markersize=2.5, alpha=0.6)
        for i in np.unique(plane["labels"]):
            chosen = plane["u test"][plane["labels"] == i]
            ax.plot(*chosen.T, CLASS_MARKERS[i], color=CLASSES[i], markersize=2.5, alpha=0.7)
        ax.set_xlim(x[0], x[-1])
        ax.set_ylim(y[0], y[-1])
        ax.set_aspect("equal")
        ax.set_title(name)
        ax.tick_params(labelsize=8)
    handles = [
        Patch(color=REGION, label="valid OOD region"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="decision boundary"),
        *(
            Line2D(
                [], [], linestyle="", marker=CLASS_MARKERS[i], color=CLASSES[i], markersize=4, label=f"test, class {i}"
            )
            for i in range(3)
        ),
        Line2D([], [], linestyle="", marker="x", color=OUT, markersize=4, label="OOD"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=6, columnspacing=1.0, handletextpad=0.3)
    figure.supxlabel("both axes: coordinates in the plane of the centred weights (units of z)", fontsize=9)
    return figure
