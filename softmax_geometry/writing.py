"""Writing files whole: to a temporary file beside the target, then a rename.

A writer holds the lock of its temporary file until the rename. What a killed writer left has no lock any more, and goes
when the same target is next written.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from softmax_geometry.checks import InputError
from softmax_geometry.locks import lock, lock_kept


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing so that it appears complete or not at all.

    Raises
    ------
    InputError
        If the path cannot be written; nothing is left behind.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        with suppress(OSError):
            _remove_leftovers(path)
        descriptor, name = _temporary(path)
    except (OSError, ValueError) as error:  # a ValueError: a null character in the path
        raise InputError(f"output path {path}: cannot be written ({getattr(error, 'strerror', error)})") from error
    try:
        with lock_kept(descriptor):
            with os.fdopen(descriptor, "wb") as file:
                yield file
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
    except BaseException as error:
        with suppress(FileNotFoundError):
            os.unlink(name)
        if isinstance(error, OSError):
            raise InputError(f"output path {path}: cannot be written ({error.strerror})") from error
        raise


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text whole."""
    with whole_file(path) as file:
        file.write(text.encode())


def write_npz(path: Path, **arrays: Any) -> None:
    """Write arrays as a compressed `.npz`, whole."""
    with whole_file(path) as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _temporary(path: Path) -> tuple[int, str]:
    """A new file beside `path`, open and locked, with its name."""
    while True:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            if lock(descriptor):
                return descriptor, name
        except OSError:  # there are no locks here, so nobody takes the file for a leftover
            return descriptor, name
        os.close(descriptor)  # somebody did before it was locked, and removes it


def _remove_leftovers(path: Path) -> None:
    """Remove the temporary files of writers of `path` that were killed."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.\w{{8}}\.tmp")
    with os.scandir(path.parent) as entries:
        left = [entry.path for entry in entries if ours.fullmatch(entry.name)]
    for name in left:
        descriptor = os.open(name, os.O_RDWR)
        try:
            if lock(descriptor):
                os.unlink(name)
        finally:
            os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
