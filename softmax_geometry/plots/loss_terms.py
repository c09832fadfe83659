"""What 1 − AUROC is made of: overlap, information lost by the score, its wrong direction (theorem 7.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from softmax_geometry.plots.style import CLASSES, OUT, panels, styled

TERMS = ("overlap of the features", "information lost by U", "wrong direction of U")
_COLOURS = (CLASSES[6], CLASSES[0], CLASSES[1])


@dataclass(frozen=True)
class Losses:
    """The three terms of 1 − AUROC(U) on one problem, in AUROC, and what the paper's cause 3 calls overlap there."""

    label: str
    terms: tuple[float, float, float]
    cause_3: float | None = None


@styled
def loss_terms_figure(problems: Sequence[Losses]) -> Figure:
    """A bar for each problem, split into the three terms; a diamond where the paper's cause 3 puts the overlap.

    Examples
    --------
    >>> len(loss_terms_figure([Losses("equal laws", (0.5, 0.0, 0.0))]).axes)
    1
    """
    figure, (ax,) = panels(1.3 + 0.5 * len(problems), width=6.0)
    rows, start = list(range(len(problems))), [0.0] * len(problems)
    for k, (term, colour) in enumerate(zip(TERMS, _COLOURS, strict=True)):
        values = [100 * problem.terms[k] for problem in problems]
        ax.barh(rows, values, left=start, height=0.55, color=colour, label=term)
        start = [a + b for a, b in zip(start, values, strict=True)]
    marked = [(row, 100 * p.cause_3) for row, p in enumerate(problems) if p.cause_3 is not None]
    ax.plot([x for _, x in marked], [row for row, _ in marked], "D", color=OUT, markeredgecolor="white", markersize=9,
            label="overlap by the paper's cause 3", clip_on=False, zorder=3)  # fmt: skip
    ax.set_yticks(rows, [problem.label for problem in problems])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(problems) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.set_xlabel("AUROC lost, 1 − AUROC(U), in points")
    diamond, *terms = ax.get_legend_handles_labels()[0]
    figure.legend(handles=[*terms, diamond], loc="outside upper left", ncols=2)
    return figure
