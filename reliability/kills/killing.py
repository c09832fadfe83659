"""Kill -9, at a random moment or at a random change of a file, and start again until the command is done."""

from __future__ import annotations

import shutil
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from subprocess import TimeoutExpired
from typing import Any

import numpy as np

from reliability.kills.processes import Run, exit_code, new_process, started
from reliability.kills.watching import contents, left_behind, watched

SPAN = 1.5  # a kill falls into this many durations of the command, so into none of its moments each third time


@dataclass(frozen=True)
class Undisturbed:
    """What a command writes when it is left alone, in how many seconds and with how many changes of files."""

    contents: dict[str, Any]
    seconds: float
    changes: int


@dataclass
class Tally:
    """Counts over many runs of a command."""

    killed: int = 0
    while_writing: int = 0
    finished: int = 0
    equal: int = 0
    in_a_row: int = 0
    read: int = 0
    torn: int = 0
    left: int = 0
    failed: int = 0  # runs that neither were killed nor came to a good end


def undisturbed(run: Run, new: bool = False) -> Undisturbed:
    """Run once for the result, and again for the duration."""
    fresh(run.out)
    count = run.log.with_suffix(".count")
    code = exit_code(replace(run, count=count))
    if code:
        raise RuntimeError(f"{run.command}: exit code {code}: {run.log.read_text('utf-8')}")
    found = contents(run.out)
    fresh(run.out)
    start = time.monotonic()
    new_process(run).wait() if new else exit_code(run)
    return Undisturbed(found, time.monotonic() - start, int(count.read_text()))


def kills(run: Run, at_least: int, rng: np.random.Generator, new: bool = False) -> Tally:
    """Kill the command again and again until it was killed so often; each time let it come to its end."""
    tally, expected = Tally(), undisturbed(run, new)
    with watched(run.out.parent) as seen:
        while tally.killed < at_least:
            fresh(run.out)
            if _until_done(run, expected, rng, new, tally):
                tally.finished += 1
                tally.equal += contents(run.out) == expected.contents
                tally.left += len(left_behind(run.out))
    tally.read, tally.torn = seen.read, len(seen.torn)
    return tally


def fresh(out: Path) -> None:
    """An empty folder, with the place of the figures in a package."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "figures").mkdir(parents=True)


def _until_done(run: Run, expected: Undisturbed, rng: np.random.Generator, new: bool, tally: Tally) -> bool:
    row = 0
    while True:
        writing = not new and rng.random() < 0.5
        code = _killed_at_change(run, expected, rng) if writing else _killed_at_moment(run, expected, rng, new)
        if code != -signal.SIGKILL:
            tally.failed += code != 0
            return code == 0
        row += 1
        tally.killed += 1
        tally.while_writing += writing
        tally.in_a_row = max(tally.in_a_row, row)


def _killed_at_change(run: Run, expected: Undisturbed, rng: np.random.Generator) -> int:
    return exit_code(replace(run, kill_at=int(rng.integers(1, 1 + round(SPAN * expected.changes)))))


def _killed_at_moment(run: Run, expected: Undisturbed, rng: np.random.Generator, new: bool) -> int:
    moment = rng.uniform(0, SPAN * expected.seconds)
    if new:
        with new_process(run) as process:
            try:
                return process.wait(moment)
            except TimeoutExpired:
                process.kill()
                return process.wait()
    process = started(run)
    process.join(moment)
    process.kill()
    process.join()
    code = process.exitcode
    assert code is not None
    return code
