"""Norms, biases and angles of several heads as histograms (figure 4 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.stats import beta

from softmax_geometry.checks import Array
from softmax_geometry.head import Head
from softmax_geometry.plots.style import IN, OUT, REFERENCE, TRAIN, WIDTH, panels, styled
from softmax_geometry.structure import structure

BINS = 40
MANY = 20  # classes, beyond which cosines are shown over a part of [−1, 1]

COLUMNS = {
    "norms": "‖wᵢ‖ (logits per unit of z)",
    "biases": "bias bᵢ (logits)",
    "cosines": "cos(wᵢ, wⱼ)",
    "centred cosines": "cos(wᵢ − w̄, wⱼ − w̄)",
}


@styled
def head_histograms(heads: Mapping[str, Mapping[str, Array]]) -> Figure:
    """A row for each head, a column for each quantity, with its mean ± standard deviation above.

    Norms, biases and cosines are those of the weights as stored, and biases are shown out to ± the mean norm. The
    dashed line is the optimal structure: cosine −1/(K−1), bias 0. The outline is what a random head has on average.
    A single pair of classes has no spread to compare, so there it is left out.

    Parameters
    ----------
    heads : name → what `head_counts` gives
    """
    figure, axes = panels(1.0 + 1.15 * len(heads), rows=len(heads), columns=len(COLUMNS), width=1.5 * WIDTH)
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
            ax.set_title(f"{mean:.3f} ± {deviation:.3f}".replace("-", "−"), fontsize=8, loc="right", pad=2)
            ax.set_yticks([])
            ax.spines["left"].set_visible(False)
            ax.tick_params(labelsize=8)
            if column == 0:
                ax.set_ylabel(name, rotation=0, ha="right", va="center")
            if row == len(heads) - 1:
                ax.set_xlabel(label)
    handles = [
        Line2D([], [], color=OUT, linestyle="--", linewidth=1, label="optimal structure"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="random heads, expected"),
        Line2D([], [], linestyle="", label="above: mean ± standard deviation"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def head_counts(head: Head) -> dict[str, Array]:
    """Counts, edges, and mean and standard deviation of what figure 4 shows, as `head_histograms` takes them.

    Norms are counted from 0, biases as far as ±the mean norm, and cosines over all of [−1, 1] or, of many classes,
    within six standard deviations; what lies beyond is counted at the ends.

    Returns
    -------
    dict
        "K", "H", and "… counts", "… edges" and "… moments" (mean and standard deviation) for each of `COLUMNS`.

    Examples
    --------
    >>> head_counts(Head([[1.0, 0.0], [-1.0, 0.0]]))["cosines moments"]
    array([-1.,  0.])
    """
    found = structure(head)
    off = np.triu_indices(found.K, 1)
    values = {
        "norms": found.raw_norms,
        "biases": head.bias,
        "cosines": found.raw_cosines[off],
        "centred cosines": found.cosines[off],
    }
    arrays: dict[str, Array] = {"K": np.array(head.K), "H": np.array(head.H)}
    for name, of in values.items():
        mean, deviation = float(of.mean()), float(of.std())
        if name == "norms":
            limits = (0.0, 1.5 * float(of.max()))
        elif name == "biases":
            limits = (-float(found.raw_norms.mean()), float(found.raw_norms.mean()))
        elif head.K <= MANY:
            limits = (-1.0, 1.0)
        else:
            limits = (max(mean - 6 * deviation, -1.0), min(mean + 6 * deviation, 1.0))
        arrays[f"{name} counts"], arrays[f"{name} edges"] = np.histogram(np.clip(of, *limits), BINS, limits)
        arrays[f"{name} moments"] = np.array([mean, deviation])
    return arrays


def random_cosine_counts(edges: Array, H: int, pairs: int) -> Array:
    """Expected counts of cosines of `pairs` pairs of random directions in R^H; (1 + cos)/2 is Beta((H−1)/2, (H−1)/2).

    Examples
    --------
    >>> random_cosine_counts(np.array([-1.0, -0.5, 0.0, 1.0]), H=3, pairs=100)
    array([25., 25., 50.])
    """
    below = np.asarray(beta.cdf((1 + edges) / 2, (H - 1) / 2, (H - 1) / 2))
    return pairs * np.diff(below)
