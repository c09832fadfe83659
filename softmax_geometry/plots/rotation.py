"""How the confidence changes when a feature vector turns at fixed norm (the paper's fig 11, theorems 4 and 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REFERENCE, ordered_colours, panels, styled

WRONG = "#F9E0D3"
"""Where something false would lie."""


@dataclass(frozen=True, eq=False)
class Turn:
    """The largest cosine and the confidence along a rotation of z, both (n,), and what to call it."""

    label: str
    cosine: Array
    confidence: Array


@styled
def derivative_signs(theta: Array, scales: Sequence[float], in_angle: Array, in_cosine: Array) -> Figure:
    """∂p_1/∂θ and ∂p_1/∂cos θ for K = 3, H = 2, one curve for each scale c = ‖w‖‖z‖ (fig 11).

    Parameters
    ----------
    theta : (n,) angles in radians between z and its closest weight
    scales : the values of c
    in_angle, in_cosine : (len(scales), n) derivatives
    """
    figure, axes = panels(3.3, columns=2, width=7.2)
    titles = "∂ confidence / ∂ θ (per radian)", "∂ confidence / ∂ cos θ"
    for ax, curves, title in zip(axes, (in_angle, in_cosine), titles, strict=True):
        for c, curve, colour in zip(scales, curves, ordered_colours(len(scales)), strict=True):
            ax.plot(np.degrees(theta), curve, color=colour, label=f"c = {c:g}")
        ax.axhline(0, color=REFERENCE, linewidth=0.8)
        ax.set_xlim(0, 60)
        ax.set_xticks([0, 15, 30, 45, 60])
        ax.set_xlabel("θ, angle of z to its closest weight (degrees)")
        ax.set_title(title)
    falling, rising = axes
    low, high = float(in_angle.min()), float(in_cosine.max())
    falling.set_ylim(1.08 * low, -0.25 * low)
    falling.text(58, -0.03 * low, "negative everywhere:\nconfidence falls as z turns away", ha="right", va="bottom")
    rising.set_ylim(-0.32 * high, 1.08 * high)
    rising.axhspan(-0.32 * high, 0, color=WRONG, linewidth=0)
    rising.text(30, -0.16 * high, "the sign the paper prints", ha="center", va="center", color=OUT)
    figure.legend(*rising.get_legend_handles_labels(), loc="outside lower center", ncols=len(scales))
    return figure


@styled
def turns(
    phi: Array,
    meridians: Sequence[tuple[str, Array]],
    entropies: Sequence[tuple[str, Array, Array]],
    towards: Sequence[Turn],
) -> Figure:
    """p_1 and the entropy along great circles that leave w_1 at right angles, and one z turned towards other weights.

    Parameters
    ----------
    phi : (n,) angles in radians from w_1, beyond π/2 too
    meridians : a label and p_1 (n,) for each great circle
    entropies : a label, angles in radians and the entropy at them for each, while class 1 is the closest
    towards : the rotations of z, the safe one first
    """
    figure, (left, middle, right) = panels(3.2, columns=3, width=7.2)
    for (label, p_1), (_, angle, entropy), colour in zip(
        meridians, entropies, ordered_colours(len(meridians)), strict=True
    ):
        left.plot(np.degrees(phi), p_1, color=colour, label=label)
        middle.plot(np.degrees(angle), entropy, color=colour)
    left.axvspan(90, float(np.degrees(phi[-1])), color="#eeeeee", linewidth=0)
    left.text(94, 0.97, "beyond 90°\nno promise", va="top", color=REFERENCE)
    left.set_xlim(0, float(np.degrees(phi[-1])))
    left.set_ylim(0, 1)
    left.set_title("softmax of class 1")
    middle.set_title("entropy (nats)")
    for ax, step in ((left, 45), (middle, 30)):
        ax.set_xticks(np.arange(0, ax.get_xlim()[1] + 1, step))
        ax.set_xlabel("angle of z to w₁ (degrees)")
    safe, *others = towards
    _draw_turn(right, safe, IN, (8, -12), "left")
    for other in others:
        _draw_turn(right, other, OUT, (0, 8), "center")
    right.plot(safe.cosine[0], safe.confidence[0], "o", color=REFERENCE, zorder=3)
    right.annotate("z", (safe.cosine[0], safe.confidence[0]), (7, 5), textcoords="offset points")
    right.margins(0.15)
    right.set_title("confidence max σ")
    right.set_xlabel("max cos(z, wᵢ)")
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=3, title="z leaves w₁ …",
                  alignment="left")  # fmt: skip
    return figure


def _draw_turn(ax: Axes, turn: Turn, colour: str, shift: tuple[float, float], align: str) -> None:
    ax.plot(turn.cosine, turn.confidence, color=colour)
    middle = len(turn.cosine) // 2
    tail, head = ((turn.cosine[k], turn.confidence[k]) for k in (middle, middle + 1))
    ax.annotate("", head, tail, arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.5})
    ax.annotate(turn.label, tail, shift, textcoords="offset points", ha=align, color=colour)
