"""Run tests on mutants: collect the tests once, then fork a process for each mutant.

The child puts the mutant into the imported module before any test has run, so that no cache holds a value of the
original, and runs the tests that execute the changed statement until one fails: first those that killed other mutants
of the same function, then the quickest. Limits are in CPU time: a busy machine kills no mutant.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import math
import os
import random
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import Any, NoReturn

import pytest
from tqdm import tqdm

from reliability.mutants import JOBS, MINUTES, MODULES, SCRATCH, TESTS
from reliability.mutants.making import Mutant, mutants
from reliability.mutants.swapping import instrumented, swap

BUDGET = 40.0, 8.0  # seconds of CPU time that the tests of a mutant, of an original, may take on the original
PATIENCE = 20.0, 10.0  # a test has timed out after 20 s and 10 times its own time
SAMPLING = "independent_draws"  # a slow test, left out
STUCK = 900  # seconds of wall time after which a child is given up
CONTEXT = 24  # characters shown on either side of a change
HIT = "__statement_begins__"


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

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        items = {item.nodeid: item for item in session.items}
        self.sources = {name: Path(inspect.getfile(import_module(name))).read_text("utf-8") for name in self.modules}
        self.made = [m for name in self.modules for m in mutants(name, self.sources[name], self.scratch / "made")]
        seconds, hits = self._covered(items)
        known = outcomes(self.state)
        work = []
        for mutant in (*self.made, *map(self._original, self.modules)):
            tests = _bearing(mutant, seconds, hits)
            if not _still_holds(known.get(mutant.key), tests, items):
                work.append((mutant, tests))
        random.Random(0).shuffle(work)  # so that a run that was stopped has tried a fair sample
        work.sort(key=lambda one: one[0].key not in known)
        self._run(work, items, seconds)
        known = outcomes(self.state)
        for name in self.modules:
            outcome = known.get(self._original(name).key, {"outcome": "survived"})
            if outcome["outcome"] != "survived":
                raise RuntimeError(f"{name}: the original was {outcome['outcome']} by {outcome['test']}")
        return True

    def _original(self, module: str) -> Mutant:
        """The module with all functions replaced by equal ones: whatever kills it would kill any mutant."""
        return Mutant(module, None, 1, 0, 0, "", f"{module} {_hash(self.sources[module])}")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def _covered(self, items: dict[str, pytest.Item]) -> tuple[dict[str, float], dict[str, set[tuple[str, int]]]]:
        """CPU seconds of each test on the original, and the statements it executes; tests that fail are left out."""
        original = _hash(json.dumps(self.sources, sort_keys=True))
        path = self.scratch / "covered.json"
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        fingerprints = {name: f"{original} {_fingerprint(item)}" for name, item in items.items()}
        missing = [item for name, item in items.items() if kept.get(name, [""])[0] != fingerprints[name]]
        if missing:
            read, write = os.pipe()
            if (pid := os.fork()) == 0:
                os.close(read)
                self._observe(missing, fingerprints, write)
            os.close(write)
            with os.fdopen(read) as lines:
                for line in tqdm(lines, "tests on the original", total=len(missing)):
                    kept |= json.loads(line)
            if os.waitpid(pid, 0)[1]:
                raise RuntimeError("the process that runs the tests on the original has crashed")
            path.write_text(json.dumps(kept), encoding="utf-8")
        good = {name: entry for name, entry in kept.items() if name in items and not entry[3]}
        for name in items.keys() - good:
            print(f"left out, fails on the original: {name}", file=sys.stderr)
        return {n: e[1] for n, e in good.items()}, {n: {(m, line) for m, line in e[2]} for n, e in good.items()}

    def _observe(self, items: list[pytest.Item], fingerprints: dict[str, str], write: int) -> NoReturn:
        _silence()
        hits: set[tuple[str, int]] = set()
        for name, source in self.sources.items():
            module = import_module(name)
            setattr(module, HIT, lambda line, name=name: hits.add((name, line)))
            swap(module, instrumented(source, HIT), None)
        for item, following in _pairs(items):
            hits.clear()
            self.failed.clear()
            start = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            entry = [fingerprints[item.nodeid], time.process_time() - start, sorted(hits), bool(self.failed)]
            os.write(write, (json.dumps({item.nodeid: entry}) + "\n").encode())
        os._exit(0)

    def _run(self, work: list[tuple[Mutant, list[str]]], items: dict[str, pytest.Item], seconds: dict[str, float]):
        running: dict[int, tuple[Mutant, list[str], int]] = {}
        end = time.monotonic() + 60 * self.minutes
        waiting, killers = iter(work), defaultdict(list)  # of a function, the latest first
        with self.state.open("a", encoding="utf-8") as state, tqdm(total=len(work), desc="mutants") as bar:
            while True:
                while len(running) < self.jobs and time.monotonic() < end and (following := next(waiting, None)):
                    mutant, tests = following
                    latest = killers[mutant.module, mutant.function]
                    tests = [*filter(tests.__contains__, latest), *(t for t in tests if t not in latest)]
                    read, write = os.pipe()
                    if (pid := os.fork()) == 0:
                        self._try(mutant, [items[name] for name in tests], seconds, write)
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
                    latest = killers[mutant.module, mutant.function]
                    latest[:] = [killer, *(test for test in latest if test != killer)]
                sources = [killer] if outcome == "killed" else tests
                line = {
                    "key": mutant.key,
                    "outcome": outcome,
                    "test": killer,
                    "evidence": _evidence(sources, items),
                }
                state.write(json.dumps(line) + "\n")
                state.flush()
                bar.update()

    def _try(self, mutant: Mutant, items: list[pytest.Item], seconds: dict[str, float], write: int) -> NoReturn:
        _silence()
        signal.alarm(STUCK)
        try:
            self._fails(mutant, items, seconds, write)
        finally:
            os._exit(BROKEN)

    def _fails(self, mutant: Mutant, items: list[pytest.Item], seconds: dict[str, float], write: int) -> NoReturn:
        try:
            swap(import_module(mutant.module), mutant.applied_to(self.sources[mutant.module]), mutant.function)
        except Exception as error:
            os.write(write, repr(error).encode())
            os._exit(INVALID)
        for item, following in _pairs(items):
            base, factor = PATIENCE
            signal.setitimer(signal.ITIMER_PROF, base + factor * seconds[item.nodeid])
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                os.write(write, item.nodeid.encode())
                os._exit(KILLED)
        os._exit(SURVIVED)


SURVIVED, KILLED, INVALID, BROKEN = 10, 11, 12, 13
_EXITS = {SURVIVED: "survived", KILLED: "killed", INVALID: "invalid"}


def _pairs(items: list[pytest.Item]) -> Iterable[tuple[pytest.Item, pytest.Item | None]]:
    """Each test with the next one, which tells pytest what to tear down."""
    return zip(items, [*items[1:], None], strict=False)


def _outcome(status: int) -> str:
    """Killed, survived, invalid (the module does not import), timed out (of CPU time), or crashed."""
    if os.WIFSIGNALED(status):
        return "timed out" if os.WTERMSIG(status) == signal.SIGPROF else "crashed"
    return _EXITS.get(os.WEXITSTATUS(status), "crashed")


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


def _still_holds(entry: dict[str, Any] | None, tests: list[str], items: dict[str, pytest.Item]) -> bool:
    """Whether the test that killed the mutant, or every test that did not, is there unchanged."""
    if entry is None or entry["outcome"] in ("crashed", "timed out"):
        return False
    sources = [entry["test"]] if entry["outcome"] == "killed" else tests
    return entry["outcome"] == "invalid" or entry["evidence"] == _evidence(sources, items)


def _bearing(mutant: Mutant, seconds: dict[str, float], hits: dict[str, set[tuple[str, int]]]) -> list[str]:
    """The tests that execute the changed statement (of a constant: the module), quickest first, within the budget."""
    if mutant.function:
        bearing = [name for name, lines in hits.items() if (mutant.module, mutant.line) in lines]
    else:
        bearing = [name for name, lines in hits.items() if any(module == mutant.module for module, _ in lines)]
    bearing.sort(key=seconds.__getitem__)
    spent, budget = accumulate(seconds[name] for name in bearing), BUDGET[mutant.function is None]
    return [name for name, total in zip(bearing, spent, strict=True) if total <= budget]


def _evidence(tests: Iterable[str], items: dict[str, pytest.Item]) -> str:
    return _hash(json.dumps(sorted((t, _fingerprint(items[t]) if t in items else "") for t in tests)))


def _fingerprint(item: pytest.Item) -> str:
    """A hash of the source of a test."""
    examples = getattr(item, "dtest", None)
    if examples is not None:
        return _hash(repr([(e.source, e.want) for e in examples.examples]))
    function = getattr(item, "function", None)
    return _hash(inspect.getsource(inspect.unwrap(function)) if function else item.nodeid)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def short(module: str) -> str:
    """The name of a module within the package."""
    return module.removeprefix("softmax_geometry.")


def label(mutant: Mutant, source: str) -> str:
    """The change of a mutant with what stands beside it in its line."""
    where = short(mutant.module) + (f":{mutant.function}" if mutant.function else "")
    left = source[: mutant.start].rpartition("\n")[2][-CONTEXT:]
    right = source[mutant.end :].partition("\n")[0][:CONTEXT]
    before, after = (
        " ".join((left + text + right).split()) for text in (source[mutant.start : mutant.end], mutant.text)
    )
    return f"{where}: {before} → {after}"


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
    return [
        {
            "module": short(m.module),
            "label": label(m, trial.sources[m.module]),
            "outcome": known.get(m.key, {}).get("outcome", "not tried"),
        }
        for m in trial.made
    ]


if __name__ == "__main__":
    summary = run([f"softmax_geometry.{name}" for name in MODULES], TESTS, SCRATCH, jobs=JOBS, minutes=MINUTES)
    (SCRATCH / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
