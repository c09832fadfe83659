"""The five sets of photographs that networks are fine-tuned on, at the size asked for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.io import loadmat

from experiments.data.images import Images
from experiments.data.reading import data_root, decoded, found, members, read_file
from experiments.data.sources import PUBLISHED
from softmax_geometry.checks import InputError

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
_IN_FOLDERS = re.compile(r"(?:.*/)?(train|test|all)/([^/]+)/[^/]+$")


@dataclass(frozen=True)
class _Set:
    """Where a set is found, and how it is split where its authors do not: this many test images."""

    compact: str
    sha256: str
    caveat: str
    test_images: int


_SETS = {
    "satellite": _Set(
        "uc_merced/uc_merced_256.zip",
        "7260514e4a98e242a802c00b21b9374e66c397189812502557cac1ed5cd58c95",
        "UC Merced coded as JPEG",
        250,
    ),
    "cancer": _Set(
        "colorectal_histology/colorectal_histology_100_224.zip",
        "c657cc79d8400f71b59c6c11689ec07cde9b4076cbf10a11d6993433031f74d9",
        "100 of 5,000 tiles, enlarged; 70 for training, 30 for test",
        1000,
    ),
    "pets": _Set(
        "oxford_pets/oxford_pets_370_short256.zip",
        "32ed03eed27a52b631feacd93541138481932cdfc99b67a05959e67d27d09ba1",
        "370 of 7,349 images, 6 for training and 4 for test of each breed",
        1000,
    ),
    "flowers": _Set(
        "oxford_flowers/oxford_flowers89_224.zip",
        "c92fb58a45c09ccb59010d66e20995372c5ee85a8031f557e14ec864679a7c90",
        "89 of 102 classes, 2,492 of 8,189 images",
        1000,
    ),
    "beans": _Set(
        "beans/beans_224.zip",
        "3c26551ed331ff513bcd30c8111d813f7ecd124c78d4b53369430d8967e88cf1",
        "iBean without its validation images, resized",
        128,
    ),
}
_COMPACT_TEST_SHARE = 0.3  # of a compact set without a split
Archive = tuple[Path, bytes]  # path and content
Photograph = tuple[str, str, bytes]  # train, test or all; class; file


def load_photographs(name: str, split: str, root: Path | None, size: int) -> Images:
    """Images (N, size, size, 3): the shorter side resized to `size` and the centre cut out, with labels.

    The published archives are read as they are, or the compact zip, or folders `NAME/train/CLASS/…` and
    `NAME/test/CLASS/…`. Labels number the sorted class names. UC Merced, the histology tiles, Pets and Flowers
    have no split of the paper's sizes; a random one of those sizes is drawn, the same each time.

    Raises
    ------
    InputError
        If a file is missing or damaged, or is not the published one.
    """
    files, checksums, caveat, test_images = _read(name, data_root(root))
    classes = sorted({label for _, label, _ in files})
    labels = np.array([classes.index(label) for _, label, _ in files])
    mine = _positions([which for which, _, _ in files], labels, split, test_images)
    if not len(mine):
        raise InputError(f"data: expected {split} images of {name}, found none")
    pixels = np.stack([decoded(name, files[i][2], size) for i in mine])
    return Images(pixels, labels[mine].astype(np.int64), name, checksums, caveat)


@cache
def _read(name: str, root: Path) -> tuple[list[Photograph], dict[str, str], str, int]:
    """All files of a set with split and class, checksums, caveat, and the size of the test set where one is drawn."""
    known = _SETS[name]
    first = PUBLISHED[name][0].name
    path = found(name, root, f"{name}/{first}", known.compact, f"{name}/train", f"{name}/all")
    if path.name in ("train", "all"):
        return _of_folder(path.parent), {}, "files of your own", known.test_images
    if path == root / known.compact:
        content, sha256 = read_file(path, f"sha256:{known.sha256}")
        files = [(m[1], m[2], data) for member, data in members(path, content) if (m := _IN_FOLDERS.match(member))]
        return files, {path.name: sha256}, known.caveat, round(_COMPACT_TEST_SHARE * len(files))
    checksums, archives = {}, []
    for file in PUBLISHED[name]:
        content, checksums[file.name] = read_file(path.parent / file.name, file.hash)
        archives.append((path.parent / file.name, content))
    return list(_PUBLISHED_FILES[name](*archives)), checksums, "", known.test_images


def _of_folder(folder: Path) -> list[Photograph]:
    paths = sorted(path for path in folder.glob("*/*/*") if path.suffix.lower() in SUFFIXES)
    return [
        (path.parts[-3], path.parts[-2], read_file(path)[0])
        for path in paths
        if path.parts[-3] in ("train", "test", "all")
    ]


def _positions(which: list[str], labels: NDArray, split: str, test_images: int) -> NDArray[np.int64]:
    """Positions of a split: as published, else a fixed random one, even over the classes."""
    if "all" not in which:
        return np.flatnonzero(np.array(which) == split)
    rng, rank = np.random.default_rng(0), np.empty(len(labels))
    for label in np.unique(labels):
        mine = np.flatnonzero(labels == label)
        rank[mine] = (rng.permutation(len(mine)) + rng.random()) / len(mine)
    order = np.argsort(rank, kind="stable")
    return np.sort(order[:test_images] if split == "test" else order[test_images:])


def _class_folders(archive: Archive) -> Iterator[Photograph]:
    """An archive of CLASS/FILE."""
    for member, data in members(*archive):
        path = Path(member)
        if path.suffix.lower() in SUFFIXES:
            yield "all", path.parts[-2], data


def _beans(*archives: Archive) -> Iterator[Photograph]:
    for path, content in archives:
        for _, label, data in _class_folders((path, content)):
            yield path.stem, label, data


def _pets(images: Archive, annotations: Archive) -> Iterator[Photograph]:
    """Breeds by the file names; which images count is in the lists of the annotations."""
    lists = {Path(member).name: data.decode() for member, data in members(*annotations) if member.endswith(".txt")}
    listed = {line.split()[0] for name in ("trainval.txt", "test.txt") for line in lists[name].splitlines() if line}
    for member, data in members(*images):
        path = Path(member)
        if path.suffix == ".jpg" and path.stem in listed:
            yield "all", path.stem.rsplit("_", 1)[0], data


def _flowers(images: Archive, labels: Archive, splits: Archive) -> Iterator[Photograph]:
    """The paper's 2,040 training images are the published training and validation images together."""
    label_of = loadmat(io.BytesIO(labels[1]))["labels"].ravel()
    known = loadmat(io.BytesIO(splits[1]))
    train = {*known["trnid"].ravel().tolist(), *known["valid"].ravel().tolist()}
    for member, data in members(*images):
        if match := re.search(r"image_(\d+)\.jpg$", member):
            number = int(match[1])
            yield "train" if number in train else "test", f"{label_of[number - 1]:03d}", data


_PUBLISHED_FILES = {
    "satellite": _class_folders,
    "cancer": _class_folders,
    "pets": _pets,
    "flowers": _flowers,
    "beans": _beans,
}
