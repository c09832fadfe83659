"""How much images that a network takes for digits are like digits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.bombardment.inputs import SEEN_SIDE, seen
from softmax_geometry.checks import InputError

_AT_A_TIME = 500


@dataclass(frozen=True, eq=False)
class Labelled:
    """Binary images (n, 9, 9) of 0 and 1, and the class that each is taken for or belongs to."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def first_of_each(self, n: int) -> Labelled:
        """The first n of each class, or all where there are fewer."""
        kept = np.concatenate([np.flatnonzero(self.labels == i)[:n] for i in np.unique(self.labels)])
        return Labelled(self.images[kept], self.labels[kept])


def with_the_same_ink(group: Labelled, copies: int, rng: np.random.Generator) -> Labelled:
    """Each image `copies` times, its seen pixels put in random order each time."""
    images = np.repeat(group.images, copies, axis=0)
    shuffled = rng.permuted(seen(images), axis=1)
    images[:, :SEEN_SIDE, :SEEN_SIDE] = shuffled.reshape(-1, SEEN_SIDE, SEEN_SIDE)
    return Labelled(images, np.repeat(group.labels, copies))


def pixels_to_nearest(group: Labelled, digits: Labelled) -> NDArray[np.int64]:
    """Seen pixels in which each image differs from the nearest digit of its class, (n,).

    Raises
    ------
    InputError
        If there is no digit of a class.
    """
    if missing := set(group.labels.tolist()) - set(digits.labels.tolist()):
        raise InputError(f"digits: expected some of every class in the group, got none of class {min(missing)}")
    distances = np.empty(len(group.labels), dtype=np.int64)
    for i in np.unique(group.labels):
        known = seen(digits.images[digits.labels == i]).astype(np.float32)
        mine = np.flatnonzero(group.labels == i)
        for some in np.array_split(mine, math.ceil(len(mine) / _AT_A_TIME)):
            images = seen(group.images[some]).astype(np.float32)
            apart = images.sum(axis=1)[:, None] + known.sum(axis=1) - 2 * images @ known.T
            distances[some] = apart.min(axis=1)
    return distances


def most_typical(digits: Labelled) -> NDArray[np.uint8]:
    """The image of each class that is nearest to the mean of its class."""
    of_each = [digits.images[digits.labels == i] for i in np.unique(digits.labels)]
    return np.stack([of[np.square(of - of.mean(axis=0)).sum(axis=(1, 2)).argmin()] for of in of_each])


def mean_over_classes(values: NDArray, labels: NDArray[np.int64]) -> tuple[float, float | None]:
    """Mean of the classes' means, and its standard error (None when a class has a single value)."""
    by_class = [values[labels == i] for i in np.unique(labels)]
    mean = float(np.mean([of.mean() for of in by_class]))
    if min(map(len, by_class)) < 2:
        return mean, None
    return mean, float(np.sqrt(sum(of.var(ddof=1) / len(of) for of in by_class)) / len(by_class))


def correlations(group: Labelled, digits: Labelled) -> NDArray[np.float64]:
    """Correlation of the mean image of each class in the group with each class's mean digit, over the seen pixels.

    Rows are the classes in the group, columns all classes of the digits. A mean image of one shade has none (NaN).
    """
    means = [
        np.stack([seen(those.images[those.labels == i]).mean(axis=0) for i in np.unique(those.labels)])
        for those in (group, digits)
    ]
    mine, real = (rows - rows.mean(axis=1, keepdims=True) for rows in means)
    norms = np.linalg.norm(mine, axis=1)[:, None] * np.linalg.norm(real, axis=1)
    return np.divide(mine @ real.T, norms, out=np.full(norms.shape, np.nan), where=norms > 0)


def own_and_other(correlation: NDArray[np.float64], labels: NDArray[np.int64]) -> tuple[float, float]:
    """Mean correlation with the own class and with the others, the rows being the classes among `labels`."""
    own = np.unique(labels)[:, None] == np.arange(correlation.shape[1])
    return float(np.nanmean(correlation[own])), float(np.nanmean(correlation[~own]))
