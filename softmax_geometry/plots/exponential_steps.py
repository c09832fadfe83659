"""Eq 82 as steps on the exponential curve, and where it is true (the paper's fig 12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.rotation import WRONG
from softmax_geometry.plots.style import IN, OUT, REFERENCE, panels, styled

HOLDS = "#DCEAF5"


@dataclass(frozen=True)
class Steps:
    """One instance of eq 82 at K = 3.

    Attributes
    ----------
    x_2 : cosine to w_2 before the turn
    rise : δ_2 − δ_1 > 0, the step of class 2 on the axis of cosines
    fall : δ_1 − δ_c > 0, the step of class 3, which starts at cosine 0
    left, right : the two sides of eq 82
    """

    x_2: float
    rise: float
    fall: float
    left: float
    right: float


@dataclass(frozen=True, eq=False)
class TrueRange:
    """Right minus left side of eq 82, and of eq 85 with its two classes alike, over x_2 (n,) and δ_2 (m,).

    Attributes
    ----------
    turn : the δ_2 of the instances that are drawn
    gap, gap_of_two : (m, n) arrays; the inequality holds where they are positive
    """

    x_2: Array
    delta_2: Array
    turn: float
    gap: Array
    gap_of_two: Array


@styled
def equation_82(cases: Sequence[Steps], range_: TrueRange) -> Figure:
    """Instances of eq 82 on the curve e^x, a panel each, and the plane of (x_2, δ_2) with the part where it holds."""
    figure, axes = panels(3.5, columns=len(cases) + 1, width=7.2)
    for ax, case in zip(axes, cases, strict=False):
        _draw_steps(ax, case)
        ax.set_ylim(0.35, 2.2)
    axes[0].set_ylabel("$e^x$")
    _draw_range(axes[-1], range_, cases)
    return figure


def _draw_steps(ax: Axes, case: Steps) -> None:
    x = np.linspace(-0.75, 0.75, 200)
    ax.plot(x, np.exp(x), color="#999999", linewidth=1.2)
    holds = case.left < case.right
    sides = (
        (0.0, -case.fall, IN, f"left side\n{case.left:.3f}", -1),
        (case.x_2, case.x_2 + case.rise, OUT, f"right side\n{case.right:.3f}", 1),
    )
    for start, end, colour, label, side in sides:
        low, high = np.exp(min(start, end)), np.exp(max(start, end))
        ax.plot([start, end, end], [np.exp(start), np.exp(start), np.exp(end)], color=colour, linewidth=1)
        ax.plot([end, end], [low, high], color=colour, linewidth=4, solid_capstyle="butt")
        ax.plot(start, np.exp(start), "o", color=colour, markersize=4)
        ax.annotate(label, (end, (low + high) / 2), (8 * side, 0), textcoords="offset points",
                    ha="right" if side < 0 else "left", va="center", color=colour)  # fmt: skip
    sign = "<" if holds else ">"
    ax.set_title(f"$x_2$ = {case.x_2:+.1f}: left {sign} right\n{'holds' if holds else 'fails'}".replace("-", "−"))
    ax.set_xlabel("x, a cosine")
    ax.set_xlim(-0.85, 0.95)


def _draw_range(ax: Axes, range_: TrueRange, cases: Sequence[Steps]) -> None:
    ax.contourf(range_.x_2, range_.delta_2, range_.gap, levels=[-np.inf, 0, np.inf], colors=[WRONG, HOLDS])
    for gap, style in ((range_.gap, "-"), (range_.gap_of_two, ":")):
        ax.contour(range_.x_2, range_.delta_2, gap, levels=[0], colors=REFERENCE, linewidths=1.2, linestyles=style)
    ax.axvline(0, color=IN, linestyle="--")
    for case in cases:
        ax.plot(case.x_2, range_.turn, "o", color=OUT, markersize=5, clip_on=False, zorder=3)
    middle = float(np.mean(range_.x_2))
    top = float(range_.delta_2[-1])
    ax.text(middle + 0.03, 0.95 * top, "proved for\n$x_2$ ≥ 0", va="top", color=IN)
    ax.text(0.7 * float(range_.x_2[0]), 0.5 * top, "fails", color=OUT)
    ax.set_title("where eq 82 is true\n(dotted: border of eq 85)")
    ax.set_xlabel("$x_2$, cosine to $w_2$ before")
    ax.set_ylabel("$δ_2$, rise of that cosine")
    ax.set_xticks([float(range_.x_2[0]), middle, float(range_.x_2[-1])])
    ax.set_ylim(0, top)
