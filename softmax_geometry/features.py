"""Final-layer features of a data set, and the class Gaussians that summarise them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial, reduce
from operator import iadd
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError, as_floats, as_labels, as_symmetric
from softmax_geometry.moments import ClassMoments

Result = TypeVar("Result")

LARGEST_GAUSSIANS = 1 << 30
"""Up to this many entries K·H² covariances are computed only to be shown beside other numbers: 8 GB."""


class FeatureSource(Protocol):
    """What `Features` in memory and a `FeatureStream` share: all that a function of either needs."""

    @property
    def H(self) -> int:
        """Number of features."""
        ...

    @property
    def labelled(self) -> bool:
        """Whether there are class labels."""
        ...

    def map(self, function: Callable[[Features], Result]) -> Iterable[Result]:
        """function(block) of each block of rows, in order."""
        ...


@dataclass(frozen=True, eq=False, repr=False)
class Features:
    """Features z (N, H) of N inputs, with class labels (N,) where they are known.

    Raises
    ------
    InputError
        If z is not a finite non-empty (N, H) array, or labels are not N whole numbers ≥ 0.

    Examples
    --------
    >>> Features([[0.0, 1.0], [2.0, 3.0]], labels=[0, 1])
    Features(N=2, H=2, labelled)
    """

    z: Array
    labels: NDArray[np.int64] | None

    def __init__(self, z: Any, labels: Any = None) -> None:
        z = as_floats("z", z, ndim=2)
        if labels is not None:
            labels = as_labels("labels", labels, len(z), K=np.iinfo(np.int64).max)
        object.__setattr__(self, "z", z)
        object.__setattr__(self, "labels", labels)

    def __len__(self) -> int:
        return len(self.z)

    def __repr__(self) -> str:
        return f"Features(N={len(self)}, H={self.H}{', labelled' if self.labelled else ''})"

    @property
    def H(self) -> int:
        """Number of features."""
        return self.z.shape[1]

    @property
    def labelled(self) -> bool:
        """Whether there are class labels."""
        return self.labels is not None

    def map(self, function: Callable[[Features], Result]) -> Iterable[Result]:
        """function(self): features in memory are one block."""
        return [function(self)]

    @classmethod
    def load(cls, path: str | Path) -> Features:
        """Read features from `.npz` (arrays `z` and, if known, `labels`), `.npy` (z alone) or `.safetensors`.

        Raises
        ------
        InputError
            If the file cannot be read or holds pickled objects.
        """
        from softmax_geometry.reading import read_feature_arrays

        return cls(*read_feature_arrays(Path(path)))


@dataclass(frozen=True, eq=False, repr=False)
class ClassGaussians:
    """One Gaussian N(μ_i, Σ_i) with prior π_i for each class: a model of in-distribution features.

    Parameters
    ----------
    means : (K, H) array
    covariances : (K, H, H) array
        Symmetric and positive semi-definite; a singular covariance is allowed, since the softmax sees only
        its projection on the logits (a density does need full rank, and says so).
    priors : (K,) array, optional
        Positive, summing to one; equal when left out.

    Raises
    ------
    InputError
        If shapes disagree, a covariance is not symmetric positive semi-definite, or priors are not a distribution.

    Examples
    --------
    >>> ClassGaussians([[2.0], [-2.0]], [[[1.0]], [[1.0]]])
    ClassGaussians(K=2, H=1)
    """

    means: Array
    covariances: Array
    priors: Array

    def __init__(self, means: Any, covariances: Any, priors: Any = None) -> None:
        means = as_floats("means", means, ndim=2).astype(np.float64)
        K, H = means.shape
        covariances = as_symmetric("covariances", covariances, K, H)
        scale = np.abs(covariances).max(axis=(1, 2), keepdims=True)
        smallest = np.linalg.eigvalsh(covariances).min(axis=1)
        if (smallest < -1e-8 * scale.ravel()).any():
            i = int(smallest.argmin())
            raise InputError(
                f"covariances: expected positive semi-definite matrices, class {i} has eigenvalue {smallest[i]:.3g}"
            )
        priors = np.full(K, 1 / K) if priors is None else as_floats("priors", priors, ndim=1).astype(np.float64)
        if priors.shape != (K,) or (priors <= 0).any() or abs(priors.sum() - 1) > 1e-9:
            raise InputError(f"priors: expected {K} positive numbers that sum to 1, got {priors.tolist()}")
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "covariances", covariances)
        object.__setattr__(self, "priors", priors)

    @property
    def K(self) -> int:
        """Number of classes."""
        return self.means.shape[0]

    @property
    def H(self) -> int:
        """Number of features."""
        return self.means.shape[1]

    def __repr__(self) -> str:
        return f"ClassGaussians(K={self.K}, H={self.H})"

    @classmethod
    def from_features(cls, features: FeatureSource, K: int | None = None) -> ClassGaussians:
        """Sample mean, covariance (denominator n−1) and frequency of each class.

        Accuracy: variances (4√n + 4r) eps + n (r eps)², relative, with n points in the class and r = |mean|/std.

        Raises
        ------
        InputError
            If labels are absent or outside 0..K−1, or a class has fewer than two samples.
        """
        return cls.from_moments(class_moments(features, K))

    @classmethod
    def from_moments(cls, moments: ClassMoments) -> ClassGaussians:
        """Sample mean, covariance (denominator n−1) and frequency of each class, from sums over batches.

        Accuracy: variances (4√n + 4r) eps + n (r eps)², relative, with n points in the class and r = |mean|/std.

        Raises
        ------
        InputError
            If a class has fewer than two samples.

        Examples
        --------
        >>> moments = ClassMoments(K=1, H=1)
        >>> for batch in ([[0.0], [1.0]], [[2.0], [3.0]]):
        ...     moments.add(batch, labels=[0, 0])
        >>> ClassGaussians.from_moments(moments).covariances.round(3)
        array([[[1.667]]])
        """
        counts = moments.counts
        if (counts < 2).any():
            i = int(counts.argmin())
            raise InputError(f"features: expected at least 2 samples of every class, got {counts[i]} of class {i}")
        return cls(moments.means, moments.scatters / (counts - 1)[:, None, None], counts / counts.sum())

    @classmethod
    def load(cls, path: str | Path) -> ClassGaussians:
        """Read class Gaussians from `.npz` or `.safetensors` with `means`, `covariances` and, if unequal, `priors`.

        Raises
        ------
        InputError
            If the file cannot be read, holds pickled objects, or lacks an array.
        """
        from softmax_geometry.tensor_files import listing, open_tensors

        stored = open_tensors(Path(path), (".npz", ".safetensors"))
        if not {"means", "covariances"} <= stored.keys():
            raise InputError(f"{path}: expected arrays means and covariances, got {listing(stored)}")
        return cls(*(stored[name].read() for name in ("means", "covariances", "priors") if name in stored))

    def sample(self, n: int, rng: np.random.Generator | int | None = None) -> Features:
        """Draw n labelled points; `rng` is a numpy Generator or a seed."""
        rng = np.random.default_rng(rng)
        labels = rng.choice(self.K, size=n, p=self.priors)
        z = rng.standard_normal((n, self.H))
        for i in range(self.K):
            mine = labels == i
            z[mine] = z[mine] @ _square_root(self.covariances[i]) + self.means[i]
        return Features(z, labels)


def class_moments(features: FeatureSource, K: int | None = None) -> ClassMoments:
    """Counts, means and scatter matrices of K classes; without K, as many as the labels name.

    A stream is gone through once, and once more to find K.

    Raises
    ------
    InputError
        If labels are absent or outside 0..K−1, or K is not given and exceeds the number of samples.

    Examples
    --------
    >>> class_moments(Features([[0.0], [1.0], [5.0]], labels=[0, 0, 1])).counts
    array([2, 1])
    """
    if not features.labelled:
        raise InputError("features: expected class labels, got none")
    if K is None:
        sizes = np.array(list(features.map(_size_and_classes)))
        n, K = int(sizes[:, 0].sum()), int(sizes[:, 1].max())
        if n < K:
            raise InputError(f"features: expected at least 2 samples of every class, got {n} for {K} classes")
    return reduce(iadd, features.map(partial(_moments, K)))


def class_gaussians(train: FeatureSource | ClassGaussians, K: int) -> ClassGaussians | None:
    """The class Gaussians of a population; None without labels, or where a class has too few samples for one.

    None, too, where the covariances would have more than `LARGEST_GAUSSIANS` entries.

    Raises
    ------
    InputError
        If a label is outside 0..K−1.
    """
    if isinstance(train, ClassGaussians):
        return train
    if not train.labelled or K * train.H**2 > LARGEST_GAUSSIANS:
        return None
    moments = class_moments(train, K)
    return ClassGaussians.from_moments(moments) if moments.counts.min() > 1 else None


def _size_and_classes(block: Features) -> tuple[int, int]:
    assert block.labels is not None
    return len(block), int(block.labels.max()) + 1


def _moments(K: int, block: Features) -> ClassMoments:
    moments = ClassMoments(K, block.H)
    moments.add(block.z, block.labels)
    return moments


def _square_root(covariance: Array) -> Array:
    """Symmetric square root of a positive semi-definite matrix."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
