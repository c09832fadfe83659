"""The geometry of the linear region in the plane: slabs, offsets and widths (figures 9 and 10 of the paper)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from softmax_geometry.checks import Array
from softmax_geometry.head import Head
from softmax_geometry.plots.style import OUT, REFERENCE, REGION, class_colours, panels, styled
from softmax_geometry.plots.view import View, arrow, boundaries, excess, shade
from softmax_geometry.regions import LinearRegion

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def boundary_ray(head: Head, i: int, j: int) -> tuple[Array, Array]:
    """Where the decision boundary of classes i and j runs: its point z_0 closest to the origin, and a unit vector d.

    Of the two directions along the boundary d is the one in which the other classes fall behind faster.

    Examples
    --------
    >>> z_0, d = boundary_ray(Head([[1.0, 0.0], [-1.0, 0.0], [0.0, -1.0]]), 0, 1)
    >>> z_0.tolist(), d.tolist()
    ([0.0, 0.0], [0.0, 1.0])
    """
    across = head.weight[i] - head.weight[j]
    z_0 = (head.bias[j] - head.bias[i]) * across / (across @ across) + 0.0
    d = np.array([-across[1], across[0]]) / np.linalg.norm(across)
    others = np.delete(head.weight, [i, j], axis=0)
    leads = (head.weight[i] - others) @ d
    return z_0, (-d if len(leads) and leads.min() < -leads.max() else d) + 0.0


@styled
def slab_geometry(region: LinearRegion, view: View, names: Sequence[str] | None = None, title: str = "") -> Figure:
    """The linear region with, for each pair of classes in view, its two hyperplanes, offset and width.

    `names` are the numbers of the classes; 1 to K, as in the paper, when left out.
    """
    head = region.head
    names = [str(i + 1) for i in range(head.K)] if names is None else names
    figure, (ax,) = panels(5.3)
    shade(ax, view, excess(region, view.z), REGION)
    boundaries(ax, view, head)
    for i, j in combinations(range(head.K), 2):
        _slab(ax, region, view, i, j, f"{names[i]}{names[j]}".translate(_SUBSCRIPTS))
    _weights(ax, head, names, view)
    ax.set_title(title)
    view.frame(ax)
    handles = [
        Patch(color=REGION, label="linear region"),
        Line2D([], [], color=REFERENCE, linewidth=0.8, label="decision boundary"),
        Line2D([], [], color=REFERENCE, linewidth=0.9, linestyle="--", label="hyperplanes of a pair"),
        Line2D([], [], color=OUT, label="offset α (wᵢ − wⱼ)"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2)
    return figure


@styled
def boundary_vectors(
    head: Head,
    view: View,
    alpha: float,
    beta: float,
    pair: tuple[int, int] = (0, 1),
    names: Sequence[str] | None = None,
) -> Figure:
    """A point z = z_0 + β d + α (w_i − w_j): along the decision boundary of a pair, then across it (eq 30).

    `names` are the numbers of the classes; 1 to K, as in the paper, when left out.
    """
    i, j = pair
    names = [str(k + 1) for k in range(head.K)] if names is None else names
    z_0, d = boundary_ray(head, i, j)
    across = head.weight[i] - head.weight[j]
    foot, z = z_0 + beta * d, z_0 + beta * d + alpha * across
    figure, (ax,) = panels(4.6)
    boundaries(ax, view, head)
    _weights(ax, head, names, view)
    both = f"{names[i]}{names[j]}".translate(_SUBSCRIPTS)
    step = "α (" + " − ".join(f"w{names[k]}".translate(_SUBSCRIPTS) for k in pair) + ")"
    total = "z − z₀" if z_0.any() else "z"
    aside = 0.08 * across / np.linalg.norm(across)
    for start, end, colour, label, shift in (
        (z_0, foot, REFERENCE, f"β d{both}", -aside),
        (foot, z, REFERENCE, step, 0.05 * d),
        (z_0, z, OUT, f"{total} = β d{both} + {step}", aside),
    ):
        arrow(ax, start, end, colour, width=2.2)
        middle = (start + end) / 2 + view.half * shift
        _text(ax, middle, label, colour, view.half * shift)
    corner = 0.05 * view.half * np.array([d, across / np.linalg.norm(across)])
    square = np.array([foot - corner[0], foot - corner[0] + corner[1], foot + corner[1]])
    ax.plot(*square.T, color=REFERENCE, linewidth=0.8)
    view.frame(ax)
    return figure


def _slab(ax: Axes, region: LinearRegion, view: View, i: int, j: int, name: str) -> None:
    """Hyperplanes, offset arrow and width of one pair, where its boundary is in view."""
    head, across = region.head, region.head.weight[i] - region.head.weight[j]
    z_0, d = boundary_ray(head, i, j)
    offset = region.offsets[i, j] * across
    along = np.linspace(-3 * view.half, 3 * view.half, 601)
    line = z_0 + along[:, None] * d
    logits = head.logits(line)
    shown = (np.abs(line - view.centre).max(axis=1) < 0.97 * view.half) & (
        logits[:, i] > logits.max(axis=1) - 1e-9 * (1 + np.abs(logits).max())
    )
    if not shown.any() or region.is_empty:
        return
    for side in (1, -1):
        ax.plot(*(line + side * offset).T, color=REFERENCE, linewidth=0.9, linestyle="--")
    near, far = along[shown][-1] - view.half * np.array([0.75, 0.38])
    foot = z_0 + near * d
    arrow(ax, foot, foot + offset, OUT)
    _text(ax, foot + 1.15 * offset, f"α{name} = {region.offsets[i, j]:.2f}", OUT, offset)
    below = z_0 + far * d
    ax.annotate("", below - offset, below + offset, arrowprops={"arrowstyle": "<->", "shrinkA": 0, "shrinkB": 0})
    _text(ax, below - 1.15 * offset, f"width {region.widths[i, j]:.2f}", REFERENCE, -offset)


def _weights(ax: Axes, head: Head, names: Sequence[str], view: View) -> None:
    """The weights as arrows from the origin; all scaled alike where they would be too short or too long to see."""
    longest = float(np.linalg.norm(head.weight, axis=1).max())
    scale = 1.0 if 0.15 < longest / view.half < 0.9 else 0.35 * view.half / longest
    inset = head.weight.mean(axis=0)
    for w, name, colour in zip(head.weight, names, class_colours(head.K), strict=True):
        arrow(ax, (0, 0), scale * w, colour, width=2)
        _text(ax, 1.12 * scale * w, f"w{name}".translate(_SUBSCRIPTS), colour, w - inset)


def _text(ax: Axes, at: Array, text: str, colour: str, away: Array) -> None:
    """Text that starts at a point and leads away from it, on white so that lines do not cross it."""
    ax.text(
        float(at[0]),
        float(at[1]),
        text,
        color=colour,
        ha="left" if away[0] > 0.3 * abs(away[1]) else "right" if away[0] < -0.3 * abs(away[1]) else "center",
        va="bottom" if away[1] > 0.3 * abs(away[0]) else "top" if away[1] < -0.3 * abs(away[0]) else "center",
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5},
        clip_on=True,
    )
