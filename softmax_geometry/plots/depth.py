"""Accuracy and AUROC against depth (figure 17 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from softmax_geometry.plots.style import CLASSES, REFERENCE, WIDTH, panels, styled

Point = tuple[int, float, float | None]
LABELS = {"accuracy": "accuracy", "U_max": "AUROC of U_max", "U_entropy": "AUROC of U_entropy"}
COLOURS = {"accuracy": REFERENCE, "U_max": CLASSES[0], "U_entropy": CLASSES[2]}
MARKERS = {"accuracy": "s", "U_max": "o", "U_entropy": "^"}


@styled
def depth_lines(lines: Mapping[str, Mapping[str, Sequence[Point]]]) -> Figure:
    """A panel for each title; in it `lines[title][measure]`: numbers of blocks, fractions, standard errors or None."""
    figure, axes = panels(2.9, columns=len(lines), width=max(WIDTH, 3 * len(lines)), sharey=True)
    for i, (ax, (title, measures)) in enumerate(zip(axes, lines.items(), strict=True)):
        for j, (measure, points) in enumerate(measures.items()):
            x = [blocks + 0.06 * (j - 1) for blocks, _, _ in points]
            y = [100 * mean for _, mean, _ in points]
            errors = [100 * (error or 0.0) for _, _, error in points]
            label = LABELS[measure] if i == 0 else None
            ax.errorbar(
                x, y, yerr=errors, marker=MARKERS[measure], color=COLOURS[measure], markersize=4, capsize=2, label=label
            )
        ax.set_title(title)
        ax.set_xticks(sorted({blocks for points in measures.values() for blocks, _, _ in points}))
        ax.set_xlabel("depth (blocks of two convolutions)")
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    known = any(error is not None for of in lines.values() for points in of.values() for _, _, error in points)
    axes[0].set_ylabel("%, mean ± standard error" if known else "%")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
