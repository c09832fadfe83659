"""Street View House Numbers, cropped digits (format 2)."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from scipy.io import loadmat
from scipy.io.matlab import MatReadError

from experiments.data.images import Images
from experiments.data.reading import data_root, decoded, found, read_file
from experiments.data.sources import PUBLISHED
from softmax_geometry.checks import InputError

_MOSAIC = "svhn/svhn_test_first10000.webp"
_MOSAIC_SHA256 = "18ee4a831cc02725c3a0bf996e489d95d6615a6aadec8b0b54b518307749b675"
_LABELS_SHA256 = "f56671d4022f82d6c9d3d8b11b6eecf35009eb09bc53066eb9c05bfa67489187"
_COLUMNS, _TRAIN = 100, 7000


def load_svhn(split: str, root: Path | None) -> Images:
    """Images (N, 32, 32, 3) and labels, the digit itself (the published label 10 becomes 0).

    From the published MATLAB file of the split, or the compact mosaic of the first 10,000 test images. Of those
    the first 7,000 count as training images; the split is contiguous, since neighbours show one house number.

    Raises
    ------
    InputError
        If a file is missing or damaged, or is not the published one.
    """
    published = next(file for file in PUBLISHED["svhn"] if file.name.startswith(split))
    path = found("svhn", data_root(root), f"svhn/{published.name}", published.name, _MOSAIC)
    if path.suffix == ".webp":
        return _from_mosaic(split, path)
    content, sha256 = read_file(path, published.hash)
    try:
        arrays = loadmat(io.BytesIO(content))
        pixels, labels = arrays["X"].transpose(3, 0, 1, 2), arrays["y"].ravel().astype(np.int64) % 10
    except (MatReadError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: expected a MATLAB file of X and y, got a damaged one ({error})") from error
    return Images(np.ascontiguousarray(pixels), labels, "svhn", {path.name: sha256})


def _from_mosaic(split: str, path: Path) -> Images:
    content, sha256 = read_file(path, f"sha256:{_MOSAIC_SHA256}")
    labels_path = path.with_name(f"{path.stem}_labels.npy")
    labels_content, labels_sha256 = read_file(labels_path, f"sha256:{_LABELS_SHA256}")
    mosaic = decoded(path, content)
    tiles = mosaic.reshape(len(mosaic) // 32, 32, _COLUMNS, 32, 3).swapaxes(1, 2).reshape(-1, 32, 32, 3)
    labels = np.load(io.BytesIO(labels_content), allow_pickle=False).astype(np.int64)
    mine = slice(None, _TRAIN) if split == "train" else slice(_TRAIN, None)
    return Images(
        np.ascontiguousarray(tiles[mine]),
        labels[mine],
        "svhn",
        {path.name: sha256, labels_path.name: labels_sha256},
        "10,000 images of SVHN's test set, 7,000 of them taken for training: none of its training set",
    )
