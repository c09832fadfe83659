"""Norms, biases and angles of several heads as histograms (figure 4 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, TRAIN, WIDTH, panels, styled

COLUMNS = {
    "norms": "‖w‖ as stored",
    "biases": "bias b",
    "cosines": "cos(w_i, w_j) as stored",
    "centred cosines": "the same, centred",
}


@styled
def head_histograms(heads: Mapping[str, Mapping[str, Array]]) -> Figure:
    """A row for each head; `heads[name]` holds "K" and counts and edges of each quantity.

    The dashed line is the optimal structure: cosine −1/(K−1), bias 0.
    """
    names = list(heads)
    figure, axes = panels(0.7 + 1.15 * len(names), rows=len(names), columns=len(COLUMNS))
    figure.set_figwidth(1.8 * WIDTH)
    for row, name in enumerate(names):
        arrays = heads[name]
        optimal = {"biases": 0.0, "cosines": -1 / (int(arrays["K"]) - 1)}
        optimal["centred cosines"] = optimal["cosines"]
        for column, (quantity, label) in enumerate(COLUMNS.items()):
            ax = axes[row * len(COLUMNS) + column]
            colour = TRAIN if quantity.startswith("centred") else IN
            ax.stairs(arrays[f"{quantity} counts"], arrays[f"{quantity} edges"], fill=True, color=colour)
            if quantity in optimal:
                ax.axvline(optimal[quantity], color=OUT, linestyle="--", linewidth=1)
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
            if column == 0:
                ax.set_ylabel(name.replace("-", "\n"), rotation=0, ha="right", va="center")
            if row == len(names) - 1:
                ax.set_xlabel(label)
    figure.legend([axes[1].lines[0]], ["optimal structure"], loc="outside upper center")
    return figure
