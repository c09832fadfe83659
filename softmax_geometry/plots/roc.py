"""ROC curves of uncertainty scores. OOD is the positive class."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.plots.style import CLASSES, REFERENCE, panels, styled

_DASHES = ("-", "--", "-.", ":")


@styled
def roc_figure(scores: Mapping[str, tuple[Array, Array]]) -> Figure:
    """Share of OOD points detected against share of in-distribution points flagged, over all thresholds.

    Tied scores give sloped segments, so the area under each curve is the AUROC with ties counted one half.

    Parameters
    ----------
    scores : name → (in-distribution scores, OOD scores), higher meaning more OOD

    Raises
    ------
    InputError
        If there is no score, or one is empty or not finite.

    Examples
    --------
    >>> len(roc_figure({"U_max": (np.array([0.0, 1.0]), np.array([1.0, 2.0]))}).axes)
    1
    """
    if not scores:
        raise InputError("scores: expected at least one score, got none")
    figure, (ax,) = panels(3.6)
    ax.plot([0, 1], [0, 1], color=REFERENCE, linewidth=0.8, linestyle=":", label="no ability")
    for k, (name, (inside, outside)) in enumerate(scores.items()):
        x, y = (np.sort(as_floats(name, side, ndim=1)) for side in (inside, outside))
        levels = np.unique(np.concatenate([x, y]))
        flagged, detected = (1 - np.searchsorted(side, levels, side="left") / len(side) for side in (x, y))
        ax.plot(
            np.append(flagged, 0.0),
            np.append(detected, 0.0),
            _DASHES[k % 4],
            color=CLASSES[k % len(CLASSES)],
            label=name,
        )
    ax.set_xlabel("in-distribution points flagged (share)")
    ax.set_ylabel("OOD points detected (share)")
    ax.set_aspect("equal")
    ax.set_xlim(-0.02, 1.02)
    ax.set_ylim(-0.02, 1.02)
    ax.legend(loc="lower right")
    return figure
