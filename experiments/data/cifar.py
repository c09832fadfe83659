"""CIFAR-10 and CIFAR-100 from their binary archives, and 32×32 images kept as JPEG files end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.data.images import Images
from experiments.data.reading import data_root, decoded, found, members, read_arrays, read_file
from experiments.data.sources import PUBLISHED
from softmax_geometry.checks import InputError

_TRAIN_BATCHES = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
_BINARY = {  # name: the archive's folder, bytes of labels before each image, members of each split
    "cifar10": ("cifar-10-batches-bin", 1, {"train": _TRAIN_BATCHES, "test": ("test_batch.bin",)}),
    "cifar100": ("cifar-100-binary", 2, {"train": ("train.bin",), "test": ("test.bin",)}),
}
_JPEG = {  # name: file, sha256, caveat
    "cifar10": (
        "cifar10/cifar10_jpeg.npz",
        "95628f974574f915ceb653d76ebeb349f6ae3d5049f6ec7531a00ebcb9e04115",
        "CIFAR-10 coded as JPEG (quality 75)",
    ),
    "tinyimagenet100_32": (
        "tinyimagenet100_32/tinyimagenet100_32_jpeg.npz",
        "b7f06d82bf94de338986ed7ffb29482a8ca9c5376c92e4df21b2ac09dbaadd5a",
        "100 classes of Tiny ImageNet at 32×32, coded as JPEG (quality 75): a stand-in, not CIFAR-100",
    ),
}
_BYTES = 3 * 32 * 32


def load_cifar(name: str, split: str, root: Path | None) -> Images:
    """Images (N, 32, 32, 3) and labels of `cifar10`, `cifar100` (fine labels) or `tinyimagenet100_32`.

    The published archive is read as it is, or unpacked; failing that, the compact form with JPEG files.

    Raises
    ------
    InputError
        If a file is missing or damaged, or is not the published one.
    """
    root = data_root(root)
    candidates = []
    if name in _BINARY:
        folder, archive = _BINARY[name][0], PUBLISHED[name][0].name
        candidates += [f"{name}/{archive}", archive, f"{name}/{folder}", folder]
    if name in _JPEG:
        candidates.append(_JPEG[name][0])
    path = found(name, root, *candidates)
    if path.suffix == ".npz":
        return _from_jpeg(name, split, path)
    return _from_binary(name, split, path)


def _from_binary(name: str, split: str, path: Path) -> Images:
    _, label_bytes, names = _BINARY[name]
    batches: dict[str, bytes] = {}
    if path.is_dir():
        checksums = {}
        for member in names[split]:
            batches[member], checksums[member] = read_file(path / member)
    else:
        content, sha256 = read_file(path, PUBLISHED[name][0].hash)
        checksums = {path.name: sha256}
        batches = {base: data for member, data in members(path, content) if (base := Path(member).name) in names[split]}
    missing = set(names[split]) - set(batches)
    if missing:
        raise InputError(f"{path}: expected a member {min(missing)}, got none")
    record = label_bytes + _BYTES
    if any(not batches[member] or len(batches[member]) % record for member in names[split]):
        raise InputError(f"{path}: expected records of {record} bytes, got a file of another length")
    rows = np.concatenate([np.frombuffer(batches[member], np.uint8).reshape(-1, record) for member in names[split]])
    pixels = rows[:, label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Images(np.ascontiguousarray(pixels), rows[:, label_bytes - 1].astype(np.int64), name, checksums)


def _from_jpeg(name: str, split: str, path: Path) -> Images:
    _, expected, caveat = _JPEG[name]
    content, sha256 = read_file(path, f"sha256:{expected}")
    arrays = read_arrays(path, content)
    pixels = _decoded_all(path, arrays[f"jpeg_{split}"], arrays[f"offsets_{split}"])
    return Images(pixels, arrays[f"y_{split}"].astype(np.int64), name, {path.name: sha256}, caveat)


def _decoded_all(path: Path, jpeg: NDArray, offsets: NDArray) -> NDArray[np.uint8]:
    content = jpeg.tobytes()
    pixels = np.empty((len(offsets) - 1, 32, 32, 3), np.uint8)
    for i, (start, stop) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        pixels[i] = decoded(path, content[start:stop])
    return pixels
