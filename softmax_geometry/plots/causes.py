"""Why softmax confidence misses OOD data: the causes of section 6 as bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import InputError
from softmax_geometry.plots.style import IN, OUT, REFERENCE, panels, styled


@styled
def causes_figure(causes: Sequence[tuple[str, float, float | None]]) -> Figure:
    """One bar for each (name, value, standard error), values in AUROC as fractions, drawn in percentage points.

    A negative value means that the remedy lowered AUROC; its bar points left, in the second colour.

    Raises
    ------
    InputError
        If there is no cause.

    Examples
    --------
    >>> len(causes_figure([("3 overlap", 0.02, 0.005)]).axes)
    1
    """
    if not causes:
        raise InputError("causes: expected at least one, got none")
    names = [name for name, _, _ in causes]
    values = 100 * np.array([value for _, value, _ in causes])
    errors = 100 * np.array([0.0 if error is None else error for _, _, error in causes])
    rows = list(range(len(causes)))
    figure, (ax,) = panels(0.9 + 0.38 * len(causes))
    ax.barh(rows, values, height=0.6, color=[IN if value >= 0 else OUT for value in values], alpha=0.75)
    ax.errorbar(values, rows, xerr=errors, fmt="none", ecolor=REFERENCE, capsize=3, linewidth=1.2)
    reach = max(float(np.max(np.abs(values) + errors)), 0.1)
    for row, value, error in zip(rows, values, errors, strict=True):
        ax.text(
            max(value + error, 0) + 0.03 * reach, row, f"{value:+.2f}".replace("-", "−") if value else "0", va="center"
        )
    ax.set_xlim(
        min(0.0, float(np.min(values - errors))) - 0.05 * reach, max(0.0, float(np.max(values + errors))) + 0.25 * reach
    )
    ax.axvline(0, color=REFERENCE, linewidth=0.8)
    ax.set_yticks(rows, names)
    ax.set_ylim(len(causes) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("AUROC lost, in points (± standard error)")
    return figure
