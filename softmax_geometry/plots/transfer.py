"""Fine-tuning in two stages: what the second one changes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.plots.style import CLASS_MARKERS, IN, REFERENCE, WIDTH, panels, styled

Measured = Mapping[str, tuple[float, float | None]]


@styled
def stage_dots(compared: Mapping[str, Mapping[str, Measured]]) -> Figure:
    """A panel for each quantity, a row for each set: the first stage hollow, the last one filled, with standard errors.

    `compared[quantity][set][stage]` is (mean, standard error or None).
    """
    columns = 3
    sets = list(next(iter(compared.values())))
    stages = list(compared[next(iter(compared))][sets[0]])
    rows = -(-len(compared) // columns)
    figure, axes = panels(0.6 + rows * (0.75 + 0.2 * len(sets)), rows, columns, sharey=True)
    figure.set_figwidth(1.35 * WIDTH)
    y = np.arange(len(sets))[::-1]
    for ax, (quantity, of_sets) in zip(axes, compared.items(), strict=False):
        means = np.array([[of_sets[name][stage][0] for stage in stages] for name in sets])
        for i, (stage, marker) in enumerate(zip(stages, CLASS_MARKERS, strict=False)):
            spread = [of_sets[name][stage][1] or 0.0 for name in sets]
            colour = IN if i == len(stages) - 1 else REFERENCE
            face = colour if i == len(stages) - 1 else "white"
            shifted = y - 0.5 * ((i + 0.5) / len(stages) - 0.5)
            ax.errorbar(
                means[:, i],
                shifted,
                xerr=spread,
                fmt=marker,
                color=colour,
                mfc=face,
                markersize=4,
                linewidth=1,
                label=stage,
            )
        ax.set_xlabel(quantity)
        ax.set_yticks(y, sets)
        ax.set_ylim(-0.5, len(sets) - 0.5)
        ax.margins(x=0.12)
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    for ax in axes[len(compared) :]:
        ax.set_visible(False)
    handles, _ = axes[0].get_legend_handles_labels()
    figure.legend(handles, [f"trained: {stage}" for stage in stages], loc="outside upper center", ncols=2)
    return figure
