"""Files and members of archives, read into memory and checked before anything is made of them."""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import os
import tarfile
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PureWindowsPath

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from experiments.data.sources import PAGES, PUBLISHED
from softmax_geometry.checks import InputError, readable

DATA_VARIABLE = "SOFTMAX_GEOMETRY_DATA"
MEMBER_BYTES = 2**28  # more than any member of these archives has; above it a member is refused, not unpacked
PIXELS = 2**26  # more than any photograph of these sets has, before and after it is resized

logging.getLogger("PIL").addHandler(logging.NullHandler())  # its error is raised too: not to standard error as well


def data_root(root: Path | None) -> Path:
    """The folder of the data sets: the one given, or that of `$SOFTMAX_GEOMETRY_DATA`.

    Raises
    ------
    InputError
        If neither is given.
    """
    if root is None:
        if not os.environ.get(DATA_VARIABLE):
            raise InputError(f"data: expected the folder of the data sets in --data or ${DATA_VARIABLE}, got none")
        root = Path(os.environ[DATA_VARIABLE])
    return Path(root)


def found(name: str, root: Path, *candidates: str) -> Path:
    """The first of some files or folders that exists below the root of the data sets.

    Raises
    ------
    InputError
        If none does; it says where the data set can be had.
    """
    for candidate in candidates:
        if (root / candidate).exists():
            return root / candidate
    raise InputError(f"data: expected {root} to hold {' or '.join(candidates)}, it does not; {where_to_get(name)}")


def where_to_get(name: str) -> str:
    """How to come by a data set."""
    if name not in PUBLISHED:
        return f"it was made from {PAGES[name]} and is not published in this form"
    return f"get it by `python -m experiments fetch {name} --data DIR`, or from {PAGES[name]}"


def read_file(path: Path, expected: str | None) -> tuple[bytes, str]:
    """A file's content and its sha256; `expected` is a hash such as "sha256:…" that it must have, if any.

    Raises
    ------
    InputError
        If it cannot be read or has another hash.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    if expected is not None:
        check_hash(path, content, expected)
    return content, hashlib.sha256(content).hexdigest()


def check_hash(path: Path, content: bytes, expected: str) -> None:
    """Refuse content whose hash is not the published one.

    Raises
    ------
    InputError
        If the hash differs.
    """
    algorithm, wanted = expected.split(":")
    got = hashlib.new(algorithm, content).hexdigest()
    if got != wanted:
        raise InputError(f"{path}: expected the published file, {algorithm} {wanted[:12]}…, got {got[:12]}…")


@contextmanager
def wholly(where: str | Path, kind: str) -> Iterator[None]:
    """Whatever a reader of files raises in this context, which may be anything when a file is damaged, as one sentence.

    Raises
    ------
    InputError
        It says that a `kind` was expected.
    """
    try:
        yield
    except InputError:
        raise
    except UnidentifiedImageError as error:  # its own message has but the address of the bytes
        raise InputError(f"{where}: expected {kind}, got another kind of file or a damaged one") from error
    except Exception as error:
        reason = readable(error) or type(error).__name__
        raise InputError(f"{where}: expected {kind}, got a damaged one ({reason})") from error


def gunzipped(path: Path, content: bytes) -> bytes:
    """The content of a gzip file.

    Raises
    ------
    InputError
        If it is damaged or absurdly large.
    """
    with wholly(path, "a gzip file"), gzip.open(io.BytesIO(content)) as file:
        unpacked = file.read(MEMBER_BYTES + 1)
    if len(unpacked) > MEMBER_BYTES:
        raise InputError(f"{path}: expected at most {MEMBER_BYTES} bytes when unpacked, got more")
    return unpacked


def members(path: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of the files in a zip or tar archive, in its order; nothing is unpacked to disk.

    Raises
    ------
    InputError
        If the archive is damaged, or a member has an unsafe path, is a link or a device, or is absurdly large.
    """
    with wholly(path, "a zip or tar archive"):
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for entry in archive.infolist():
                    _check_member(path, entry.filename, entry.file_size, ordinary=(entry.external_attr >> 28) != 0xA)
                    if not entry.is_dir():
                        yield entry.filename, archive.read(entry)
        else:
            with tarfile.open(fileobj=io.BytesIO(content)) as archive:
                for entry in archive:
                    _check_member(path, entry.name, entry.size, ordinary=entry.isfile() or entry.isdir())
                    if (file := archive.extractfile(entry)) is not None:
                        yield entry.name, file.read()


def _check_member(path: Path, name: str, size: int, ordinary: bool) -> None:
    inside = PureWindowsPath(name)  # knows both kinds of slashes
    if inside.drive or inside.root or ".." in inside.parts:
        raise InputError(f"{path}: expected members inside the archive's own folder, got {name!r}")
    if not ordinary:
        raise InputError(f"{path}: expected ordinary files as members, got {name!r}")
    if size > MEMBER_BYTES:
        raise InputError(f"{path}: expected members below {MEMBER_BYTES} bytes, got {name!r} of {size}")


def read_arrays(path: Path, content: bytes) -> dict[str, NDArray]:
    """The arrays of an `.npz` file.

    Raises
    ------
    InputError
        If it is damaged or holds Python objects.
    """
    with wholly(path, "an .npz file of arrays"), np.load(io.BytesIO(content), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def decoded(where: str | Path, content: bytes, size: int | None = None) -> NDArray[np.uint8]:
    """An image file as (h, w, 3); with a size, its shorter side is resized to it and its centre cut out.

    Raises
    ------
    InputError
        If it is no image, is damaged, or is absurdly large, as it is or at that size.
    """
    with (
        wholly(where, "an image"),
        warnings.catch_warnings(action="ignore"),
        Image.open(io.BytesIO(content)) as opened,
    ):
        _check_pixels(where, opened.width, opened.height)
        image = opened.convert("RGB")
        if size is not None:
            scale = size / min(image.size)
            wide, high = (max(size, round(scale * length)) for length in image.size)
            _check_pixels(where, wide, high)
            left, top = (wide - size) // 2, (high - size) // 2
            image = image.resize((wide, high), Image.Resampling.BILINEAR).crop((left, top, left + size, top + size))
        return np.asarray(image)


def _check_pixels(where: str | Path, wide: int, high: int) -> None:
    if wide * high > PIXELS:
        raise InputError(f"{where}: expected at most {PIXELS} pixels, got {wide} × {high}")
