"""Recorded runs in numbers: means over seeds with standard errors, and tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from experiments.running.records import Record


def of_each_config(records: Iterable[Record]) -> dict[str, list[Record]]:
    """The runs by label, in the order in which the labels come."""
    by_label: dict[str, list[Record]] = {}
    for record in records:
        by_label.setdefault(record.label, []).append(record)
    return by_label


def mean_and_se(values: Iterable[float | None]) -> tuple[float, float | None]:
    """Mean and its standard error (None for a single value); values that are None count as missing.

    Examples
    --------
    >>> mean_and_se([1.0, 3.0, None])
    (2.0, 1.0)
    >>> mean_and_se([5.0])
    (5.0, None)
    """
    known = np.array([value for value in values if value is not None], dtype=float)
    if not len(known):
        return math.nan, None
    return float(known.mean()), float(known.std(ddof=1) / math.sqrt(len(known))) if len(known) > 1 else None


def with_error(values: Iterable[float | None], digits: int = 2, percent: bool = False) -> str:
    """Mean ± standard error as text, in percent if asked.

    Examples
    --------
    >>> with_error([0.5, 0.52], digits=1, percent=True)
    '51.0 ± 1.0'
    """
    mean, error = mean_and_se(values)
    factor = 100 if percent else 1
    if math.isnan(mean):
        return "–"
    return f"{factor * mean:.{digits}f}" + ("" if error is None else f" ± {factor * error:.{digits}f}")


def text_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns under a header, the first flush left and the others flush right.

    Examples
    --------
    >>> print(text_table(["set", "AUROC"], [["mnist", 98.1], ["svhn", 7]]))
    set    AUROC
    mnist   98.1
    svhn       7
    """
    lines = [[str(cell) for cell in line] for line in [header, *rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]).rstrip()
        for line in lines
    )
