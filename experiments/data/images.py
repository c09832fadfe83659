"""Labelled images in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import InputError


@dataclass(frozen=True, eq=False)
class Images:
    """Images with their labels, and where they came from.

    Attributes
    ----------
    pixels : (N, h, w) or (N, h, w, 3) array of uint8
        Grey or colour.
    labels : (N,) array of int64
        0 to K − 1.
    name : str
    checksums : dict
        sha256 of each file that was read.
    caveat : str
        In what way they are not the published set; empty when they are. Shown wherever a result is shown.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    name: str
    checksums: dict[str, str]
    caveat: str = ""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, positions: Any) -> Images:
        """The images at these positions.

        Raises
        ------
        InputError
            If there are not as many images.
        """
        try:
            return replace(self, pixels=self.pixels[positions], labels=self.labels[positions])
        except IndexError as error:
            raise InputError(f"positions: expected positions among {len(self)} images ({error})") from error

    def of_classes(self, classes: Sequence[int]) -> Images:
        """The images of some classes, relabelled 0, 1, … in the order given.

        Raises
        ------
        InputError
            If a class has no images or is given twice.
        """
        if not len(classes) or len(set(classes)) < len(classes):
            raise InputError(f"classes: expected different classes, got {list(classes)}")
        if missing := set(classes) - set(self.labels.tolist()):
            raise InputError(f"classes: expected classes of {self.name}, got {min(missing)}")
        position = np.full(int(self.labels.max()) + 1, -1)
        position[list(classes)] = range(len(classes))
        labels = position[self.labels]
        return replace(self, pixels=self.pixels[labels >= 0], labels=labels[labels >= 0])

    def sample(self, n: int, rng: np.random.Generator) -> Images:
        """`n` random images, as even over the classes as their sizes allow; all of them where there are no more.

        Raises
        ------
        InputError
            If n is below 1.
        """
        if n < 1:
            raise InputError(f"images: expected at least 1, got {n}")
        rank = np.empty(len(self))
        for label in np.unique(self.labels):
            mine = np.flatnonzero(self.labels == label)
            rank[mine] = rng.permutation(len(mine)) + rng.random()
        return self.take(np.sort(np.argsort(rank, kind="stable")[:n]))


def balanced_sample(labels: NDArray[np.int64], per_class: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions, ascending, of `per_class` random samples of each class, or of all where there are fewer."""
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:per_class] for label in np.unique(labels)]
    return np.sort(np.concatenate(chosen))
