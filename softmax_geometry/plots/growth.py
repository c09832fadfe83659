"""How the time of a function grows with the sizes of its input: measured times beside the theory's line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator, StrMethodFormatter

from softmax_geometry.plots.style import CLASSES, REFERENCE, panels, styled

LOOKS = {"N": (CLASSES[0], "o"), "K": (CLASSES[1], "s"), "H": (CLASSES[2], "^")}


@dataclass(frozen=True)
class GrowthLine:
    """Times of one function while one size grows and the others stay.

    Attributes
    ----------
    variable : name of the size, "N"
    sizes : increasing
    times : on any scale, one for each size
    law : what theory says of them, on any scale, one for each size
    exponent, error : slope of the measured times in log-log, and its standard error
    expected : slope of the law
    of : what was timed, where lines of several functions are drawn together
    """

    variable: str
    sizes: Sequence[int]
    times: Sequence[float]
    law: Sequence[float]
    exponent: float
    error: float
    expected: float
    of: str = ""


@styled
def growth_figure(title: str, lines: Sequence[GrowthLine]) -> Figure:
    """Times relative to the shortest, log-log, a colour for each line; dashed: the law, through the last."""
    figure, (ax,) = panels(3.6)
    looks = list(LOOKS.values())
    for n, line in enumerate(lines):
        colour, marker = looks[n % len(looks)] if line.of else LOOKS.get(line.variable, looks[0])
        times = np.array(line.times) / min(line.times)
        law = times[-1] * np.array(line.law) / line.law[-1]
        name = f"{line.of}, {line.variable}" if line.of else line.variable
        label = f"{name}: exponent {line.exponent:.2f} ± {line.error:.2f}, theory {line.expected:.2f}"
        ax.loglog(line.sizes, times, marker, color=colour, markersize=5, label=label.replace("-", "−"))
        ax.loglog(line.sizes, law, "--", color=colour, linewidth=1)
    ax.plot([], [], "--", color=REFERENCE, linewidth=1, label="growth in theory")
    ax.set_xscale("log", base=2)
    ax.xaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(StrMethodFormatter("{x:,g}"))
    ax.grid(color="#DDDDDD", linewidth=0.6)
    ax.set_title(title)
    ax.set_xlabel(f"size: {', '.join(dict.fromkeys(line.variable for line in lines))}")
    ax.set_ylabel("time, times the shortest")
    figure.legend(loc="outside lower center")
    return figure
