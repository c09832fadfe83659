"""Each run by one process at a time, so that several can work on one results folder."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from experiments.running.records import LOCK, NOTE, scratch_of
from softmax_geometry.checks import InputError
from softmax_geometry.locks import lock


@contextmanager
def claimed(paths: Sequence[Path], most: int | None = None) -> Iterator[list[Path]]:
    """Those of these records, `most` at most, that are still missing and that no other process is at work on.

    They are this process's alone within the context. If others are at work on all, the first as soon as it is free.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    with ExitStack() as held:
        mine = []
        for path in paths:
            if len(mine) == most:
                break
            if held.enter_context(_claim(scratch_of(path))):
                mine.append(path)
        if not mine:
            print(f"waiting for another process that does {paths[0].stem}", file=sys.stderr, flush=True)
            if held.enter_context(_claim(scratch_of(paths[0]), wait=True)):
                mine.append(paths[0])
        yield [path for path in mine if not path.exists()]


@contextmanager
def _claim(folder: Path, wait: bool = False) -> Iterator[bool]:
    """Whether this process holds the folder; when it gives it back, the folder goes if nothing of the run was kept."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
    except FileNotFoundError:  # whoever held it is just removing it
        yield False
        return
    except OSError as error:
        raise InputError(f"out: expected a folder that can be written, got {folder} ({error.strerror})") from error
    mine = False
    try:
        mine = _locked(descriptor, wait)
        yield mine
    finally:
        if mine and os.fstat(descriptor).st_nlink and {*os.listdir(folder)} <= {LOCK, NOTE}:
            shutil.rmtree(folder, ignore_errors=True)
        os.close(descriptor)


def _locked(descriptor: int, wait: bool) -> bool:
    try:
        return lock(descriptor, wait)
    except OSError:  # this file system has no locks
        return True
