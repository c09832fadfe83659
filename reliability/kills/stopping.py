"""Ctrl-C and a polite request to end: no traceback, the right exit code, and the same command goes on."""

from __future__ import annotations

import os
import signal
import time

import numpy as np

from reliability.kills.killing import Undisturbed, fresh, undisturbed
from reliability.kills.processes import Run, exit_code, started
from reliability.kills.watching import contents, left_behind

CODES = {signal.SIGINT: (1, 130), signal.SIGTERM: (-signal.SIGTERM,)}


def stops(run: Run, times: int, rng: np.random.Generator) -> dict[str, list[str]]:
    """What went wrong each time that a command was stopped by a signal and started again; "" where nothing did."""
    expected = undisturbed(run)
    return {number.name: [_wrong(run, number, expected, rng) for _ in range(times)] for number in CODES}


def _wrong(run: Run, number: signal.Signals, expected: Undisturbed, rng: np.random.Generator) -> str:
    fresh(run.out)
    process = started(run)
    time.sleep(rng.uniform(0.02, 0.9 * expected.seconds))
    if process.is_alive() and process.pid is not None:
        os.kill(process.pid, number)
    process.join()
    code, said = process.exitcode, run.log.read_text("utf-8")
    again = exit_code(run)
    problems = {
        f"exit code {code}": code not in (0, *CODES[number]),
        f"it said {said[-300:]!r}": "Traceback" in said,
        f"exit code {again} when started again": again != 0,
        "another result": contents(run.out) != expected.contents,
        "something was left": bool(left_behind(run.out)),
    }
    return "; ".join(problem for problem, there in problems.items() if there)
