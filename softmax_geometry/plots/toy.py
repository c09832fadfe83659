"""The softmax entropy of a small network over its input plane (figure 1a of the paper)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import CLASS_MARKERS, CLASSES, OUT, panels, styled

LOWEST = -8  # powers of ten below which all entropies look alike


@styled
def entropy_over_plane(log_entropy: Array, log_threshold: Array, axis: Array, points: Array, labels: Array) -> Figure:
    """Entropy (nats, log scale) over a square, its training points, and the border of the valid OOD region.

    `log_entropy` is (G, G) on the grid `axis` × `axis`, `points` (N, 2) with `labels` (N,).
    """
    figure, (ax,) = panels(4.3)
    decades = np.maximum(np.asarray(log_entropy, dtype=float) / np.log(10), LOWEST)
    image = ax.contourf(axis, axis, decades, levels=np.linspace(LOWEST, 0.1, 28), cmap="viridis", extend="min")
    image.set_edgecolor("face")  # else a viewer of the SVG shows seams between the levels
    border = float(log_threshold) / np.log(10)
    ax.contour(
        axis, axis, np.asarray(log_entropy, dtype=float) / np.log(10), levels=[border], colors=[OUT], linestyles="solid"
    )
    handles = [Line2D([], [], color=OUT, label="border of the valid OOD region")]
    for i in np.unique(labels):
        colour, marker = CLASSES[i % len(CLASSES)], CLASS_MARKERS[i % len(CLASS_MARKERS)]
        chosen = points[labels == i]
        ax.plot(*chosen.T, marker, color=colour, markersize=3, markeredgecolor="white", markeredgewidth=0.3)
        handles.append(
            Line2D([], [], linestyle="", marker=marker, color=colour, label=f"training points, class {i}", markersize=5)
        )
    ax.set_aspect("equal")
    ax.set_xlabel("first input (arbitrary units)")
    ax.set_ylabel("second input (arbitrary units)")
    bar = figure.colorbar(image, label="U_entropy (nats): dark is confident", ticks=range(LOWEST, 1, 2), shrink=0.9)
    bar.ax.set_yticklabels(["≤ " * (tick == LOWEST) + f"$10^{{{tick}}}$" for tick in range(LOWEST, 1, 2)])
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure
