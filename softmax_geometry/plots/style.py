"""The look all figures share: Okabe–Ito colours, one width, and SVG that is the same bytes on every run."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import wraps
from typing import Any, Literal, ParamSpec

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

P = ParamSpec("P")

WIDTH = 4.8
"""Inches. Narrow, so that text stays readable when a figure is scaled down to the screen of a telephone."""

IN, OUT, TRAIN, REGION, REFERENCE = "#0072B2", "#D55E00", "#555555", "#FCE9B2", "#333333"
"""Test points, OOD points, training points, the valid region, reference lines."""

CLASSES = ("#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#8A6D00", "#6A3D9A", "#7F7F7F")
"""One colour for each of up to seven classes; none of them is the colour of OOD."""

CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "p")

_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial", "Helvetica"],
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.5,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
}
_TEXT_AS_TEXT: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "softmax-geometry", "pdf.fonttype": 42}

Format = Literal["png", "svg", "pdf"]

_NO_DATE: dict[Format, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def styled(plot: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw under the shared style, leaving matplotlib's own settings as they were."""

    @wraps(plot)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.rc_context({**matplotlib.rcParamsDefault, **_STYLE}):
            return plot(*args, **kwargs)

    return wrapper


def panels(
    height: float, rows: int = 1, columns: int = 1, width: float = WIDTH, **subplot_options: Any
) -> tuple[Figure, list[Axes]]:
    """A figure `height` inches tall and its axes, row by row."""
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False, **subplot_options)
    return figure, list(np.ravel(axes))


def svg(figure: Figure) -> str:
    """The figure as SVG text, without date; text stays text. The same data, drawn afresh, give the same bytes."""
    return encoded(figure, "svg").decode()


def encoded(figure: Figure, format: Format) -> bytes:
    """The figure as the bytes of a file; the same data, drawn afresh, give the same bytes.

    SVG and PDF keep text as text, PNG has 200 dots an inch. None carries a date.
    """
    buffer = io.BytesIO()
    with matplotlib.rc_context({**matplotlib.rcParamsDefault, **_STYLE, **_TEXT_AS_TEXT}):
        figure.draw_without_rendering()  # lay it out once, at its own dpi, so that formats do not differ
        figure.set_layout_engine("none")
        figure.savefig(buffer, format=format, dpi=200, metadata=_NO_DATE[format])
    return buffer.getvalue()


def bar_edges(low: float, high: float, bars: int) -> list[float]:
    """Edges of equal bars from low to high; a range too short for the bars is widened around its middle."""
    least = 1e-9 * max(1.0, abs(low), abs(high))
    if high - low < least:
        low, high = (low + high) / 2 - least, (low + high) / 2 + least
    return np.linspace(low, high, bars + 1).tolist()


def class_colours(K: int) -> list[str]:
    """A colour for each class; beyond seven classes they share one, since more cannot be told apart."""
    return list(CLASSES[:K]) if len(CLASSES) >= K else [IN] * K


def ordered_colours(n: int) -> list[str]:
    """One colour for each of n values in order, from dark to light; never so light that it is lost on white."""
    return [to_hex(colour) for colour in matplotlib.colormaps["viridis"](np.linspace(0, 0.82, n))]
