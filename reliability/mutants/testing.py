"""Run tests on mutants: collect the tests once, then fork a process for each mutant.

The child puts the mutant into the imported module before any test has run, so that no cache holds a value of the
original, and runs the tests that execute the changed statement until one fails: first those that killed other mutants
of the same function, then the quickest. Limits are in CPU time: a busy machine kills no mutant.
"""

from __future__ import annotations

import inspect
import json
import math
import os
import random
import signal
import time
from collections import defaultdict
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tqdm import tqdm

from reliability.mutants import JOBS, MINUTES, MODULES, SCRATCH, TESTS
from reliability.mutants.covering import Coverage, covered, hashed, pairs, silence
from reliability.mutants.making import Mutant, mutants
from reliability.mutants.swapping import swap

PATIENCE = 20.0, 10.0  # a test has timed out after 20 s and 10 times its own time
SAMPLING = "independent_draws"  # a slow test, left out
STUCK = 900  # seconds of wall time after which a child is given up
CONTEXT = 24  # characters shown on either side of a change

SURVIVED, KILLED, INVALID, BROKEN = 10, 11, 12, 13  # exit codes that neither Python nor pytest uses
OUTCOMES = {SURVIVED: "survived", KILLED: "killed", INVALID: "invalid"}


class Trial:
    """A pytest plugin that runs mutants instead of tests; what it finds is appended to `state`, one line a mutant."""

    def __init__(self, modules: Sequence[str], scratch: Path, jobs: int, minutes: float) -> None:
        self.modules, self.scratch, self.jobs, self.minutes = modules, scratch, jobs, minutes
        self.state = scratch / "outcomes.jsonl"
        self.failed: list[str] = []

    def pytest_configure(self) -> None:
        import hypothesis  # not before pytest, which rewrites its assertions

        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
        hypothesis.settings.load_profile("mutants")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        self.items = {item.nodeid: item for item in session.items}
        self.sources = {name: Path(inspect.getfile(import_module(name))).read_text("utf-8") for name in self.modules}
        self.made = [m for name in self.modules for m in mutants(name, self.sources[name], self.scratch / "made")]
        coverage = covered(self.items, self.sources, self.failed, self.scratch / "covered.json")
        originals = [self._original(name) for name in self.modules]
        known = outcomes(self.state)
        work = [(mutant, coverage.bearing(mutant)) for mutant in (*self.made, *originals)]
        work = [(mutant, tests) for mutant, tests in work if not _still_holds(known.get(mutant.key), tests, coverage)]
        random.Random(0).shuffle(work)  # so that a run that was stopped has tried a fair sample
        work.sort(key=lambda one: one[0].key not in known)
        self._run(work, coverage)
        known = outcomes(self.state)
        for original in originals:
            if (found := known.get(original.key)) and found["outcome"] != "survived":
                raise RuntimeError(f"{original.module}: the original was {found['outcome']} by {found['test']}")
        return True

    def _original(self, module: str) -> Mutant:
        """The module with all functions replaced by equal ones: whatever kills it would kill any mutant."""
        return Mutant(module, None, 1, 0, 0, "", f"{module} {hashed(self.sources[module])}")

    def _run(self, work: list[tuple[Mutant, list[str]]], coverage: Coverage) -> None:
        running: dict[int, tuple[Mutant, list[str], int]] = {}
        waiting, end = iter(work), time.monotonic() + 60 * self.minutes
        killers: dict[tuple[str, str | None], list[str]] = defaultdict(list)  # of a function, the latest first
        with self.state.open("a", encoding="utf-8") as state, tqdm(total=len(work), desc="mutants") as bar:
            while True:
                while len(running) < self.jobs and time.monotonic() < end and (following := next(waiting, None)):
                    mutant, tests = following
                    latest = killers[mutant.module, mutant.function]
                    tests = [*filter(tests.__contains__, latest), *(t for t in tests if t not in latest)]
                    read, write = os.pipe()
                    if (pid := os.fork()) == 0:
                        self._try(mutant, tests, coverage.seconds, write)
                    os.close(write)
                    running[pid] = mutant, tests, read
                if not running:
                    return
                pid, status = os.wait()
                mutant, tests, read = running.pop(pid)
                with os.fdopen(read) as pipe:
                    killer = pipe.read()
                outcome = _outcome(status)
                if outcome == "killed":
                    latest, tests = killers[mutant.module, mutant.function], [killer]
                    latest[:] = [killer, *(test for test in latest if test != killer)]
                entry = {"key": mutant.key, "outcome": outcome, "test": killer, "evidence": coverage.evidence(tests)}
                state.write(json.dumps(entry) + "\n")
                state.flush()
                bar.update()

    def _try(self, mutant: Mutant, tests: list[str], seconds: Any, write: int) -> NoReturn:
        silence()
        signal.alarm(STUCK)
        try:
            os._exit(self._exit_code(mutant, tests, seconds, write))
        finally:
            os._exit(BROKEN)

    def _exit_code(self, mutant: Mutant, tests: list[str], seconds: Any, write: int) -> int:
        """Put the mutant in place and run the tests; what kills it is written to the pipe."""
        try:
            swap(import_module(mutant.module), mutant.applied_to(self.sources[mutant.module]), mutant.function)
        except Exception as error:
            os.write(write, repr(error).encode())
            return INVALID
        for item, following in pairs([self.items[test] for test in tests]):
            base, factor = PATIENCE
            signal.setitimer(signal.ITIMER_PROF, base + factor * seconds[item.nodeid])
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                os.write(write, item.nodeid.encode())
                return KILLED
        return SURVIVED


def _outcome(status: int) -> str:
    """Killed, survived, invalid (the module does not import), timed out (of CPU time), or crashed."""
    if os.WIFSIGNALED(status):
        return "timed out" if os.WTERMSIG(status) == signal.SIGPROF else "crashed"
    return OUTCOMES.get(os.WEXITSTATUS(status), "crashed")


def outcomes(state: Path) -> dict[str, dict[str, Any]]:
    """The last outcome of each mutant, by its key; a line that was cut off is skipped."""
    found = {}
    for line in state.read_text("utf-8").splitlines() if state.exists() else ():
        try:
            entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        found[entry["key"]] = entry
    return found


def _still_holds(entry: dict[str, Any] | None, tests: list[str], coverage: Coverage) -> bool:
    """Whether the test that killed the mutant, or every test that did not, is there unchanged."""
    if entry is None or entry["outcome"] in ("crashed", "timed out"):
        return False
    sources = [entry["test"]] if entry["outcome"] == "killed" else tests
    return entry["outcome"] == "invalid" or entry["evidence"] == coverage.evidence(sources)


def short(module: str) -> str:
    """The name of a module within the package."""
    return module.removeprefix("softmax_geometry.")


def label(mutant: Mutant, source: str) -> str:
    """The change of a mutant with what stands beside it in its line."""
    where = short(mutant.module) + (f":{mutant.function}" if mutant.function else "")
    left = source[: mutant.start].rpartition("\n")[2][-CONTEXT:]
    right = source[mutant.end :].partition("\n")[0][:CONTEXT]
    old, new = (" ".join((left + text + right).split()) for text in (source[mutant.start : mutant.end], mutant.text))
    return f"{where}: {old} → {new}"


def run(
    modules: Sequence[str], tests: Sequence[str], scratch: Path, jobs: int, minutes: float = math.inf
) -> list[dict[str, str]]:
    """Run mutants of the modules whose outcome is not known yet; module, label and outcome of each."""
    scratch.mkdir(parents=True, exist_ok=True)
    trial = Trial(modules, scratch, jobs, minutes)
    options = ["-q", "-s", "-p", "no:cacheprovider", f"--basetemp={scratch / 'tmp'}", "-k", f"not {SAMPLING}"]
    code = pytest.main([*options, *tests], plugins=[trial])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise RuntimeError(f"pytest ended with {code!r}")
    known = outcomes(trial.state)
    found = [(m, known.get(m.key, {"outcome": "not tried"})["outcome"]) for m in trial.made]
    return [{"module": short(m.module), "label": label(m, trial.sources[m.module]), "outcome": o} for m, o in found]


if __name__ == "__main__":
    summary = run([f"softmax_geometry.{name}" for name in MODULES], TESTS, SCRATCH, jobs=JOBS, minutes=MINUTES)
    (SCRATCH / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
