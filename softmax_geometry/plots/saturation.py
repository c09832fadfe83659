"""Where arithmetic makes uncertainty scores flat, and what the ties cost (cause 1, theorem 7.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from softmax_geometry.checks import Array
from softmax_geometry.plots.style import IN, OUT, REFERENCE, panels, styled

_COLOURS = (REFERENCE, IN, "#CC79A7", OUT)
_STYLES = ("-", "-", "--", "-.")
_WIDTHS = (4.5, 1.8, 1.8, 1.8)


@dataclass(frozen=True, eq=False)
class Curve:
    """A score over the margin, as log10 of the uncertainty (n,); −inf where it is exactly 0."""

    label: str
    log10: Array


@dataclass(frozen=True)
class Loss:
    """AUROC and share of tied pairs of one score."""

    label: str
    auroc: float
    ties: float


@styled
def saturation_figure(
    margins: Array, families: Sequence[tuple[str, Sequence[Curve]]], losses: Sequence[Loss], floor: float = -60
) -> Figure:
    """Scores against the logit margin, a panel for each family, and the AUROC they have on one problem.

    A score that reaches exactly 0 drops to the bottom of its panel, where a dot marks the first margin it happens at.

    Parameters
    ----------
    margins : (n,) array, in logits
    families : a name with its curves, the exact one first
    losses : the bars of the last panel, in order
    floor : the least log10 that is shown
    """
    figure, axes = panels(3.3, columns=len(families) + 1, width=7.2)
    for ax, (name, curves) in zip(axes, families, strict=False):
        _draw_family(ax, margins, curves, floor)
        ax.set_title(name)
    axes[0].set_ylabel("uncertainty (power of ten)")
    _draw_losses(axes[-1], losses)
    most = max(axes[:-1], key=lambda ax: len(ax.get_legend_handles_labels()[0]))
    figure.legend(*most.get_legend_handles_labels(), loc="outside upper left", ncols=4)
    return figure


def _draw_family(ax: Axes, margins: Array, curves: Sequence[Curve], floor: float) -> None:
    for curve, colour, style, width in zip(curves, _COLOURS, _STYLES, _WIDTHS, strict=False):
        shown = np.where(np.isfinite(curve.log10), curve.log10, floor)
        faint = 0.25 if width > 2 else 1.0
        ax.plot(margins, shown, color=colour, linestyle=style, linewidth=width, alpha=faint, label=curve.label)
        zero = np.flatnonzero(np.isneginf(curve.log10))
        if len(zero) and floor < shown.max():
            ax.plot(margins[zero[0]], floor, "o", color=colour, markersize=5, clip_on=False, zorder=4)
    ax.set_ylim(floor, 2)
    ax.set_xlim(margins[0], margins[-1])
    ax.set_xlabel("logit margin")


def _draw_losses(ax: Axes, losses: Sequence[Loss]) -> None:
    rows = np.arange(len(losses))
    values = 100 * np.array([loss.auroc for loss in losses])
    ax.barh(rows, values - 50, left=50, height=0.34, color=[OUT if loss.ties > 0.01 else IN for loss in losses])
    for row, (value, loss) in enumerate(zip(values, losses, strict=True)):
        ax.text(50.5, row - 0.22, f"{loss.label}: {value:.1f} %", va="bottom", fontsize=8.5)
    ax.set_yticks([])
    ax.set_ylim(len(losses) - 0.7, -0.8)
    ax.set_xlim(50, 100)
    ax.set_title("AUROC, margins 22 vs 30")
    ax.set_xlabel("AUROC (%)")
