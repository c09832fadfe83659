"""Alternating medians of two callables, and peak memory of one."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One measured claim: `figure` (a ratio or seconds) should be at most, or at least, `bound`."""

    claim: str
    case: str
    figure: float
    bound: float
    at_most: bool = True
    unit: str = "x"

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.figure <= self.bound if self.at_most else self.figure >= self.bound

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        verdict = "holds" if self.holds else "FAILS"
        return f"{self.claim:<58}  {self.case:<26}  {self.figure:8.3g} {self.unit} {sign} {self.bound:g}  {verdict}"


def ratio_of_medians(ours: Callable[[], Any], other: Callable[[], Any], repeats: int = 7) -> float:
    """Median seconds of `ours` over those of `other`, run in turn after one warm-up each."""
    ours(), other()
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for record, call in zip(seconds, (ours, other), strict=True):
            start = time.perf_counter()
            call()
            record.append(time.perf_counter() - start)
    return statistics.median(seconds[0]) / statistics.median(seconds[1])


def peak_bytes(call: Callable[[], Any]) -> int:
    """Peak of the memory that numpy allocates during a call, its result included."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
