"""Two processes with the same folder at the same time."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from reliability.kills.killing import fresh, undisturbed
from reliability.kills.processes import Run, started
from reliability.kills.watching import contents, left_behind, watched


def pairs(run: Run, times: int, rng: np.random.Generator) -> list[str]:
    """What went wrong each time that the command ran twice at once, one a little later; "" where nothing did."""
    expected = undisturbed(run)
    return [
        _wrong([run, run], expected.contents, rng.uniform(0, 0.7 * expected.seconds) if i else 0.0)
        for i in range(times)
    ]


def different_seeds(run: Run, rng: np.random.Generator) -> list[str]:
    """The same for a sweep with some seeds and one with others, of which one is the same."""
    runs = [replace(run, extra=("--seeds", seeds)) for seeds in ("0,1", "1,2")]
    fresh(run.out)
    whole = undisturbed(replace(run, extra=("--seeds", "3")))
    wrong = []
    for delay in (0.0, rng.uniform(0, whole.seconds / 2)):
        wrong.append(_wrong(runs, whole.contents, delay, pictures=False))
    return wrong


def _wrong(runs: list[Run], expected: dict[str, Any], delay: float, pictures: bool = True) -> str:
    """`pictures` are of all runs that are there, so where the runs differ that which comes last decides of them."""
    out = runs[0].out
    fresh(out)
    with watched(out.parent) as seen:
        processes = []
        for i, run in enumerate(runs):
            processes.append(started(replace(run, log=run.log.with_suffix(f".{i}"))))
            time.sleep(delay if i == 0 else 0)
        for process in processes:
            process.join()
    found = contents(out)
    if not pictures:
        found, expected = (
            {name: of for name, of in those.items() if ".png" not in name} for those in (found, expected)
        )
    said = [run.log.with_suffix(f".{i}").read_text("utf-8")[-300:] for i, run in enumerate(runs)]
    problems = {
        f"exit codes {[process.exitcode for process in processes]}, they said {said}": any(
            process.exitcode for process in processes
        ),
        "another result": found != expected,
        f"torn files {seen.torn}": bool(seen.torn),
        f"something was left {left_behind(out)}": bool(left_behind(out)),
    }
    return "; ".join(problem for problem, there in problems.items() if there)
