"""Widths of the linear region for every pair of classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array, as_floats
from softmax_geometry.plots.style import IN, bar_edges, panels, styled

_FEW = 45  # up to here every pair is a row


@styled
def widths_figure(widths: Array, widths_in_std: Array | None = None, names: Sequence[str] | None = None) -> Figure:
    """Width of each pair's slab, in units of z and in training standard deviations: dots, narrowest at the top.

    Beyond ten classes each panel is a histogram over pairs. Infinite widths (no training variation along the
    pair's direction) are left out of the second panel.

    Parameters
    ----------
    widths, widths_in_std : (K, K) arrays as `LinearRegion.widths` and `LinearRegion.widths_in_std` give
    names : K class names; numbers when left out

    Raises
    ------
    InputError
        If a width off the diagonal is NaN or infinite.

    Examples
    --------
    >>> len(widths_figure(np.array([[np.nan, 2.0], [2.0, np.nan]])).axes)
    1
    """
    K = len(widths)
    names = [str(i) for i in range(K)] if names is None else names
    i, j = np.triu_indices(K, 1)
    pairs = [f"{names[a]} | {names[b]}" for a, b in zip(i.tolist(), j.tolist(), strict=True)]
    values = as_floats("widths", np.asarray(widths)[i, j], ndim=1)
    order = np.argsort(values, kind="stable")
    columns = [("width (units of z)", values[order])]
    if widths_in_std is not None:
        columns.append(("width (training std)", np.asarray(widths_in_std)[i, j][order]))
    few = len(values) <= _FEW
    figure, axes = panels(1.0 + 0.17 * len(values) if few else 2.5, columns=len(columns), sharey=few)
    for ax, (label, column) in zip(axes, columns, strict=True):
        ax.set_xlabel(label)
        finite = np.isfinite(column)
        if few:
            rows = np.arange(len(column))
            ax.hlines(rows[finite], 0, column[finite], color="#cccccc", linewidth=1)
            ax.plot(column[finite], rows[finite], "o", color=IN, markersize=5)
            ax.set_yticks(rows, [pairs[k] for k in order.tolist()], fontsize=8)
            ax.set_ylim(len(column) - 0.5, -0.5)
            ax.tick_params(axis="y", length=0)
        else:
            shown = column[finite]
            if len(shown):
                ax.hist(shown, bar_edges(shown.min(), shown.max(), 40), color=IN, alpha=0.7)
            ax.set_ylabel("number of pairs")
        ax.set_xlim(left=0)
    return figure
