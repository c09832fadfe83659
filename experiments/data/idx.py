"""MNIST and Fashion-MNIST from their four IDX files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.data.images import Images
from experiments.data.reading import check_hash, data_root, found, gunzipped, read_file, wholly
from softmax_geometry.checks import InputError

# sha256 of the uncompressed files, so that a plain and a recompressed copy are both recognised
CHECKSUMS = {
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
FOLDERS = {"mnist": ("mnist", "MNIST/raw"), "fashion_mnist": ("fashion_mnist", "FashionMNIST/raw")}
DEBIAN_FASHION = Path("/usr/share/datasets/fashion-mnist")  # of Debian's package dataset-fashion-mnist


def load_idx(name: str, split: str, root: Path | None) -> Images:
    """Images (N, 28, 28) and labels of `mnist` or `fashion_mnist`, from files that are compressed or not.

    Fashion-MNIST is also found where Debian's package dataset-fashion-mnist puts it.

    Raises
    ------
    InputError
        If a file is missing or damaged, or is not the published one.
    """
    if name == "fashion_mnist" and DEBIAN_FASHION.is_dir() and not _is_below(root, name):
        folder = DEBIAN_FASHION
    else:
        folder = found(name, data_root(root), *FOLDERS[name])
    stem = "train" if split == "train" else "t10k"
    checksums = {file: sha256 for file, sha256 in CHECKSUMS[name].items() if file.startswith(stem)}
    pixels, labels = (_read_idx(folder, file, checksums[file]) for file in sorted(checksums))
    return Images(pixels, labels.astype(np.int64), name, checksums)


def _is_below(root: Path | None, name: str) -> bool:
    try:
        return any((data_root(root) / folder).is_dir() for folder in FOLDERS[name])
    except InputError:
        return False


def _read_idx(folder: Path, name: str, sha256: str) -> NDArray[np.uint8]:
    """An array in IDX format: two zeros, the type (8: bytes), the rank, the big-endian shape, the entries."""
    path = next((folder / file for file in (name, f"{name}.gz") if (folder / file).is_file()), None)
    if path is None:
        raise InputError(f"data: expected {name} or {name}.gz in {folder}, found neither")
    content, _ = read_file(path, None)
    if path.suffix == ".gz":
        content = gunzipped(path, content)
    check_hash(path, content, f"sha256:{sha256}")
    with wholly(path, "an IDX file"):
        rank = content[3]
        shape = np.frombuffer(content, dtype=">u4", count=rank, offset=4)
        return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * rank).reshape(shape)
