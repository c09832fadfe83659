"""Accuracy and AUROC against depth (figure 17 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from softmax_geometry.plots.style import CLASSES, REFERENCE, WIDTH, panels, styled

Point = tuple[float, float | None]
LABELS = {"accuracy": "accuracy", "U_max": "AUROC of U_max", "U_entropy": "AUROC of U_entropy"}
COLOURS = {"accuracy": REFERENCE, "U_max": CLASSES[0], "U_entropy": CLASSES[2]}
MARKERS = {"accuracy": "s", "U_max": "o", "U_entropy": "^"}


@styled
def depth_lines(lines: Mapping[str, Mapping[str, Mapping[int, Point]]]) -> Figure:
    """A panel for each title; in it `lines[title][measure][blocks]`, a fraction and its standard error or None."""
    figure, axes = panels(2.9, columns=len(lines), sharey=True)
    figure.set_figwidth(max(WIDTH, 3 * len(lines)))
    for i, (ax, (title, measures)) in enumerate(zip(axes, lines.items(), strict=True)):
        for j, (measure, points) in enumerate(measures.items()):
            blocks = sorted(points)
            x = [b + 0.06 * (j - 1) for b in blocks]
            y = [100 * points[b][0] for b in blocks]
            errors = [100 * (points[b][1] or 0.0) for b in blocks]
            label = LABELS[measure] if i == 0 else None
            ax.errorbar(
                x, y, yerr=errors, marker=MARKERS[measure], color=COLOURS[measure], markersize=4, capsize=2, label=label
            )
        ax.set_title(title)
        ax.set_xticks(sorted({b for points in measures.values() for b in points}))
        ax.set_xlabel("blocks of two convolutions")
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    known = any(error is not None for of in lines.values() for points in of.values() for _, error in points.values())
    axes[0].set_ylabel("%, mean ± standard error" if known else "%")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
