"""Changes of AUROC, by score and OOD set."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.plots.style import CLASS_MARKERS, CLASSES, WIDTH, panels, styled

Point = tuple[float, float | None]


@styled
def difference_dots(differences: Mapping[str, Mapping[str, Mapping[str, Point]]], label: str) -> Figure:
    """A panel for each in-distribution set: changes of AUROC in points, a line for each score, a marker for each set.

    `differences[set][score][OOD set]` is a mean, as a fraction, and its standard error or None; bars are two of them.
    """
    sets = list(differences)
    scores = list(differences[sets[0]])
    others = list(dict.fromkeys(name for of_score in differences.values() for name in of_score[scores[0]]))
    figure, axes = panels(1.2 + 0.24 * len(scores), columns=len(sets), sharey=True)
    figure.set_figwidth(max(WIDTH, 0.9 + 2.2 * len(sets)))
    y = np.arange(len(scores))[::-1]
    handles = {}
    for ax, name in zip(axes, sets, strict=True):
        for i, other in enumerate(others):
            if other not in differences[name][scores[0]]:
                continue
            points = [differences[name][score][other] for score in scores]
            values = 100 * np.array([mean for mean, _ in points])
            spread = 200 * np.array([error or 0.0 for _, error in points])
            shift = 0.5 * (0.5 - (i + 0.5) / len(others))
            handles[other] = ax.errorbar(
                values, y + shift, xerr=spread, fmt=CLASS_MARKERS[i], color=CLASSES[i], markersize=3.5, linewidth=1
            )
        ax.axvline(0, color="black", linewidth=0.8)
        ax.grid(axis="y", color="#EEEEEE", linewidth=0.6)
        ax.set_title(f"in-distribution: {name}")
    axes[0].set_yticks(y, scores)
    axes[0].set_ylim(-0.6, len(scores) - 0.4)
    figure.supxlabel(f"{label},\n± 2 standard errors over seeds", fontsize=9)
    shown = [other for other in others if other in handles]
    figure.legend(
        [handles[other] for other in shown],
        [f"OOD: {other}" for other in shown],
        loc="outside upper center",
        ncols=len(shown),
    )
    return figure
