"""How our objects show themselves in a notebook: small plain HTML tables, which take the colours of the page.

Everything is escaped, and nothing here sets a colour, so that dark notebooks are as readable as light ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

MOST_CLASSES = 10
"""Up to this many classes a K×K matrix is shown whole, beyond it by quantiles."""

LARGEST_MATRIX = 2000
"""Up to this many classes a K×K matrix is computed only to be shown: 32 MB and a fraction of a second."""

_CELL = "padding:0.2em 0.6em;text-align:"


def number(value: Any) -> str:
    """Three significant digits; whole numbers as they are, NaN and None as a dash.

    Examples
    --------
    >>> number(0.3), number(12345.6), number(6000), number(1e-9), number(float("nan"))
    ('0.300', '12346', '6000', '1.00e-09', '-')
    """
    if value is None or (isinstance(value, (float, np.floating)) and math.isnan(value)):
        return "-"
    if isinstance(value, (int, np.integer)) or value == 0:
        return f"{value:.0f}"
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:#.3g}".rstrip(".")


def span(values: Any) -> str:
    """The range of numbers, or the one number where all look the same; NaN does not count.

    Examples
    --------
    >>> span([[np.nan, 8.936], [9.861, np.nan]]), span([2.0, 2.0])
    ('8.94 to 9.86', '2.00')
    """
    low, high = number(np.nanmin(values)), number(np.nanmax(values))
    return low if low == high else f"{low} to {high}"


def panel(title: str, *parts: str) -> str:
    """A title over tables and notes that are HTML already."""
    return f"<div><p><strong>{escape(title)}</strong></p>{''.join(parts)}</div>"


def note(text: str) -> str:
    """A line of small text."""
    return f"<p><small>{escape(text)}</small></p>"


def table(rows: Iterable[Sequence[Any]], header: Sequence[str] = ()) -> str:
    """A table: the first column names its row, the others are flush right.

    Examples
    --------
    >>> table([("a<b", 1.5)], header=("", "units of z")).count("&lt;")
    1
    """
    head = f"<thead>{_row(header, 'th')}</thead>" if header else ""
    return f"<table style='margin:0 0 1em'>{head}<tbody>{''.join(_row(row, 'td') for row in rows)}</tbody></table>"


def pair_table(values: Any, corner: str) -> str:
    """A K×K table of pairs of classes up to `MOST_CLASSES`; beyond that quantiles over the pairs."""
    values = np.asarray(values, dtype=float)
    K = len(values)
    if K <= MOST_CLASSES:
        return table(([str(i), *row] for i, row in enumerate(values)), header=[corner, *map(str, range(K))])
    pairs = values[np.triu_indices(K, 1)]
    names = ("smallest", "a quarter below", "median", "a quarter above", "largest")
    rows = zip(names, np.quantile(pairs, [0, 0.25, 0.5, 0.75, 1]), strict=True)
    return table(rows, header=(f"{corner}, {len(pairs)} pairs", ""))


def _row(cells: Sequence[Any], tag: str) -> str:
    first, *others = (escape(cell if isinstance(cell, str) else number(cell)) for cell in cells)
    right = "".join(f'<{tag} style="{_CELL}right">{cell}</{tag}>' for cell in others)
    return f'<tr><th style="{_CELL}left">{first}</th>{right}</tr>'
