"""A small fuzz of every target, and that each kind of finding is found where there is one."""

import ctypes
import os
import pickle
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

from reliability.fuzzing import tally
from reliability.fuzzing.arrays import npy, npz
from reliability.fuzzing.command_files import good_head
from reliability.fuzzing.commands import command_case
from reliability.fuzzing.malicious import payloads
from reliability.fuzzing.targets import malicious_cases, targets
from reliability.fuzzing.workers import Case, outcomes, tried
from softmax_geometry.checks import InputError

SLOW = ("command report", "command figures", "command explorer", "commands as processes")
QUICK = [target for target in targets() if target.name not in SLOW]


def refuse(text):
    raise InputError(text)


ENDS = {
    "accepted": lambda: None,
    "refused": lambda: refuse("x: expected a file, got none"),
    "traceback": lambda: {}["missing"],
    "message": lambda: refuse("two\nlines"),
    "files left": lambda: Path("left").write_bytes(b"half") and None,
    "files changed": lambda: Path("given").write_bytes(b"other") and None,
    "code run": lambda: pickle.loads(pickle.dumps(payloads()["open"])) and None,
    "spill": lambda: os.write(2, b"libtiff: warning") and None,
    "crash": lambda: ctypes.string_at(0) and None,
    "hang": lambda: time.sleep(60),
}


@pytest.mark.skipif(sys.platform != "linux", reason="workers are bounded by means of Linux")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_each_end_of_an_input_is_seen_and_the_next_input_is_tried():
    ends = list(ENDS)
    seen = dict(outcomes(lambda i: Case({"given": b"content"}, ENDS[ends[i]]), range(len(ends)), 2.0))
    assert [seen[i].ended for i in range(len(ends))] == ends


@pytest.mark.skipif(sys.platform != "linux", reason="workers are bounded by means of Linux")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_memory_is_bounded_and_measured():
    calls = [lambda: None, lambda: bytearray(2**26) and None, lambda: bytearray(2**31) and None]
    seen = [outcome for _, outcome in outcomes(lambda i: Case({}, calls[i]), range(3), 10.0)]
    assert seen[1].peak - seen[0].peak > 2**25
    assert (seen[2].ended, "MemoryError" in seen[2].why) == ("traceback", True)


@pytest.mark.parametrize("text", ["EM did not converge in 2 iterations", "odd"])
def test_our_warnings_are_counted_and_others_are_findings(tmp_path, text):
    outcome = tried(Case({}, lambda: warnings.warn(text, stacklevel=1)), tmp_path / "folder")
    if text == "odd":
        assert outcome.ended == "warning"
        assert outcome.why.startswith("UserWarning at test_fuzzing.py")
    else:
        assert (outcome.ended, outcome.warned) == ("accepted", "EM did not converge")


def test_a_warning_of_a_command_is_counted(tmp_path):
    z = np.eye(4)[np.arange(12) % 2]
    files = {"head.npz": good_head(), "z.npz": npz([("z", npy(z))])}
    line = ["score", "head.npz", "z.npz", "--train", "z.npz"]
    outcome = tried(command_case(line, files), tmp_path / "folder")
    assert (outcome.ended, outcome.warned) == ("accepted", "k-means gave points to")


@pytest.mark.skipif(sys.platform != "linux", reason="workers are bounded by means of Linux")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_finding_says_where_to_look_without_a_path_of_this_machine(tmp_path):
    def case(number):
        if number == 0:
            raise TypeError("no such input")
        return Case({}, lambda: os.write(2, f"{__file__}:7: odd".encode()) and None)

    found = tally("target", case, range(2), 10.0)
    assert found.found[0] == "target 0: not made, TypeError: no such input"
    assert found.found[1] == "target 1: spill, written past Python to the terminal: 'test_fuzzing.py:7: odd'"
    assert found.count("not made", "spill") == 2


@pytest.mark.parametrize("target", QUICK, ids=[target.name for target in QUICK])
def test_an_input_of_a_number_is_the_same_again(target):
    first, again = target.case(7), target.case(7)
    assert (first.files, first.writes) == (again.files, again.writes)


@pytest.mark.parametrize("target", QUICK, ids=[target.name for target in QUICK])
def test_a_small_fuzz(target, tmp_path):
    inputs = 16 if "command" in target.name else 64
    ended = {number: tried(target.case(number), tmp_path / "folder") for number in range(inputs)}
    assert not {number: outcome for number, outcome in ended.items() if outcome.is_finding}
    assert any(outcome.ended == "refused" for outcome in ended.values())
    assert any(outcome.ended == "accepted" for outcome in ended.values())


def test_some_malicious_files_are_refused(tmp_path):
    heavy = ("score", "structure", "members")
    cases = {
        name: case for name, case in malicious_cases().items() if not name.startswith(heavy) and "bomb" not in name
    }
    ended = {name: tried(case, tmp_path / "folder") for name, case in list(cases.items())[::4]}
    assert not {name: outcome for name, outcome in ended.items() if outcome.ended != "refused"}
