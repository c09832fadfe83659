"""The ball that is flagged whatever its direction (theorem 7.4) and how rare confidence is outside it (theorem 7.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch

from softmax_geometry.certificates import norm_certificate
from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.plots.style import IN, OUT, REFERENCE, REGION, panels, styled

_GRID = 301
_MOST_ARROWS = 10


@dataclass(frozen=True, eq=False)
class Mass:
    """Bound on P(max σ ≥ t) for each number of features (n,), with the same probability estimated by sampling."""

    label: str
    bound: Array
    sampled: Array


@styled
def certified_disc(heads: Sequence[tuple[str, Head]], L: float, points: Array | None = None) -> Figure:
    """{max σ < t} in the plane, logit t = L, with the largest disc about 0 that theorem 7.4 certifies, for each head.

    Arrows are the centred weights w_i − w̄, from which the radius is computed, of the first ten classes.

    Parameters
    ----------
    heads : a title and a head of two features each
    points : (N, 2) features, of which about 500 are shown

    Raises
    ------
    InputError
        If all weights of a head are equal in the plane: then the norm says nothing.
    """
    figure, axes = panels(3.6, columns=len(heads), width=3.6 * max(len(heads), 1.4))
    for ax, (title, head) in zip(axes, heads, strict=True):
        if not head.squared_distances().any():
            raise InputError("head: expected weights that differ in the plane, got equal ones")
        radius = norm_certificate(head, L=L)
        reach = 1.15 * (2.5 * radius if points is None else max(2.0 * radius, float(np.abs(points).max())))
        _draw_disc(ax, head, L, radius, reach)
        if points is not None:
            ax.plot(*points[:: -(-len(points) // 500)].T, ".", color=IN, markersize=4, alpha=0.5)
        ax.set_title(title)
    figure.legend(
        handles=[
            Patch(color=REGION, label=f"valid region, max σ < {1 / (1 + np.exp(-L)):.3g}"),
            Line2D([], [], color=OUT, label="certified by the norm alone"),
        ],
        loc="outside lower left",
        ncols=2,
    )
    return figure


def _draw_disc(ax: Axes, head: Head, L: float, radius: float, reach: float) -> None:
    axis = np.linspace(-reach, reach, _GRID)
    z = np.stack(np.meshgrid(axis, axis), axis=-1)
    logits = head.logits(z.reshape(-1, 2))
    excess = log_odds_against(logits).reshape(_GRID, _GRID) + L
    if excess.max() > 0:
        ax.contourf(axis, axis, excess, levels=[0, np.inf], colors=[REGION])
    weight = head.centred().weight
    for i, arrow in enumerate(0.8 * reach * weight[:_MOST_ARROWS] / np.linalg.norm(weight, axis=1).max(), start=1):
        ax.annotate("", arrow, (0, 0), arrowprops={"arrowstyle": "-|>", "color": REFERENCE, "shrinkA": 0, "shrinkB": 0})
        ax.text(1.1 * arrow[0], 1.1 * arrow[1], f"$w_{{{i}}}$", ha="center", va="center")
    ax.add_patch(Circle((0, 0), radius, fill=False, color=OUT, linewidth=2, zorder=3))
    ax.set(
        xlim=(-reach, reach),
        ylim=(-reach, reach),
        aspect="equal",
        xlabel="$z_1$ (units of z)",
        ylabel="$z_2$ (units of z)",
    )
    ax.locator_params(nbins=6, steps=[1, 2, 5, 10])


@styled
def confident_mass(features: Array, masses: Sequence[Mass]) -> Figure:
    """P(max σ ≥ t) of random features against their number H: bounds as lines, sampled shares as dots."""
    figure, (ax,) = panels(3.3)
    for mass, colour, marker in zip(masses, (OUT, IN), ("o", "s"), strict=False):
        ax.plot(features, mass.bound, color=colour, label=mass.label)
        seen = mass.sampled > 0
        ax.plot(features[seen], mass.sampled[seen], marker, color=colour, markersize=5)
    ax.plot([], [], "o", color=REFERENCE, label="share of samples")
    ax.set(xscale="log", yscale="log", xlabel="number of features H", ylabel="probability of max σ ≥ t")
    ax.legend()
    return figure
