"""The readers of data sets: archives, IDX files, pictures in folders, and the published files."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import os
import zipfile
from collections.abc import Callable, Collection
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from experiments.data import cifar, idx, photographs, reading
from reliability.fuzzing.archives import tar, zip_of
from reliability.fuzzing.mutation import member_mutated, mutated, noise
from reliability.fuzzing.published import idx_files, pictures, published
from reliability.fuzzing.target import Target
from reliability.fuzzing.workers import Case
from softmax_geometry.checks import InputError

os.environ.pop(reading.DATA_VARIABLE, None)

HERE = Path()
PUBLISHED_INPUTS = {
    "CIFAR binary": 1500,
    "CIFAR as JPEG": 1500,
    "SVHN .mat": 2000,
    "SVHN mosaic": 600,
    "pets": 1000,
    "flowers": 1000,
}


def targets() -> list[Target]:
    """All readers of data sets."""
    return [
        Target("IDX", _idx, 8000),
        Target("zip and tar", _archive, 8000),
        Target("JPEG folders", _folders, 2000),
        *(Target(name, functools.partial(_published, name), n) for name, n in PUBLISHED_INPUTS.items()),
    ]


def _idx(number: int) -> Case:
    rng, files = Random(f"IDX {number}"), dict(idx_files())
    chosen, valid = rng.choice(list(files)), list(files.values())
    inner = mutated(files[chosen], valid, rng) if rng.random() < 0.9 else noise(valid, rng)
    if rng.random() < 0.6:
        del files[chosen]
        packed = gzip.compress(inner, 1, mtime=0)
        files[f"{chosen}.gz"] = mutated(packed, [packed], rng) if rng.random() < 0.5 else packed
    else:
        files[chosen] = inner
    return Case(files, functools.partial(_load, None, idx.load_idx, "mnist", "test", HERE))


def _archive(number: int) -> Case:
    rng, members = Random(f"zip and tar {number}"), {"a/b.txt": b"text", "a/c.bin": bytes(1000), "ω.jpg": b"x" * 50}
    return Case({}, functools.partial(read_members, _archive_mutated(members, rng)))


def _folders(number: int) -> Case:
    rng, files = Random(f"JPEG folders {number}"), {}
    for folder in ("train/a", "train/b", "test/a", "test/b"):
        suffix = rng.choice(list(pictures()))
        content = pictures()[suffix]
        if rng.random() < 0.4:
            content = mutated(content, list(pictures().values()), rng)
        files[f"beans/{folder}/x{suffix}"] = content
    size = rng.choice((1, 8, 32))
    return Case(files, functools.partial(_load, None, photographs.load_photographs, "beans", "train", HERE, size))


def _published(name: str, number: int) -> Case:
    rng = Random(f"{name} {number}")
    files, load, arguments = published()[name]
    known = frozenset(files.values())
    if rng.random() < 0.95:
        chosen = rng.choice(list(files))
        mutant = mutated(files[chosen], list(files.values()), rng)
        files = files | {chosen: member_mutated(mutant, rng) if _is_zip(mutant) else mutant}
    return Case(files, functools.partial(_load, known, load, *arguments))


def _load(known: Collection[bytes] | None, load: Callable[..., Any], *arguments: Any) -> None:
    """Load with these contents as the published ones; with None, everything passes for published."""
    photographs._read.cache_clear()
    cifar._from_jpeg.cache_clear()

    def check(path: Path, content: bytes, expected: str) -> None:
        if known is not None and content not in known:
            raise InputError(f"{path}: expected the published file, got another")

    with contextlib.ExitStack() as stack:
        for module in (reading, idx, cifar):
            stack.enter_context(mock.patch.object(module, "check_hash", check))
        load(*arguments)


def read_members(content: bytes) -> None:
    """Read all members of an archive."""
    for _ in reading.members(Path("x"), content):
        pass


def _archive_mutated(members: dict[str, bytes], rng: Random) -> bytes:
    """A zip or a tar, plain or compressed, mutated within the compression or as a whole."""
    kind = rng.choice(("zip", "tar", "tar.gz", "tar.xz", "tar.bz2"))
    if kind == "zip":
        content = zip_of(members)
        return member_mutated(content, rng) if rng.random() < 0.2 else mutated(content, [content], rng)
    if kind == "tar.gz" and rng.random() < 0.7:
        content = tar(members)
        return gzip.compress(mutated(content, [content], rng), 1, mtime=0)
    content = tar(members, {"tar": "w", "tar.gz": "w:gz", "tar.xz": "w:xz", "tar.bz2": "w:bz2"}[kind])
    return mutated(content, [content], rng)


def _is_zip(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.testzip() is None and bool(archive.namelist())
    except Exception:
        return False
