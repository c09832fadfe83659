"""Valid OOD regions of the softmax estimators (definitions 1 and 4): membership, offsets and widths.

The exact region is {U > τ}. With L the margin threshold and M(z) the top-two logit gap,

    {M < L}  ⊂  exact region  ⊂  {M < L⁺},

for any weights and biases (theorems 2.6 and 2.7). {M < L} is the paper's linear region: the union, over pairs of
classes, of the slab of half-width L/‖w_i − w_j‖ around their decision boundary. One number L fixes all K(K−1)/2
slabs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError, as_epsilon
from softmax_geometry.display import LARGEST_MATRIX, note, number, pair_table, panel, span, table
from softmax_geometry.estimators import margin
from softmax_geometry.features import ClassGaussians, Features, FeatureSource
from softmax_geometry.gaussian_regions import gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.thresholds import (
    Estimator,
    Source,
    Threshold,
    log_score,
    threshold_from_scores,
    threshold_line,
    threshold_rows,
)


@dataclass(frozen=True, eq=False, repr=False)
class LinearRegion:
    """{M < L}: points whose top-two logit gap is below the margin threshold (definition 4 in closed form).

    Empty when L ≤ 0, which is no error: from three classes on a confidence threshold t ≤ 1/2 has no linear part.

    Examples
    --------
    >>> region = LinearRegion(Head([[1.0, 0.0], [-1.0, 0.0]]), L=1.0)
    >>> region.contains([[0.4, 9.0], [0.6, 9.0]])
    array([ True, False])
    >>> float(region.widths[0, 1])
    1.0
    """

    head: Head
    L: float

    def __repr__(self) -> str:
        return f"LinearRegion(L={number(self.L)}; {_widths_line(self)})"

    def _repr_html_(self) -> str:
        return panel("Linear region: top-two logit gap below L", table([("L (logits)", self.L)]), _widths_table(self))

    @property
    def is_empty(self) -> bool:
        """Whether L ≤ 0."""
        return self.L <= 0

    def contains(self, z: Any) -> NDArray[np.bool_]:
        """Membership of features z (N, H), shape (N,)."""
        return self.head.scores(z, margin) < self.L

    @property
    def offsets(self) -> Array:
        """α_ij = L/‖w_i − w_j‖² (K, K), in units of w_i − w_j, as definition 4 counts; NaN on the diagonal.

        Zero when the region is empty; infinite where the quotient is beyond a float. Theorem 1 counts α in units of
        w_1 = −w_2: its α is twice this.

        Accuracy: 1e-10, relative, also for rows that nearly agree.

        Raises
        ------
        InputError
            If two weight rows are equal: they have no decision boundary.
        """
        with np.errstate(over="ignore"):
            return max(self.L, 0.0) / (distances := self._distances()) / distances

    @property
    def widths(self) -> Array:
        """2L/‖w_i − w_j‖ (K, K): distance between the two hyperplanes of a pair, in units of z; NaN on the diagonal.

        Accuracy: 1e-10, relative, also for rows that nearly agree.

        Raises
        ------
        InputError
            If two weight rows are equal: they have no decision boundary.
        """
        return self._widths(slice(None))

    def width_blocks(self, rows: int = 512) -> Iterator[tuple[slice, Array]]:
        """`widths` some rows at a time, where (K, K) does not fit in memory: slices of i, and widths (n, K).

        Accuracy: 1e-10, relative, also for rows that nearly agree.

        Raises
        ------
        InputError
            If two weight rows are equal, or `rows` is below one.

        Examples
        --------
        >>> region = LinearRegion(Head([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]), L=1.0)
        >>> min(float(np.nanmin(block)) for _, block in region.width_blocks(rows=2))
        1.0
        """
        if rows < 1:
            raise InputError(f"rows: expected a whole number >= 1, got {rows}")
        for start in range(0, self.head.K, rows):
            some = slice(start, min(start + rows, self.head.K))
            yield some, self._widths(some)

    def widths_in_std(self, gaussians: ClassGaussians) -> Array:
        """`widths` divided by the training standard deviation along w_i − w_j (K, K).

        The standard deviation is the root mean square over the two classes of the pair. Infinite where the data do
        not vary along that direction (NaN if the region is empty too).

        Accuracy: (H + 8) κ eps, relative, with κ the condition of the covariances.

        Raises
        ------
        InputError
            If head and Gaussians disagree in K or H, or two weight rows are equal.
        """
        if (gaussians.K, gaussians.H) != (self.head.K, self.head.H):
            raise InputError(
                f"gaussians: expected K={self.head.K} and H={self.head.H}, got K={gaussians.K} and H={gaussians.H}"
            )
        distances, W = self._distances(), self.head.weight
        variances = np.empty((self.head.K, self.head.K))
        for i, covariance in enumerate(gaussians.covariances):
            with np.errstate(invalid="ignore"):
                directions = (W[i] - W) / distances[i, :, None]
            variances[i] = np.einsum("kh,kh->k", directions @ covariance, directions)
        pooled = np.maximum(variances + variances.T, 0) / 2
        with np.errstate(divide="ignore", invalid="ignore"):
            return 2 * max(self.L, 0.0) / distances / np.sqrt(pooled)

    def _widths(self, rows: slice) -> Array:
        return 2 * max(self.L, 0.0) / self._distances(rows)

    def _distances(self, rows: slice = slice(None)) -> Array:
        distances, i = self.head.distances(rows), np.arange(self.head.K)[rows]
        distances[np.arange(len(i)), i] = np.nan
        if (distances == 0).any():
            row, j = np.argwhere(distances == 0)[0]
            raise InputError(f"weight: expected distinct rows, got equal rows {i[row]} and {j}")
        return distances


@dataclass(frozen=True, eq=False, repr=False)
class ValidRegion:
    """The exact valid OOD region of an estimator: points more uncertain than its threshold.

    Examples
    --------
    >>> head = Head([[1.0, 0.0], [-1.0, 0.0]])
    >>> region = ValidRegion(head, Threshold("U_max", 0.05, float(np.log(0.1)), "empirical"))
    >>> region.contains([[0.0, 5.0], [2.0, 5.0]])
    array([ True, False])
    """

    head: Head
    threshold: Threshold

    def __repr__(self) -> str:
        return f"ValidRegion({threshold_line(self.threshold)}; {_widths_line(self.linear)})"

    def _repr_html_(self) -> str:
        facts = [*threshold_rows(self.threshold), ("no point from this logit gap on", self.outer.L)]
        return panel(
            f"Valid OOD region of {self.threshold.estimator} ({self.threshold.source} threshold)",
            table(facts),
            _widths_table(self.linear),
        )

    def contains(self, z: Any) -> NDArray[np.bool_]:
        """Membership of features z (N, H), shape (N,); a point on the threshold is outside."""
        return self.head.scores(z, log_score(self.threshold.estimator)) > self.threshold.log_score

    @property
    def linear(self) -> LinearRegion:
        """The linear region inside this one, {M < L}."""
        return LinearRegion(self.head, self.threshold.margin)

    @property
    def outer(self) -> LinearRegion:
        """The smallest margin region that surely contains this one, {M < L⁺}."""
        return LinearRegion(self.head, self.threshold.margin_upper(self.head.K))

    @property
    def offsets(self) -> Array:
        """Offsets α_ij of the linear region, see `LinearRegion.offsets`."""
        return self.linear.offsets

    @property
    def widths(self) -> Array:
        """Widths of the linear region in units of z, see `LinearRegion.widths`."""
        return self.linear.widths


def valid_region(
    head: Head,
    train: FeatureSource | ClassGaussians,
    epsilon: float = 0.05,
    estimator: Estimator = "U_max",
    source: Source | None = None,
) -> ValidRegion:
    """The valid OOD region (definition 1) of a head, given its in-distribution features.

    Parameters
    ----------
    train : Features, FeatureStream or ClassGaussians
        Data give the empirical threshold (or the conformal one); class Gaussians the analytic one.
    source : "empirical", "conformal" or "gaussian", optional
        "gaussian" with `Features` fits the class Gaussians first and needs labels.

    Raises
    ------
    InputError
        For features that do not fit the head, ε outside (0, 1), an unknown name, or missing labels.

    Examples
    --------
    >>> head = Head([[1.0, 0.0], [-1.0, 0.0]])
    >>> train = ClassGaussians([[2.0, 0.0], [-2.0, 0.0]], [np.eye(2)] * 2).sample(1000, rng=0)
    >>> region = valid_region(head, train, epsilon=0.1)
    >>> float(region.contains(train.z).mean())
    0.099
    """
    if isinstance(train, ClassGaussians):
        if source not in (None, "gaussian"):
            raise InputError(f"source: expected 'gaussian' for class Gaussians, got {source!r}")
        return ValidRegion(head, gaussian_threshold(head, train, epsilon, estimator))
    head.check_width(train.H, name="train features")
    if source == "gaussian":
        return ValidRegion(
            head, gaussian_threshold(head, ClassGaussians.from_features(train, head.K), epsilon, estimator)
        )
    as_epsilon(epsilon)
    scores = np.concatenate(list(train.map(partial(_scores, head, estimator))))
    return ValidRegion(head, threshold_from_scores(scores, epsilon, estimator, source or "empirical"))


def _scores(head: Head, estimator: Estimator, block: Features) -> Array:
    return head.scores(block.z, log_score(estimator))


def _widths_line(region: LinearRegion) -> str:
    K = region.head.K
    if region.is_empty:
        return f"linear region empty, K={K}"
    if K > LARGEST_MATRIX:
        return f"K={K}"
    try:
        return f"widths {span(region.widths)} units of z, K={K}"
    except InputError:
        return f"widths undefined, since two weight rows are equal, K={K}"


def _widths_table(region: LinearRegion) -> str:
    if region.is_empty or region.head.K > LARGEST_MATRIX:
        return note(_widths_line(region))
    try:
        return pair_table(region.widths, "width of the band (units of z)")
    except InputError:
        return note(_widths_line(region))
