"""CIFAR-10 and CIFAR-100 from their binary archives, and 32×32 images kept as JPEG files end to end."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.data.images import Images
from experiments.data.reading import check_hash, data_root, decoded, found, members, read_arrays, read_file
from experiments.data.sources import PUBLISHED

FOLDERS = {"cifar10": "cifar-10-batches-bin", "cifar100": "cifar-100-binary"}
BATCHES = {  # md5 of the members of each split
    "cifar10": {
        "train": {
            "data_batch_1.bin": "5dd7e06a14cb22eb9f671a540d1b7c25",
            "data_batch_2.bin": "5ea93a67294ea407fff1d09f752e9692",
            "data_batch_3.bin": "942cd6a4bcdd0dd3c604fbe906cb4421",
            "data_batch_4.bin": "ae636b3ba5c66a11e91e8cb52e771fcb",
            "data_batch_5.bin": "53f37980c15c3d472c316c40844f3f0d",
        },
        "test": {"test_batch.bin": "803d5f7f4d78ea53de84dbe85f74fb6d"},
    },
    "cifar100": {
        "train": {"train.bin": "6172c7755cfe09b2fe270c85cebc1b15"},
        "test": {"test.bin": "4499cfba6c016c1be1438163640a0898"},
    },
}
COMPACT = {  # file, sha256, caveat
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


def load_cifar(name: str, split: str, root: Path | None) -> Images:
    """Images (N, 32, 32, 3) and labels of `cifar10`, `cifar100` (fine labels) or `tinyimagenet100_32`.

    The published binary archive is read as it is, or unpacked; failing that, the compact form with JPEG files.

    Raises
    ------
    InputError
        If a file is missing or damaged, or is not the published one.
    """
    root = data_root(root)
    candidates = []
    if name in FOLDERS:
        archive, folder = PUBLISHED[name][0].name, FOLDERS[name]
        candidates += [f"{name}/{archive}", archive, f"{name}/{folder}", folder]
    if name in COMPACT:
        candidates.append(COMPACT[name][0])
    path = found(name, root, *candidates)
    if path.suffix == ".npz":
        return _from_jpeg(name, split, path)
    return _from_binary(name, split, path)


def _from_binary(name: str, split: str, path: Path) -> Images:
    """Records of one label byte (CIFAR-100: coarse, then fine) and 3 × 32 × 32 bytes, red first."""
    batches = BATCHES[name][split]
    if path.is_dir():
        files = {batch: read_file(path / batch, None) for batch in batches}
        contents = {batch: content for batch, (content, _) in files.items()}
        checksums = {batch: sha256 for batch, (_, sha256) in files.items()}
    else:
        content, sha256 = read_file(path, PUBLISHED[name][0].hash)
        contents = {Path(member).name: data for member, data in members(path, content)}
        checksums = {path.name: sha256}
    for batch, md5 in batches.items():
        check_hash(path / batch, contents[batch], f"md5:{md5}")
    label_bytes = 2 if name == "cifar100" else 1
    rows = np.frombuffer(b"".join(contents[batch] for batch in batches), np.uint8)
    rows = rows.reshape(-1, label_bytes + 3 * 32 * 32)
    pixels = rows[:, label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Images(np.ascontiguousarray(pixels), rows[:, label_bytes - 1].astype(np.int64), name, checksums)


@lru_cache(maxsize=4)  # decoding takes seconds
def _from_jpeg(name: str, split: str, path: Path) -> Images:
    _, expected, caveat = COMPACT[name]
    content, sha256 = read_file(path, f"sha256:{expected}")
    arrays = read_arrays(path, content)
    pixels = _decoded_all(path, arrays[f"jpeg_{split}"], arrays[f"offsets_{split}"])
    pixels.setflags(write=False)
    return Images(pixels, arrays[f"y_{split}"].astype(np.int64), name, {path.name: sha256}, caveat)


def _decoded_all(path: Path, jpeg: NDArray, offsets: NDArray) -> NDArray[np.uint8]:
    content = jpeg.tobytes()
    pixels = np.empty((len(offsets) - 1, 32, 32, 3), np.uint8)
    for i, (start, stop) in enumerate(zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)):
        pixels[i] = decoded(path, content[start:stop])
    return pixels
