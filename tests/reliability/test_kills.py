"""The measurement of kills, on the quickest commands, and that it sees what it looks for."""

import json
import os
import time

import numpy as np
import pytest

from reliability.kills import summary
from reliability.kills.commands import write_files
from reliability.kills.faults import _sizes, _wrong, faults, may_mount
from reliability.kills.killing import fresh, kills, undisturbed
from reliability.kills.pairs import pairs
from reliability.kills.processes import Run, exit_code, preload
from reliability.kills.stopping import stops
from reliability.kills.watching import contents, left_behind, watched, whole


@pytest.fixture
def run(tmp_path):
    preload(("pytest", "softmax_geometry.cli.commands"))
    files, out = tmp_path / "files", tmp_path / "watched" / "out"
    files.mkdir()
    out.mkdir(parents=True)
    write_files(files)
    return Run("Head.save", out, files, tmp_path / "log")


def test_a_command_that_is_killed_has_the_same_result_in_the_end(run):
    tally = kills(run, 6, np.random.default_rng(0))
    assert tally.killed >= 6
    assert tally.while_writing >= 1
    assert tally.finished == tally.equal >= 1
    assert tally.read >= 1
    assert (tally.torn, tally.left, tally.failed) == (0, 0, 0)


def test_each_change_of_a_file_is_a_moment_to_be_killed_at(run):
    changes = undisturbed(run).changes
    assert changes == 3  # a temporary file, its mode, its name
    for number in range(1, changes + 1):
        fresh(run.out)
        exit_code(Run(run.command, run.out, run.files, run.log, kill_at=number))
        assert len(left_behind(run.out)) == (number > 1)
        assert not (run.out / "head.npz").exists()
    assert exit_code(run) == 0
    assert not left_behind(run.out)


def test_a_reader_sees_a_file_that_is_written_in_pieces(tmp_path):
    with watched(tmp_path) as seen, (tmp_path / "record.json").open("w") as file:
        for piece in ('{"a": ', "1}"):
            file.write(piece)
            file.flush()
            time.sleep(0.2)
    assert seen.torn == [str(tmp_path / "record.json")]
    assert seen.read == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[1, 2]"),
        ("a.html", b"<html></html>\n"),
        ("a.svg", b"<svg></svg>\n"),
        ("a.png", b"..IEND\xaeB`\x82"),
    ],
)
def test_half_of_a_file_is_not_whole(name, content):
    assert whole(name, content)
    assert not whole(name, content[: len(content) // 2])


def test_arrays_are_whole_only_to_the_last_byte(tmp_path):
    np.savez(tmp_path / "a.npz", a=np.arange(1000))
    content = (tmp_path / "a.npz").read_bytes()
    assert whole("a.npz", content)
    assert not whole("a.npz", content[:-1])
    assert not whole("a.npz", content.replace(bytes([7, 0, 0, 0]), bytes([8, 0, 0, 0]), 1))


def test_results_are_equal_up_to_dates_and_durations_only(tmp_path):
    def found(accuracy=0.9, seconds=1.0, date="2026-11-24", array=1.0):
        record = {"metrics": {"accuracy": accuracy}, "provenance": {"seconds": seconds, "date": date}}
        (tmp_path / "r.json").write_text(json.dumps(record))
        np.savez(tmp_path / "r.npz", a=array)
        return contents(tmp_path)

    assert found() == found(seconds=2.0, date="2026-11-25")
    assert found() != found(accuracy=np.nextafter(0.9, 1))
    assert found() != found(array=np.nextafter(1.0, 2))
    assert found() != found(array=np.float32(1.0))


def test_output_that_cannot_be_written_is_said_and_what_goes_wrong_is_noticed(run):
    found = faults(run)
    assert len(found) == (7 if may_mount(run.out.parent) else 6 if os.getuid() else 5)
    assert not any(found.values()), found
    assert _sizes(run)[0] > 10_000
    for path in run.out.glob("*.npz"):
        path.write_bytes(b"old")
    assert "exit code 0" in _wrong(run, run)
    for path in run.out.glob("*.npz"):
        path.write_bytes(b"old")
    assert "old files changed" in _wrong(run, run)


def test_two_processes_and_a_request_to_end(run):
    rng = np.random.default_rng(0)
    assert pairs(run, 2, rng) == ["", ""]
    structure = Run("structure", run.out, run.files, run.log)
    assert stops(structure, 2, rng) == {"SIGINT": ["", ""], "SIGTERM": ["", ""]}


def test_headlines_fail_with_one_result_that_differs_and_one_fault_that_is_not_handled():
    tally = {"killed": 200, "while_writing": 90, "finished": 50, "equal": 50, "in_a_row": 4, "read": 99, "torn": 0}
    tally |= {"left": 0, "failed": 0}
    lost = {"workers": 5, "senders": 1, "finished": 3, "equal": 3, "torn": 0, "left": 0, "failed": 0}
    good = {
        "kills: report": tally,
        "workers: toy": lost,
        "faults: report": {"full disk": "", "read-only folder": ""},
        "pairs: report": ["", ""],
        "signals: report": {"SIGINT": [""]},
    }
    found = summary(good)
    assert [headline.holds for headline in found.headlines] == [True] * 7
    assert found.headlines[0].figure == "206"
    assert found.rows[0]["kills"] == 200
    bad = good | {"kills: report": tally | {"equal": 49}, "faults: report": {"full disk": "torn files", "other": ""}}
    found = summary(bad)
    assert [headline.holds for headline in found.headlines] == [True, False, True, True, False, True, True]
    assert found.headlines[4].figure == "1 of 2"
    assert found.remarks[-1] == "faults: report, full disk: torn files."
