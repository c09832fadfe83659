"""AUROC with exact ties and DeLong standard errors. OOD is the positive class and scores higher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError, as_epsilon, as_floats
from softmax_geometry.display import number


@dataclass(frozen=True, repr=False)
class AUROC:
    """Area under the ROC curve: P(U_in < U_out) + P(U_in = U_out)/2, a fraction in [0, 1].

    Attributes
    ----------
    value : float
        The Mann-Whitney statistic: every tied pair counts one half.
    standard_error : float or None
        DeLong's standard error of `value`; None when a side has fewer than two points. It is 0 under perfect
        separation, which says that the sample holds no evidence of the error rate, not that there is none.
    tie_fraction : float
        Share of (in, out) pairs with equal scores. Breaking the ties in the right (wrong) order would raise
        (lower) `value` by half of it.
    n_in, n_out : int
        Numbers of in-distribution and OOD points.
    """

    value: float
    standard_error: float | None
    tie_fraction: float
    n_in: int
    n_out: int

    def __repr__(self) -> str:
        ties = f"ties {number(self.tie_fraction)}, n_in={self.n_in}, n_out={self.n_out}"
        return f"AUROC({self.value:.4f}, s.e. {number(self.standard_error)}, {ties})"

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain numbers, ready for JSON."""
        return dict(vars(self))


@dataclass(frozen=True, eq=False, repr=False)
class Placements:
    """For each point, the share of points of the other side that it is ranked rightly against, ties one half.

    The mean over either side is the AUROC; the spread gives DeLong's variance, and placements of several
    scores on the same points give the covariance of their AUROCs.

    Attributes
    ----------
    of_in : (n_in,) array
        Share of OOD scores above each in-distribution score.
    of_out : (n_out,) array
        Share of in-distribution scores below each OOD score.
    auroc : AUROC
        Their summary.
    """

    of_in: Array
    of_out: Array
    auroc: AUROC

    @classmethod
    def from_scores(cls, in_scores: Any, out_scores: Any) -> Placements:
        """Placements of one score, by sorting: O(n log n) time, O(n) memory.

        Accuracy: half an ulp.

        Raises
        ------
        InputError
            As `auroc`.
        """
        x, y = _as_scores("in_scores", in_scores), _as_scores("out_scores", out_scores)
        order_x, order_y = np.argsort(x), np.argsort(y)
        in_ranks, out_ranks, tied = _ranks(x[order_x], y[order_y])
        of_in, of_out = np.empty(len(x)), np.empty(len(y))
        of_in[order_x], of_out[order_y] = 1 - in_ranks / (2 * len(y)), out_ranks / (2 * len(x))
        return cls(of_in, of_out, _summary(in_ranks, out_ranks, tied))

    @classmethod
    def from_parts(cls, of_in: Array, of_out: Array, tie_fraction: float) -> Placements:
        """Placements found piecewise, for example within the folds of a cross-fitted score."""
        error = _standard_error(of_in, of_out)
        return cls(of_in, of_out, AUROC(float(of_out.mean()), error, tie_fraction, len(of_in), len(of_out)))


def auroc(in_scores: Any, out_scores: Any) -> AUROC:
    """AUROC of an uncertainty score: exact with ties, with its standard error and the fraction of tied pairs.

    Accuracy: value half an ulp, standard error 8 n eps, relative, with n points on the larger side.

    Parameters
    ----------
    in_scores, out_scores : (n_in,) and (n_out,) arrays
        Scores of in-distribution and of OOD points, on any scale. −inf and inf are ordered like other values
        (log of zero uncertainty is an honest score); NaN is refused.

    Raises
    ------
    InputError
        If a side is empty, is not one-dimensional, or holds NaN.

    References
    ----------
    DeLong, DeLong & Clarke-Pearson, Biometrics 44 (1988) 837-845.

    Examples
    --------
    >>> result = auroc([0.0, 1.0, 1.0], [1.0, 2.0])
    >>> round(result.value, 4), round(result.tie_fraction, 4)
    (0.8333, 0.3333)
    """
    x, y = _as_scores("in_scores", in_scores), _as_scores("out_scores", out_scores)
    return _summary(*_ranks(np.sort(x), np.sort(y)))


def auroc_covariance(placements: Sequence[Placements]) -> Array:
    """DeLong's covariance matrix (S, S) of the AUROCs of S scores on the same points, in the same order.

    Accuracy: 16 n eps, relative, on the diagonal, with n points on the larger side.

    Raises
    ------
    InputError
        If no placements are given, they are not on the same numbers of points, or a side has fewer than two.

    Examples
    --------
    >>> a = Placements.from_scores([0, 1, 2], [1, 3])
    >>> b = Placements.from_scores([0, 2, 1], [1, 3])
    >>> auroc_covariance([a, b]).shape
    (2, 2)
    """
    of_in, of_out = _paired(placements)
    return np.atleast_2d(np.cov(of_in)) / of_in.shape[1] + np.atleast_2d(np.cov(of_out)) / of_out.shape[1]


def auroc_contrast(placements: Sequence[Placements], weights: Sequence[float]) -> tuple[float, float]:
    """Σ_s weights_s · AUROC_s and its DeLong standard error.

    The scores must be of the same points, in the same order. With weights (1, −1) this is the paired
    difference of two AUROCs.

    Accuracy: 2 eps Σ |weights|, of the sum.

    Raises
    ------
    InputError
        As `auroc_covariance`, or if there is not one weight for each score.

    Examples
    --------
    >>> a = Placements.from_scores([0, 1, 2], [1, 3])
    >>> auroc_contrast([a, a], [1, -1])
    (0.0, 0.0)
    """
    of_in, of_out = _paired(placements)
    w = as_floats("weights", weights, ndim=1)
    if len(w) != len(placements):
        raise InputError(f"weights: expected {len(placements)}, one for each score, got {len(w)}")
    value = float(sum(w_s * p.auroc.value for w_s, p in zip(w, placements, strict=True)))
    error = _standard_error(w @ of_in, w @ of_out)
    assert error is not None  # both sides have at least two points
    return value, error


def fpr_at_tpr(in_scores: Any, out_scores: Any, tpr: float = 0.95) -> float:
    """Share of in-distribution points flagged when at least the share `tpr` of OOD points is flagged.

    OOD is the positive class and the rate held fixed is the share of OOD points *detected*: a point is
    flagged when its score is ≥ the largest threshold that reaches `tpr`. Much of the literature fixes the
    other rate under the same name (share of OOD *missed* when 95 % of in-distribution points are accepted):
    that number is `fpr_at_tpr(-out_scores, -in_scores)`.

    Accuracy: half an ulp.

    Raises
    ------
    InputError
        As `auroc`, or if `tpr` is not strictly between 0 and 1.

    Examples
    --------
    >>> fpr_at_tpr([0.0, 1.0, 2.0, 3.0], [2.0, 4.0], tpr=0.95)
    0.5
    """
    x, y = _as_scores("in_scores", in_scores), _as_scores("out_scores", out_scores)
    detected = -int(-as_epsilon(tpr, "tpr") * len(y) // 1)  # exact ceiling
    threshold = np.sort(y)[len(y) - detected]
    return float(np.mean(x >= threshold))


def _as_scores(name: str, scores: Any) -> Array:
    """`scores` as an (n,) float64 array that may hold infinities but no NaN."""
    try:
        array = np.asarray(scores)
        if array.ndim == 1 and array.dtype.kind in "fiu" and array.size and not np.isnan(array.max()):
            return array.astype(np.float64, copy=False)
        return as_floats(name, np.where(np.isinf(array), array.dtype.type(0), array), ndim=1)
    except (ValueError, TypeError):
        return as_floats(name, scores, ndim=1)


def _ranks(x: Array, y: Array) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Of sorted scores: twice how many of y are below each of x and of x below each of y, ties one half; tied pairs.

    Searching sorted for sorted values runs through memory once.
    """
    n_in = len(x)
    up_to = np.searchsorted(x, y, "right")
    in_ranks = np.bincount(up_to, minlength=n_in + 1)[:n_in].cumsum()  # y_j < x_i: at most i of x are up to y_j
    if not np.any(x[up_to - 1] == y):
        in_ranks *= 2
        up_to *= 2
        return in_ranks, up_to, 0
    below = np.searchsorted(x, y, "left")
    in_ranks += np.bincount(below, minlength=n_in + 1)[:n_in].cumsum()  # y_j ≤ x_i: at most i are below y_j
    return in_ranks, below + up_to, int(up_to.sum() - below.sum())


def _summary(in_ranks: NDArray[np.int64], out_ranks: NDArray[np.int64], tied: int) -> AUROC:
    """AUROC from sorted ranks; its error from them too, where placements near 1 have lost digits."""
    n_in, n_out = len(in_ranks), len(out_ranks)
    error = None
    if min(n_in, n_out) >= 2:
        of_in, of_out = _variance_of_sorted(in_ranks) / n_out**2, _variance_of_sorted(out_ranks) / n_in**2
        error = float(np.sqrt(of_in / n_in + of_out / n_out) / 2)
    return AUROC(int(out_ranks.sum()) / (2 * n_in * n_out), error, tied / (n_in * n_out), n_in, n_out)


def _variance_of_sorted(ranks: NDArray[np.int64]) -> float:
    """Sample variance; about the median, at most a deviation from the mean, sums of squares cancel half at most."""
    n, apart = len(ranks), np.subtract(ranks, ranks[len(ranks) // 2], dtype=np.float64)
    return float((apart @ apart - apart.sum() ** 2 / n) / (n - 1))


def _paired(placements: Sequence[Placements]) -> tuple[Array, Array]:
    """Placements of S scores stacked: (S, n_in) and (S, n_out)."""
    sizes = {(p.auroc.n_in, p.auroc.n_out) for p in placements}
    if len(sizes) != 1:
        raise InputError(f"placements: expected scores of the same points, got (n_in, n_out) in {sorted(sizes)}")
    if min(*sizes.pop()) < 2:
        raise InputError("placements: expected at least 2 points on each side for a standard error, got 1")
    return np.stack([p.of_in for p in placements]), np.stack([p.of_out for p in placements])


def _standard_error(of_in: Array, of_out: Array) -> float | None:
    if min(len(of_in), len(of_out)) < 2:
        return None
    return float(np.sqrt(of_in.var(ddof=1) / len(of_in) + of_out.var(ddof=1) / len(of_out)))
