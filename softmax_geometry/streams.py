"""Features larger than memory: blocks that come one after another, from shards on disk or from any iterable."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from softmax_geometry.checks import InputError
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.tensor_files import open_tensors, read_npy

Result = TypeVar("Result")

_BLOCK = 1 << 24  # entries of a block of rows: 64 MB of float32


class FeatureStream:
    """Features z that are never in memory together: blocks of rows, with class labels where they are known.

    `valid_region`, `fit_density`, `ClassGaussians.from_features` and `diagnose` take it in the place of `Features`.
    They look at one block after another and keep a score a point, or sums over classes. The numbers are those of the
    same features in memory up to rounding, and do not depend on who does the work.

    Parameters
    ----------
    blocks : iterable
        Of `Features`, arrays z (n, H), or pairs (z, labels). It is gone through several times: a list, a torch
        DataLoader, or an object of yours with `__iter__`, but no generator.
    map : callable, optional
        `map(function, blocks)` gives function(block) for each block, in order, as the builtin does. That of a
        `ProcessPoolExecutor` shares the work out; that of a Dask client gives futures, which must be gathered.

    Raises
    ------
    InputError
        If `blocks` is no iterable, can be gone through only once, or is empty, or the first block is bad; for another
        block when it is read. The message names the block.

    Examples
    --------
    >>> z = np.arange(12.0).reshape(6, 2)
    >>> stream = FeatureStream([(z[:4], [0, 0, 1, 1]), (z[4:], [0, 1])])
    >>> stream
    FeatureStream(H=2, labelled)
    >>> ClassGaussians.from_features(stream).means.round(2)
    array([[3.33, 4.33],
           [6.67, 7.67]])
    """

    def __init__(self, blocks: Iterable[Any], map: Callable[..., Iterable[Any]] = map) -> None:
        kind = type(blocks).__name__
        if not hasattr(type(blocks), "__iter__") and not hasattr(type(blocks), "__getitem__"):
            raise InputError(f"blocks: expected an iterable of blocks, such as a list, got a {kind}")
        if iter(blocks) is blocks:
            raise InputError(f"blocks: expected an iterable that starts anew each time, such as a list, got a {kind}")
        self._blocks, self._map = blocks, map
        first = next(self._numbered(), None)
        if first is None:
            raise InputError("blocks: expected at least one, got none")
        features = _read(first)
        self.H, self.labelled = features.H, features.labelled

    def __repr__(self) -> str:
        return f"FeatureStream(H={self.H}{', labelled' if self.labelled else ''})"

    @classmethod
    def load(cls, folder: str | Path, map: Callable[..., Iterable[Any]] = map) -> FeatureStream:
        """The shards of a folder: features in `z*.npy`, labels, if known, in `labels*.npy` of the same ending.

        Numbers in names count as numbers: `z-9.npy` comes before `z-10.npy`. At most 64 MB of float32 features are read
        at a time, so a shard may have any length. Every shape and dtype is checked now, and entries when they are read.

        Raises
        ------
        InputError
            If the folder cannot be read or holds no shard, a shard holds pickled objects or differs from the first in
            width or dtype, or labels are missing or of another length; the message names the shard.
        """
        return cls(_rows_of_shards(Path(folder)), map)

    def map(self, function: Callable[[Features], Result]) -> Iterator[Result]:
        """function(features) of each block, in order.

        Raises
        ------
        InputError
            If a block is bad, or the function refuses it; the message names the block.
        """
        yield from self._map(partial(_apply, function, self.H, self.labelled), self._numbered())

    def _numbered(self) -> Iterator[_Block]:
        for n, block in enumerate(self._blocks):
            yield block if isinstance(block, _Rows) else _Given(n, block)


class _Given(NamedTuple):
    """A block that the user's iterable gave."""

    number: int
    block: Any

    def __str__(self) -> str:
        return f"block {self.number}"

    def read(self) -> Features:
        if isinstance(self.block, Features):
            return self.block
        if not isinstance(self.block, (tuple, list)):
            return Features(self.block)
        if len(self.block) not in (1, 2):
            raise InputError(f"expected features z, or z and labels, got {len(self.block)} arrays")
        return Features(*self.block)


class _Rows(NamedTuple):
    """Rows start..stop−1 of a shard."""

    z: Path
    labels: Path | None
    start: int
    stop: int

    def __str__(self) -> str:
        return f"{self.z}, rows from {self.start}"

    def read(self) -> Features:
        rows = slice(self.start, self.stop)
        z = np.array(read_npy(self.z, mapped=True)[rows])  # a copy, so that the pages of the file do not stay in memory
        return Features(z, None if self.labels is None else read_npy(self.labels, mapped=True)[rows])


_Block = _Given | _Rows


def load_features(path: str | Path) -> Features | FeatureStream:
    """The features in a file, or a stream of the shards in a folder.

    Raises
    ------
    InputError
        As `Features.load` and `FeatureStream.load`.
    """
    return FeatureStream.load(path) if os.path.isdir(path) else Features.load(path)


def load_population(path: str | Path) -> Features | FeatureStream | ClassGaussians:
    """Class Gaussians where a file holds `means`, otherwise features, as `load_features`.

    Raises
    ------
    InputError
        If the file cannot be read or holds neither.
    """
    path = Path(path)
    if (
        path.suffix in (".npz", ".safetensors")
        and os.path.isfile(path)
        and "means" in open_tensors(path, (path.suffix,))
    ):
        return ClassGaussians.load(path)
    return load_features(path)


def _read(block: _Block) -> Features:
    try:
        return block.read()
    except InputError as error:
        raise InputError(f"{block}: {error}") from error


def _apply(function: Callable[[Features], Result], H: int, labelled: bool, block: _Block) -> Result:
    features = _read(block)
    if features.H != H:
        raise InputError(f"{block}: expected {H} features, as in the first block, got {features.H}")
    if features.labelled != labelled:
        raise InputError(f"{block}: expected {'labels' if labelled else 'no labels'}, as in the first block")
    try:
        return function(features)
    except InputError as error:
        raise InputError(f"{block}: {error}") from error


def _rows_of_shards(folder: Path) -> list[_Rows]:
    """Blocks of rows of all shards, whose headers agree."""
    try:
        names = {path.name for path in folder.iterdir() if path.suffix == ".npy"}
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror})") from error
    shards = sorted((name for name in names if name.startswith("z")), key=lambda name: (_natural(name), name))
    if not shards:
        raise InputError(f"{folder}: expected shards named z*.npy, and labels*.npy if there are labels, got none")
    labelled = any(name.startswith("labels") for name in names)
    if extra := sorted(names - set(shards) - {_labels_of(name) for name in shards}):
        raise InputError(f"{folder}: expected only z*.npy, and a labels*.npy for each, got {extra[0]}")
    H = dtype = None
    blocks = []
    for name in shards:
        path = folder / name
        z = read_npy(path, mapped=True)
        if z.ndim != 2:
            raise InputError(f"{path}: expected an array of rank 2, got shape {z.shape}")
        if (z.shape[1], z.dtype) != (H or z.shape[1], dtype or z.dtype):
            got = f"got H={z.shape[1]}, {z.dtype}"
            raise InputError(f"{path}: expected H={H}, {dtype}, as in {shards[0]}, {got}")
        H, dtype = z.shape[1], z.dtype
        labels = folder / _labels_of(name) if labelled else None
        if labels is not None and (got := read_npy(labels, mapped=True).shape) != z.shape[:1]:
            raise InputError(f"{labels}: expected {len(z)} labels, one for each row of {name}, got shape {got}")
        step = max(1, _BLOCK // max(1, H))
        blocks += [_Rows(path, labels, start, min(start + step, len(z))) for start in range(0, len(z), step)]
    return blocks


def _labels_of(shard: str) -> str:
    return "labels" + shard.removeprefix("z")


def _natural(name: str) -> list[Any]:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]
