"""The data sets of the experiments, read from local files whose checksums are known."""

from __future__ import annotations

from pathlib import Path

from experiments.data.cifar import load_cifar
from experiments.data.fetch import fetch
from experiments.data.idx import load_idx
from experiments.data.images import Images, balanced_sample
from experiments.data.packaged import load_packaged
from experiments.data.photographs import load_photographs
from experiments.data.reading import DATA_VARIABLE
from experiments.data.sources import LICENCES, title_of
from experiments.data.svhn import load_svhn
from experiments.data.transforms import as_binary9, as_rgb32, jpeg_coded
from softmax_geometry.checks import InputError

__all__ = [
    "DATA_VARIABLE",
    "LICENCES",
    "NAMES",
    "Images",
    "as_binary9",
    "as_rgb32",
    "balanced_sample",
    "fetch",
    "jpeg_coded",
    "load_images",
    "title_of",
]

SPLITS = ("train", "test")
_GREY = ("mnist", "fashion_mnist")
_COLOUR = ("cifar10", "cifar100", "tinyimagenet100_32")
_PHOTOGRAPHS = ("satellite", "cancer", "pets", "flowers", "beans")
_PACKAGED = ("mnist5000", "digits")
NAMES = (*_GREY, "svhn", *_COLOUR, *_PHOTOGRAPHS, *_PACKAGED)


def load_images(name: str, split: str, root: Path | None = None, size: int | None = None) -> Images:
    """The training or test images of a data set.

    `mnist`, `fashion_mnist` (28×28, grey), `svhn`, `cifar10`, `cifar100` (32×32, colour); `tinyimagenet100_32`,
    a stand-in for CIFAR-100; `satellite` (UC Merced), `cancer` (colorectal histology), `pets`, `flowers` and
    `beans`, at the `size` asked for; `mnist5000` and `digits`, which come with packages.

    Parameters
    ----------
    name, split : str
        The data set, and "train" or "test".
    root : path, optional
        The folder that holds the data sets, `$SOFTMAX_GEOMETRY_DATA` when left out.
    size : int, optional
        Pixels of the sides of photographs; for them only.

    Raises
    ------
    InputError
        If the name or the split is unknown, a file is missing or damaged, or is not the published one.
    """
    if split not in SPLITS:
        raise InputError(f"split: expected {' or '.join(SPLITS)}, got {split!r}")
    if name not in NAMES:
        raise InputError(f"data: expected {', '.join(NAMES)}, got {name!r}")
    if name in _PHOTOGRAPHS:
        if size is None or size < 1:
            raise InputError(f"size: expected at least 1 pixel for {name}, got {size}")
        return load_photographs(name, split, root, size)
    if size is not None:
        raise InputError(f"size: expected none for {name}, which has one size, got {size}")
    if name in _GREY:
        return load_idx(name, split, root)
    if name == "svhn":
        return load_svhn(split, root)
    if name in _COLOUR:
        return load_cifar(name, split, root)
    return load_packaged(name, split)
