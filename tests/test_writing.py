"""Files appear whole or not at all, and what a killed writer left goes with the next one."""

import os
import resource
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from softmax_geometry import report
from softmax_geometry.checks import InputError
from softmax_geometry.cli import main
from softmax_geometry.writing import whole_file, write_text

WRITER = (
    "import os, signal, sys; from pathlib import Path; from softmax_geometry.writing import whole_file\n"
    "with whole_file(Path(sys.argv[1])) as file:\n"
    "    file.write(b'half'); file.flush(); print('half', flush=True); sys.stdin.read()"
)


@contextmanager
def writer(path):
    """Another process in the middle of writing a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        process.stdout.readline()
        yield process


@contextmanager
def largest_file(size):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_what_a_killed_writer_left_goes_with_the_next_and_a_live_one_is_left_alone(tmp_path):
    path = tmp_path / "page.html"
    path.write_text("old")
    with writer(path) as killed:
        killed.send_signal(signal.SIGKILL)
    (left,) = tmp_path.glob(".*")
    assert path.read_text() == "old"
    with writer(path) as alive:
        assert not left.exists()
        (its,) = tmp_path.glob(".*")
        write_text(path, "new")
        assert path.read_text() == "new"
        assert its.read_text() == "half"
        alive.stdin.close()
        assert alive.wait() == 0
    assert path.read_text() == "half"  # the last one to come to its end
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]


def test_files_of_others_stay(tmp_path):
    others = [".a.settings", ".a.settings.tmp~", ".a.b.12345678.tmp", ".a.123456789.tmp", "a.12345678.tmp"]
    for name in others:
        (tmp_path / name).write_text("")
    write_text(tmp_path / "a", "x")
    assert sorted(os.listdir(tmp_path)) == sorted([*others, "a"])


def test_an_interruption_just_after_the_rename_is_only_that(tmp_path, monkeypatch):
    replace = os.replace

    def interrupted(source, target):
        replace(source, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_text(tmp_path / "a", "x")
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("name", ["n" * 300, "missing/a", "."])
def test_paths_that_cannot_be_written(tmp_path, name):
    with pytest.raises(InputError, match="cannot be written"):
        write_text(tmp_path / name, "x")
    assert not os.listdir(tmp_path)


def test_without_locks_files_are_written_and_leftovers_stay(tmp_path, monkeypatch):
    monkeypatch.setattr("softmax_geometry.locks.fcntl", None)
    (tmp_path / ".a.12345678.tmp").write_text("")
    write_text(tmp_path / "a", "x")
    assert sorted(os.listdir(tmp_path)) == [".a.12345678.tmp", "a"]


def test_a_file_taken_for_a_leftover_before_it_is_locked_is_made_anew(tmp_path, monkeypatch):
    answers = iter([False, True])
    monkeypatch.setattr("softmax_geometry.writing.lock", lambda descriptor: next(answers))
    with whole_file(tmp_path / "a") as file:
        file.write(b"x")
    assert (tmp_path / "a").read_text() == "x"


def test_a_disk_that_fills_up_with_the_last_bytes_of_a_report_keeps_the_old_page_and_the_old_numbers(
    tmp_path, monkeypatch, capsys
):
    class Long:
        def to_dict(self):
            return {"new": 1}

        def to_html(self):
            return "<html>" + 100_000 * "x" + "</html>"

    monkeypatch.setattr(report, "build_report", lambda *given, **options: Long())
    for name in ("r.html", "r.json"):
        (tmp_path / name).write_text("old")
    with largest_file(100_000):
        assert main(["report", "--out", str(tmp_path / "r.html")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert [(p.name, p.read_text()) for p in sorted(tmp_path.iterdir())] == [("r.html", "old"), ("r.json", "old")]
