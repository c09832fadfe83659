"""The five sets of photographs that networks are fine-tuned on, at the size asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.data.images import Images
from experiments.data.photograph_files import PARTS, PUBLISHED_FILES, Photograph, of_folders, split_folders
from experiments.data.reading import data_root, decoded, found, read_file
from experiments.data.sources import PUBLISHED
from softmax_geometry.checks import InputError

_TEST_SHARE = 0.3  # of images in no split, where the paper names no sizes for them


@dataclass(frozen=True)
class PhotographSet:
    """The compact form of a set, what is to be said of it, and the paper's numbers of training and test images."""

    compact: str
    sha256: str
    caveat: str
    train_images: int
    test_images: int


SETS = {
    "satellite": PhotographSet(
        "uc_merced/uc_merced_256.zip",
        "7260514e4a98e242a802c00b21b9374e66c397189812502557cac1ed5cd58c95",
        "UC Merced coded as JPEG",
        1600,
        250,
    ),
    "cancer": PhotographSet(
        "colorectal_histology/colorectal_histology_100_224.zip",
        "c657cc79d8400f71b59c6c11689ec07cde9b4076cbf10a11d6993433031f74d9",
        "100 of 5,000 tiles, enlarged; 70 for training, 30 for test",
        4000,
        1000,
    ),
    "pets": PhotographSet(
        "oxford_pets/oxford_pets_370_short256.zip",
        "32ed03eed27a52b631feacd93541138481932cdfc99b67a05959e67d27d09ba1",
        "370 of 7,349 images, 6 for training and 4 for test of each breed",
        3680,
        1000,
    ),
    "flowers": PhotographSet(
        "oxford_flowers/oxford_flowers89_224.zip",
        "c92fb58a45c09ccb59010d66e20995372c5ee85a8031f557e14ec864679a7c90",
        "89 of 102 classes, 2,492 of 8,189 images",
        2040,
        1000,
    ),
    "beans": PhotographSet(
        "beans/beans_224.zip",
        "3c26551ed331ff513bcd30c8111d813f7ecd124c78d4b53369430d8967e88cf1",
        "iBean without its validation images, resized",
        534,
        500,
    ),
}
_ELSEWHERE = {"pets": "oxford-iiit-pet", "flowers": "flowers-102"}  # torchvision's folders


def load_photographs(name: str, split: str, root: Path | None, size: int) -> Images:
    """Images (N, size, size, 3): the shorter side resized to `size` and the centre cut out, with labels.

    Read from the published archives as they are, or from the compact zip, or from folders of your own,
    `NAME/train/CLASS/…` and `NAME/test/CLASS/…` or `NAME/all/CLASS/…`. Labels number the sorted class names.

    From the published archives the paper's numbers of images (table 3) are drawn at random, even over the classes and
    the same each time. Which images the paper took it does not say; ours come from the published training and test
    images of Pets and Flowers (for Flowers, the validation images count as training images), from all of Satellite
    and Cancer, and for Beans both from the published training images, whose number is the sum of the paper's two.

    Raises
    ------
    InputError
        If a file is missing or damaged, or is not the published one.
    """
    files, checksums, caveat, sizes = _read(name, data_root(root))
    classes = {label: i for i, label in enumerate(sorted({file.label for file in files}))}
    labels = np.array([classes[file.label] for file in files], dtype=np.int64)
    mine = _positions(np.array([file.part for file in files]), labels, split, sizes)
    if not len(mine):
        raise InputError(f"data: expected {split} images of {name}, found none")
    pixels = np.stack([decoded(files[i].where, files[i].content, size) for i in mine])
    return Images(pixels, labels[mine], name, checksums, caveat)


Sizes = tuple[int, int] | None  # numbers of training and test images to draw; None takes them as they are


@lru_cache(maxsize=2)  # training and test images come from the same files
def _read(name: str, root: Path) -> tuple[list[Photograph], dict[str, str], str, Sizes]:
    """All files of a set, checksums, caveat, and how many are drawn from them."""
    known = SETS[name]
    first = PUBLISHED[name][0].name
    folders = [name, _ELSEWHERE.get(name, name)]
    published = [f"{folder}/{first}" for folder in dict.fromkeys(folders)]
    path = found(name, root, *published, known.compact, *(f"{name}/{part}" for part in PARTS))
    if path.is_dir():
        files = list(of_folders(path.parent))
        digest = hashlib.sha256(b"".join(hashlib.sha256(file.content).digest() for file in files)).hexdigest()
        return files, {f"{path.parent.name} (sha256 of the files' sha256)": digest}, "files of your own", None
    if path == root / known.compact:
        content, sha256 = read_file(path, f"sha256:{known.sha256}")
        return list(split_folders((path, content))), {path.name: sha256}, known.caveat, None
    checksums, archives = {}, []
    for file in PUBLISHED[name]:
        content, checksums[file.name] = read_file(path.parent / file.name, file.hash)
        archives.append((path.parent / file.name, content))
    files = list(PUBLISHED_FILES[name](*archives))
    return files, checksums, "", (known.train_images, known.test_images)


def _positions(parts: NDArray, labels: NDArray[np.int64], split: str, sizes: Sizes) -> NDArray[np.int64]:
    """Positions, ascending, of a split: as published, or drawn at random and even over the classes."""
    undivided = bool((parts == "all").all())
    pool = np.flatnonzero(parts == ("all" if undivided else split))
    if sizes is None:
        if not undivided:
            return pool
        sizes = len(pool), round(_TEST_SHARE * len(pool))
    rng, rank = np.random.default_rng(0), np.empty(len(pool))
    for label in np.unique(labels[pool]):
        mine = np.flatnonzero(labels[pool] == label)
        rank[mine] = (rng.permutation(len(mine)) + rng.random()) / len(mine)
    order = pool[np.argsort(rank, kind="stable")]
    train_images, test_images = sizes
    if split == "test":
        return np.sort(order[:test_images])
    return np.sort(order[test_images:][:train_images] if undivided else order[:train_images])
