"""Norms, biases and angles of several heads as histograms (figure 4 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.stats import beta

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REFERENCE, TRAIN, WIDTH, panels, styled

COLUMNS = {
    "norms": "norm ‖w‖ as stored",
    "biases": "bias b, out to ±mean ‖w‖",
    "cosines": "cos(wᵢ, wⱼ) as stored",
    "centred cosines": "cos(wᵢ − w̄, wⱼ − w̄)",
}


@styled
def head_histograms(heads: Mapping[str, Mapping[str, Array]]) -> Figure:
    """A row for each head, a column for each quantity, with its mean ± standard deviation above.

    The dashed line is the optimal structure: cosine −1/(K−1), bias 0. The outline is what a random head has on
    average. A single pair of classes has no spread to compare, so there it is left out.

    Parameters
    ----------
    heads : name → "K", "H", and of each of `COLUMNS` "… counts", "… edges" and "… moments" (mean and standard
        deviation)
    """
    figure, axes = panels(0.9 + 1.25 * len(heads), rows=len(heads), columns=len(COLUMNS))
    figure.set_figwidth(1.8 * WIDTH)
    for row, (name, arrays) in enumerate(heads.items()):
        K, H = int(arrays["K"]), int(arrays["H"])
        optimal = {"biases": 0.0, "cosines": -1 / (K - 1), "centred cosines": -1 / (K - 1)}
        for column, (quantity, label) in enumerate(COLUMNS.items()):
            ax = axes[row * len(COLUMNS) + column]
            counts, edges = arrays[f"{quantity} counts"], arrays[f"{quantity} edges"]
            ax.stairs(counts, edges, fill=True, color=TRAIN if quantity.startswith("centred") else IN)
            if quantity in optimal:
                ax.axvline(optimal[quantity], color=OUT, linestyle="--", linewidth=1)
            if quantity == "cosines" and K > 2:
                ax.stairs(random_cosine_counts(edges, H, counts.sum()), edges, color=REFERENCE, linewidth=0.8)
            mean, deviation = arrays[f"{quantity} moments"].round(3) + 0.0  # no −0.000
            ax.set_title(f"{mean:.3f} ± {deviation:.3f}".replace("-", "−"), fontsize=7.5, loc="right", pad=2)
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
            ax.tick_params(labelsize=7.5)
            if column == 0:
                ax.set_ylabel(name.replace("-", "\n"), rotation=0, ha="right", va="center")
            if row == len(heads) - 1:
                ax.set_xlabel(label)
    handles = [
        Line2D([], [], color=OUT, linestyle="--", linewidth=1, label="optimal structure"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="random heads, expected"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def random_cosine_counts(edges: Array, H: int, pairs: int) -> Array:
    """Expected counts of cosines of `pairs` pairs of random directions in R^H; (1 + cos)/2 is Beta((H−1)/2, (H−1)/2).

    Examples
    --------
    >>> random_cosine_counts(np.array([-1.0, -0.5, 0.0, 1.0]), H=3, pairs=100)
    array([25., 25., 50.])
    """
    below = np.asarray(beta.cdf((1 + edges) / 2, (H - 1) / 2, (H - 1) / 2))
    return pairs * np.diff(below)
