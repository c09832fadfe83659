"""What each test executes and how long it takes, on the original: which tests bear on a mutant."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate
from pathlib import Path
from typing import NoReturn

import pytest
from tqdm import tqdm

from reliability.mutants.making import Mutant
from reliability.mutants.swapping import instrumented, swap

BUDGET = 40.0, 8.0  # seconds of CPU time that the tests of a mutant, of an original, may take on the original
HIT = "__statement_begins__"


@dataclass(frozen=True)
class Coverage:
    """What is known of the tests that pass on the original.

    Attributes
    ----------
    seconds : CPU time of each test
    hits : module and line of each statement that a test executes
    fingerprints : a hash of the source of each test
    """

    seconds: Mapping[str, float]
    hits: Mapping[str, set[tuple[str, int]]]
    fingerprints: Mapping[str, str]

    def bearing(self, mutant: Mutant) -> list[str]:
        """The tests that execute the changed statement (of a constant: the module), quickest first, within budget."""
        if mutant.function:
            bearing = [name for name, lines in self.hits.items() if (mutant.module, mutant.line) in lines]
        else:
            bearing = [name for name, lines in self.hits.items() if any(m == mutant.module for m, _ in lines)]
        bearing.sort(key=self.seconds.__getitem__)
        spent, budget = accumulate(self.seconds[name] for name in bearing), BUDGET[mutant.function is None]
        return [name for name, total in zip(bearing, spent, strict=True) if total <= budget]

    def evidence(self, tests: Iterable[str]) -> str:
        """A hash of the sources of some tests."""
        return hashed(json.dumps(sorted((test, self.fingerprints.get(test, "")) for test in tests)))


def covered(items: Mapping[str, pytest.Item], sources: Mapping[str, str], failed: list[str], kept: Path) -> Coverage:
    """Run the tests on the original, but those whose coverage is kept; the names of failures appear in `failed`."""
    fingerprints = {name: _fingerprint(item) for name, item in items.items()}
    states = {name: f"{hashed(json.dumps(sources, sort_keys=True))} {of}" for name, of in fingerprints.items()}
    known = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
    missing = [item for name, item in items.items() if known.get(name, [""])[0] != states[name]]
    if missing:
        read, write = os.pipe()
        if (pid := os.fork()) == 0:
            os.close(read)
            _observe(missing, sources, failed, states, write)
        os.close(write)
        with os.fdopen(read) as lines:
            for line in tqdm(lines, "tests on the original", total=len(missing)):
                known |= json.loads(line)
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError("the process that runs the tests on the original has crashed")
        kept.write_text(json.dumps(known), encoding="utf-8")
    good = {name: known[name] for name in items if not known[name][3]}
    for name in items.keys() - good:
        print(f"left out, fails on the original: {name}", file=sys.stderr)
    hits = {name: {(module, line) for module, line in entry[2]} for name, entry in good.items()}
    return Coverage({name: entry[1] for name, entry in good.items()}, hits, fingerprints)


def _observe(
    items: list[pytest.Item], sources: Mapping[str, str], failed: list[str], states: Mapping[str, str], write: int
) -> NoReturn:
    """In a child: run tests with each statement reporting itself, and write an entry for each test."""
    silence()
    hits: set[tuple[str, int]] = set()
    for name, source in sources.items():
        module = import_module(name)
        setattr(module, HIT, lambda line, name=name: hits.add((name, line)))
        swap(module, instrumented(source, HIT), None)
    for item, following in pairs(items):
        hits.clear()
        failed.clear()
        start = time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        entry = [states[item.nodeid], time.process_time() - start, sorted(hits), bool(failed)]
        os.write(write, (json.dumps({item.nodeid: entry}) + "\n").encode())
    os._exit(0)


def _fingerprint(item: pytest.Item) -> str:
    """A hash of the source of a test."""
    examples = getattr(item, "dtest", None)
    if examples is not None:
        return hashed(repr([(e.source, e.want) for e in examples.examples]))
    function = getattr(item, "function", None)
    return hashed(inspect.getsource(inspect.unwrap(function)) if function else item.nodeid)


def pairs(items: list[pytest.Item]) -> Iterable[tuple[pytest.Item, pytest.Item | None]]:
    """Each test with the next one, which tells pytest what to tear down."""
    return zip(items, [*items[1:], None], strict=False)


def silence() -> None:
    """Drop what the process prints from now on."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def hashed(text: str) -> str:
    """Sixteen digits that tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
