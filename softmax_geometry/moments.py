"""Counts, means and scatter matrices of classes, added up over batches, and over machines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError, as_floats, as_labels

_BLOCK = 1 << 20  # entries of a block of rows: it stays in cache between its uses


class ClassMoments:
    """Sums over labelled features that are never in memory together: counts, means, scatter matrices.

    Batches are added in any order, and sums over parts of the data are merged with `+`, so that the parts can lie on
    different machines. The result is that of one pass over everything, up to rounding; it does not lose digits where
    the means are far from zero.

    Accuracy: means 4√n eps (|mean| + std); scatters on their diagonals (4√n + 4r) eps + n (r eps)², relative, with n
    points in the class and r = |mean|/std.

    Parameters
    ----------
    K, H : int
        Numbers of classes and of features. Memory: K·H² float64.

    Attributes
    ----------
    counts : (K,) array of int
    means : (K, H) array
        Zero for a class not seen yet.
    scatters : (K, H, H) array
        Σ (z − mean)(z − mean)ᵀ over the points of the class.

    Raises
    ------
    InputError
        If K or H is below one, or K·H² numbers do not fit into memory.

    References
    ----------
    Chan, Golub & LeVeque, The American Statistician 37 (1983) 242-247.

    Examples
    --------
    >>> moments = ClassMoments(K=2, H=1)
    >>> moments.add([[0.0], [10.0]], labels=[0, 1])
    >>> moments.add([[2.0], [14.0]], labels=[0, 1])
    >>> moments.means
    array([[ 1.],
           [12.]])
    >>> (moments + moments).counts
    array([4, 4])
    """

    def __init__(self, K: int, H: int) -> None:
        if K < 1 or H < 1:
            raise InputError(f"K, H: expected whole numbers >= 1, got {K} and {H}")
        try:
            self.counts: NDArray[np.int64] = np.zeros(K, dtype=np.int64)
            self.means: NDArray[np.float64] = np.zeros((K, H))
            self.scatters: NDArray[np.float64] = np.zeros((K, H, H))
        except MemoryError as error:
            size = f"{8e-9 * K * H**2:,.0f} GB for K={K} and H={H}"
            raise InputError(f"K, H: expected K·H² numbers that fit into memory, got {size}") from error

    @property
    def K(self) -> int:
        """Number of classes."""
        return self.means.shape[0]

    @property
    def H(self) -> int:
        """Number of features."""
        return self.means.shape[1]

    @property
    @np.errstate(over="ignore", invalid="ignore")
    def variances(self) -> Array:
        """Variance of each feature over all points whatever their class (denominator N), shape (H,).

        Accuracy: (4√n + 4r) eps + n (r eps)², relative, with n points and r = |mean|/std.
        """
        shares = self.counts / self.counts.sum()
        between = shares @ (self.means - shares @ self.means) ** 2
        return np.einsum("khh->h", self.scatters) / self.counts.sum() + between

    def __repr__(self) -> str:
        return f"ClassMoments(K={self.K}, H={self.H}, N={self.counts.sum()})"

    @np.errstate(over="ignore", invalid="ignore")
    def add(self, z: Any, labels: Any) -> None:
        """Add a batch of features z (n, H) with labels (n,) in 0..K−1.

        Raises
        ------
        InputError
            If z is not a finite (n, H) array, or a label is outside 0..K−1; then nothing is added.
        """
        z = as_floats("z", z, ndim=2)
        if z.shape[1] != self.H:
            raise InputError(f"z: expected {self.H} features, got {z.shape[1]}")
        labels = as_labels("labels", labels, len(z), self.K)
        order = np.argsort(labels, kind="stable")
        ends = np.bincount(labels, minlength=self.K).cumsum()
        step = max(self.H, _BLOCK // self.H)  # a merge costs H², the product of a block its rows times that
        memory = np.empty((min(step, len(z)), self.H))  # for one block after the other
        for i in np.unique(labels).tolist():
            for start in range(0 if i == 0 else ends[i - 1], ends[i], step):
                rows = order[start : min(start + step, ends[i])]
                block = memory[: len(rows)]
                block[:] = z[rows]
                mean = block.mean(axis=0)
                block -= mean
                rest = block.mean(axis=0)  # the rounding error of the mean
                block -= rest
                self._merge(i, len(block), mean + rest, block.T @ block)

    def __add__(self, other: ClassMoments) -> ClassMoments:
        """The moments of both sets of data together.

        Raises
        ------
        InputError
            If the two differ in K or H.
        """
        if not isinstance(other, ClassMoments):
            return NotImplemented
        total = ClassMoments(self.K, self.H)
        total += self
        total += other
        return total

    @np.errstate(over="ignore", invalid="ignore")
    def __iadd__(self, other: ClassMoments) -> ClassMoments:
        """Add the moments of other data to these, in place.

        Raises
        ------
        InputError
            If the two differ in K or H.
        """
        if not isinstance(other, ClassMoments):
            return NotImplemented
        if self.means.shape != other.means.shape:
            raise InputError(f"moments: expected equal (K, H), got {self.means.shape} and {other.means.shape}")
        for i in np.flatnonzero(other.counts).tolist():
            self._merge(i, int(other.counts[i]), other.means[i], other.scatters[i])
        return self

    def _merge(self, i: int, n: int, mean: Array, scatter: Array) -> None:
        total = self.counts[i] + n
        apart = mean - self.means[i]
        self.scatters[i] += scatter
        if self.counts[i]:
            self.scatters[i] += np.outer(apart, apart * (self.counts[i] * n / total))
        self.means[i] += apart * (n / total)
        self.counts[i] = total
