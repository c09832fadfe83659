"""The driver of the mutants on a small module whose mutants are known, in both directions; and their summary."""

import json
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from reliability.mutants import MODULES, found, reasons

ROOT = Path(__file__).resolve().parents[2]
TOY = '''
import os
from functools import cache

STEP = 2


def doubled(x):
    """Twice x."""
    return x * STEP


def untested(x):
    return x + 1


def weakly_tested(x):
    return max(x, 0)


@cache
def cached(x):
    return x + 3


class Box:
    @property
    def area(self):
        return 3 * 4


def counted(n):
    while n:
        n -= 1
    return n


def crashes_on_none(x):
    return os.abort() if x is None else x


def calls_it():
    return crashes_on_none(7)
'''
TESTS = """
from hypothesis import given, strategies
from toy import STEP, Box, cached, calls_it, counted, doubled, weakly_tested

SEEN = cached(1)


@given(strategies.integers(1, 9))
def test_doubled(x):
    assert doubled(x) == x + x


def test_step():
    assert STEP == 2


def test_weakly():
    assert weakly_tested(3) == 3


def test_cached():
    assert cached(1) == 4


def test_area():
    assert Box().area == 12


def test_counted():
    assert counted(3) == 0


def test_calls():
    assert calls_it() == 7


def test_that_fails_on_the_original():
    assert doubled(1) == 3
"""
RUN = """
import json, pathlib, sys
from reliability.mutants import testing
testing.PATIENCE = 0.2, 10.0
print(json.dumps(testing.run(["toy"], ["test_toy.py"], pathlib.Path("scratch"), jobs=2)), file=sys.stderr)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    pytest.importorskip("mutmut")
    folder = tmp_path_factory.mktemp("toy")
    (folder / "toy.py").write_text(TOY, encoding="utf-8")
    (folder / "test_toy.py").write_text(TESTS, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)])}
    ran = subprocess.run(
        [sys.executable, "-c", RUN], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    found: dict[str, set[str]] = defaultdict(set)
    for entry in json.loads(ran.stderr.splitlines()[-1]):
        found[entry["label"]].add(entry["outcome"])
    return found, ran.stderr


@pytest.mark.parametrize(
    ("label", "outcome"),
    [
        ("toy:doubled: return x * STEP → return x / STEP", "killed"),
        ("toy: STEP = 2 → STEP = 3", "killed"),
        ("toy:cached: return x + 3 → return x + 4", "killed"),
        ("toy:Box.area: return 3 * 4 → return 3 / 4", "killed"),
        ("toy:weakly_tested: return max(x, 0) → return max(x, 1)", "survived"),
        ("toy:untested: return x + 1 → return x - 1", "survived"),
        ("toy:counted: n -= 1 → n += 1", "timed out"),
        ("toy:calls_it: return crashes_on_none(7) → return crashes_on_none(None)", "crashed"),
    ],
)
def test_each_mutant_ends_as_it_must(outcomes, label, outcome):
    assert outcomes[0][label] == {outcome}


def test_a_test_that_fails_on_the_original_kills_nothing(outcomes):
    assert "left out, fails on the original: test_toy.py::test_that_fails_on_the_original" in outcomes[1]


def test_a_changed_docstring_keeps_the_keys_and_a_changed_statement_does_not(tmp_path):
    making = pytest.importorskip("reliability.mutants.making")

    def keys(name, *changes):
        source = '"""Toy."""' + TOY
        for before, after in changes:
            assert before in source
            source = source.replace(before, after)
        return {m.key for m in making.mutants("toy", source, tmp_path) if m.function == name}

    constants, doubled, cached = (keys(name) for name in ("", "doubled", "cached"))
    assert min(map(len, (constants, doubled, cached))) > 0
    longer = '"""Twice x.\n\n    Accuracy: exact for \\\\infty too.\n    """'
    documented = ('"""Toy."""', '"""A toy, written at length."""'), ('"""Twice x."""', longer)
    assert keys("", *documented) == constants
    assert keys("doubled", *documented) == doubled
    assert keys("doubled", ("return x * STEP", "return x / STEP")).isdisjoint(doubled)
    assert keys("cached", ("return x * STEP", "return x / STEP")) == cached
    assert keys("", ("STEP = 2", "STEP = 4")).isdisjoint(constants)


def test_the_summary_counts_only_failed_tests_as_kills_and_names_what_has_no_reason():
    outcomes = ["killed"] * 7 + ["survived", "timed out", "crashed", "invalid"]
    mutants = [{"module": MODULES[0], "label": f"change {i}", "outcome": outcome} for i, outcome in enumerate(outcomes)]
    report = found(mutants, {"change 7": "Equivalent:"})
    assert report.headlines[0].figure == "7 of 10 (70.0 %)"
    assert not report.headlines[0].holds
    assert report.headlines[2].figure == "2"
    assert report.remarks == ["Equivalent: `change 7`", "Survivors without a reason: `change 8`; `change 9`"]
    assert report.rows[-1]["killed, %"] == 70.0


def test_every_accepted_survivor_has_a_reason():
    assert all(reason.strip() for reason in reasons().values())
