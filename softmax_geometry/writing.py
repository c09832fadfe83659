"""Writing files whole: to a temporary file beside the target, then a rename."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from softmax_geometry.checks import InputError


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Open `path` for writing so that it appears complete or not at all.

    Raises
    ------
    InputError
        If the path cannot be written; nothing is left behind.
    """
    if path.is_dir():
        raise InputError(f"output path {path}: cannot be written (it is a folder)")
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InputError(f"output path {path}: cannot be written ({error.strerror})") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException as error:
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


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
