"""Medians of calls that take turns, and peak memory of one."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

Call = Callable[[], Any]


def medians(*calls: Call, repeats: int = 7, warm: bool = True, wait: Call = lambda: None) -> list[float]:
    """Median seconds of each call; the calls take turns, after one warm-up each if `warm`.

    `wait` is called before the clock is read, so that work a device still has to do is counted.
    """
    seconds: list[list[float]] = [[] for _ in calls]
    for call in calls if warm else ():
        call()
    for _ in range(repeats):
        for record, call in zip(seconds, calls, strict=True):
            wait()
            start = time.perf_counter()
            call()
            wait()
            record.append(time.perf_counter() - start)
    return [statistics.median(record) for record in seconds]


def ratio_of_medians(ours: Call, other: Call, repeats: int = 7) -> float:
    """Median seconds of `ours` over those of `other`."""
    mine, others = medians(ours, other, repeats=repeats)
    return mine / others


def peak_bytes(call: Call) -> int:
    """Peak of the memory that numpy allocates during a call, its result included."""
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak
