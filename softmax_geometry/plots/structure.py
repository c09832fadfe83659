"""The structure of a head: centred norms and cosines beside those of the simplex (the paper's fig 4)."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.plots.style import IN, OUT, bar_edges, panels, styled
from softmax_geometry.structure import Structure

_FEW = 66  # up to here every pair is a dot


@styled
def structure_figure(structure: Structure) -> Figure:
    """Centred norms ‖w_i − w̄‖ and pairwise cosines as dots, with the optimum as a line.

    The optimum is equal norms, drawn at their root mean square, and all cosines −1/(K−1). Dots are sorted;
    beyond twelve classes the panels are histograms.

    Examples
    --------
    >>> from softmax_geometry.head import Head
    >>> from softmax_geometry.structure import structure
    >>> len(structure_figure(structure(Head([[1.0, 0.0], [0.0, 1.0]]))).axes)
    2
    """
    K = structure.K
    norms, cosines = np.sort(structure.norms), np.sort(structure.cosines[np.triu_indices(K, 1)])
    simplex = "simplex optimum" if structure.H >= K - 1 else "−1/(K−1), out of reach"
    figure, axes = panels(2.6, columns=2)
    root_mean_square = norms[-1] * float(np.sqrt(np.mean((norms / norms[-1]) ** 2)))
    contents = (
        (norms, root_mean_square, "norm ‖wᵢ − w̄‖ (logits per unit of z)", "classes", "equal norms"),
        (cosines, -1 / (K - 1), "cosine of wᵢ − w̄, wⱼ − w̄", "pairs of classes", simplex),
    )
    for ax, (values, optimum, label, unit, name) in zip(axes, contents, strict=True):
        if len(cosines) <= _FEW:
            ax.plot(values, np.arange(len(values)), "o", color=IN, markersize=5, label="this head")
            ax.set_yticks([])
            ax.set_ylabel(f"{unit}, sorted")
            ax.margins(y=0.15)
        else:
            ax.hist(values, bar_edges(values[0], values[-1], 40), color=IN, alpha=0.7, label="this head")
            ax.set_ylabel(f"number of {unit}")
        ax.axvline(optimum, color=OUT, linestyle="--", label=name)
        ax.set_xlabel(label)
    axes[0].set_xlim(0, 1.15 * max(norms[-1], contents[0][1]))
    axes[1].set_xlim(-1.05, max(0.3, float(cosines[-1]) + 0.1))
    for ax in axes:
        ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=1, borderaxespad=0.2, handlelength=1.4)
    return figure
