"""Output that cannot be written: each command must say so in one sentence and leave all as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

from reliability.kills.killing import fresh
from reliability.kills.processes import Run, exit_code
from reliability.kills.watching import left_behind, whole

OLD = b"old"
TARGETS = {
    "sweep of toy networks": ("toy/smoke/figure-1a-3clusters.png",),
    "report": ("report.html", "report.json"),
    "figures": ("figure-2.png", "figure-2.svg", "counterexample-3d.png", "counterexample-3d.svg"),
    "score": ("s.npz",),
    "explorer": ("explorer.html",),
    "bundle": ("figures/recorded.json", "figures/recorded.npz"),
    "Head.save": ("head.npz",),
}
ONE_BY_ONE = ("sweep of toy networks", "figures")  # what was finished before the fault stays
MAKES_FOLDERS = ("sweep of toy networks", "figures")  # so a missing one is no fault


def faults(run: Run) -> dict[str, str]:
    """What went wrong with each fault of a command; "" where it was handled."""
    cases = {
        "no byte to spare": partial(_too_large, share=0.0),
        "half of the room": partial(_too_large, share=0.5),
        "last bytes missing": partial(_too_large, share=0.999),
        "full disk": _full_disk,
        "read-only folder": _read_only,
        "target is a folder": _target_is_a_folder,
        "missing parent": _missing_parent,
    }
    if not may_mount(run.out.parent):
        del cases["full disk"]
        if os.getuid() == 0:  # for whom only a disk can be read-only
            del cases["read-only folder"]
    sizes = _sizes(run)
    return {name: faulty(run, sizes) for name, faulty in cases.items()}


def may_mount(folder: Path) -> bool:
    """Whether small disks can be mounted below a folder."""
    if mounted := _mounted(folder / "disk", 64):
        _unmounted(folder / "disk")
    return mounted


def _sizes(run: Run) -> list[int]:
    """Of the files that the command writes when it can."""
    fresh(run.out)
    exit_code(run)
    return [path.stat().st_size for path in run.out.rglob("*") if path.is_file()]


def _too_large(run: Run, sizes: list[int], share: float) -> str:
    fresh(run.out)
    _put_old(run.out, run.command)
    return _wrong(run, replace(run, largest=max(round(share * max(sizes)), 1000)))


def _full_disk(run: Run, sizes: list[int]) -> str:
    disk = run.out.parent / "disk"
    _mounted(disk, max(sum(sizes) // 2048, 8))
    try:
        there = replace(run, out=disk / "out")
        fresh(there.out)
        _put_old(there.out, run.command)
        return _wrong(there, there)
    finally:
        _unmounted(disk)


def _read_only(run: Run, sizes: list[int]) -> str:
    if os.getuid() == 0:
        disk = run.out.parent / "disk"
        _mounted(disk, sum(sizes) // 1024 + 64)
        there = replace(run, out=disk / "out")
        fresh(there.out)
        _put_old(there.out, run.command)
        try:
            subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
            return _wrong(there, there)
        finally:
            _unmounted(disk)
    fresh(run.out)
    _put_old(run.out, run.command)
    folders = [run.out, *(path for path in run.out.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        return _wrong(run, run)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def _target_is_a_folder(run: Run, sizes: list[int]) -> str:
    fresh(run.out)
    _put_old(run.out, run.command)
    target = run.out / TARGETS[run.command][-1]
    target.unlink()
    target.mkdir()
    return _wrong(run, run)


def _missing_parent(run: Run, sizes: list[int]) -> str:
    """Where the command makes folders, a file is in the way."""
    fresh(run.out)
    (run.out / "file").write_bytes(OLD)
    return _wrong(run, replace(run, out=run.out / ("file" if run.command in MAKES_FOLDERS else "missing")))


def _put_old(out: Path, command: str) -> None:
    for name in TARGETS[command]:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(OLD)


def _wrong(run: Run, faulty: Run) -> str:
    """What is not as it should be after a command that could not write; `run` has the folder to look at."""
    before = {path: path.read_bytes() for path in run.out.rglob("*") if path.is_file()}
    code, said = exit_code(faulty), run.log.read_text("utf-8")
    after = {path: path.read_bytes() for path in run.out.rglob("*") if path.is_file()}
    new = [path for path in after if path not in before]
    changed = [path for path, content in before.items() if after.get(path) != content]
    problems = {
        f"exit code {code}": code != 2,
        f"it said {said[-300:]!r}": str(run.out) not in said or "Traceback" in said or said.count("\n") != 1,
        "old files changed": bool(changed) and run.command not in ONE_BY_ONE,
        "something was left": bool(left_behind(run.out)),
        "torn files": not all(whole(path.name, after.get(path, b"")) for path in [*new, *changed]),
        "new files": bool(new) and run.command not in ONE_BY_ONE,
    }
    return "; ".join(problem for problem, there in problems.items() if there)


def _mounted(place: Path, kilobytes: int) -> bool:
    """Whether a disk of this size is now mounted there, which only root may do and not everywhere."""
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", str(place)]
    return bool(shutil.which("mount")) and not subprocess.run(mount, capture_output=True, check=False).returncode


def _unmounted(place: Path) -> None:
    subprocess.run(["umount", str(place)], check=True)
