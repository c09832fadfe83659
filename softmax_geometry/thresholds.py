"""The threshold of definition 1: how uncertain a point must be to lie in the valid OOD region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor
from typing import Any, Literal

import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError, as_epsilon, as_floats
from softmax_geometry.display import number, panel, table
from softmax_geometry.estimators import U_entropy_log, U_max_log, margin

Estimator = Literal["U_max", "U_entropy", "margin"]
Source = Literal["empirical", "conformal", "gaussian"]

LOG_SCORES: dict[Estimator, Callable[[Any], Any]] = {
    "U_max": U_max_log,
    "U_entropy": U_entropy_log,
    "margin": lambda logits: -margin(logits),
}
"""The saturation-free score of each estimator; higher means more OOD. "margin" is minus the top-two logit gap,
the score whose valid region is exactly the paper's linear region."""


def log_score(estimator: Estimator) -> Callable[[Any], Any]:
    """The saturation-free score of an estimator, a function of logits (..., K).

    Raises
    ------
    InputError
        If the name is not one of U_max, U_entropy, margin.
    """
    if estimator not in LOG_SCORES:
        raise InputError(f"estimator: expected one of {', '.join(LOG_SCORES)}, got {estimator!r}")
    return LOG_SCORES[estimator]


@dataclass(frozen=True, repr=False)
class Threshold:
    """A point is in the valid region when its log-space score exceeds `log_score`.

    Attributes
    ----------
    estimator : "U_max", "U_entropy" or "margin"
    epsilon : the in-distribution share that is flagged (definition 1)
    log_score : log(1 − t) for U_max, log h for U_entropy, −L for margin
    source : "empirical", "conformal" or "gaussian"
    standard_error : of `log_score`, where it was estimated by (quasi-) Monte Carlo; None where it is exact or empirical

    Examples
    --------
    >>> threshold = Threshold("U_max", 0.05, float(np.log(0.1)), "empirical")
    >>> round(threshold.confidence, 12), round(threshold.margin, 12)
    (0.9, 2.197224577336)
    """

    estimator: Estimator
    epsilon: float
    log_score: float
    source: Source
    standard_error: float | None = None

    def __repr__(self) -> str:
        error = "" if self.standard_error is None else f", s.e. of log score {number(self.standard_error)}"
        return f"Threshold({threshold_line(self)}, {self.source}{error})"

    def _repr_html_(self) -> str:
        return panel(f"Threshold of {self.estimator} ({self.source})", table(threshold_rows(self)))

    @property
    def score(self) -> float:
        """The threshold τ in the estimator's own units: −t, the entropy h in nats, or −L.

        Accuracy: 4 eps, relative, plus 5e-324.
        """
        if self.estimator == "U_max":
            return float(np.expm1(self.log_score))
        return float(np.exp(self.log_score)) if self.estimator == "U_entropy" else self.log_score

    @property
    def confidence(self) -> float:
        """σ(L), the softmax confidence t of two classes at the margin threshold; for `U_max` the confidence −τ.

        Accuracy: 4 eps (1 + |L|), relative, plus 1e-323, for `U_max`.
        """
        if self.estimator == "U_max":
            return -self.score
        return float(scipy.special.expit(self.margin))

    @property
    def margin(self) -> float:
        """The margin threshold L: every point whose top-two logit gap is below L is in the region.

        L = log(t/(1−t)) for U_max; for U_entropy the gap at which two classes alone have entropy h (theorem 2.7).
        Where L ≤ 0 (t ≤ 1/2, h ≥ log 2, possible from three classes on) the linear region is empty.

        Accuracy: 4 eps max(1, |L|); of an entropy 2e-13 + 4e-14 L, for log h to −0.5.
        """
        if self.estimator == "margin":
            return -self.log_score
        if self.estimator == "U_max":
            return float(np.log(-np.expm1(self.log_score)) - self.log_score)
        if self.log_score >= np.log(np.log(2)):
            return 0.0
        return _decreasing_root(lambda gap: _entropy_of_gap(gap, others=1), self.log_score)

    def margin_upper(self, K: int) -> float:
        """The smallest gap L⁺ such that no point with a top-two gap of L⁺ or more is in the region.

        L + log(K−1) for U_max (theorem 2.6); for U_entropy the gap at which K−1 tied rivals give entropy h
        (theorem 2.7).

        Accuracy: 8 eps max(1, |L|); of an entropy 2e-13 + 4e-14 L⁺, for log h to −0.5.
        """
        if self.estimator == "margin":
            return self.margin
        if self.estimator == "U_max":
            return self.margin + float(np.log(K - 1))
        return _decreasing_root(lambda gap: _entropy_of_gap(gap, others=K - 1), self.log_score)


def upper_quantile(scores: Any, epsilon: float) -> float:
    """τ = max{u : P(U < u) ≤ 1−ε} for the empirical law of the scores: at most a share ε lies strictly above τ.

    This is s_(k+1), k = floor(n(1−ε)), of the ascending scores (theorem 1.0); n(1−ε) is computed exactly.

    Accuracy: exact, one of the scores.

    Raises
    ------
    InputError
        If there are no scores, one is not finite, or ε is outside (0, 1).

    Examples
    --------
    >>> upper_quantile(np.arange(1, 101), 0.05)
    96.0
    """
    scores = as_floats("scores", scores, ndim=1)
    rank = floor(len(scores) * (1 - as_epsilon(epsilon)))
    return float(np.partition(scores, rank)[rank])


def conformal_quantile(scores: Any, epsilon: float) -> float:
    """U_(k) with k = ceil((n+1)(1−ε)): a fresh exchangeable point exceeds it with probability at most ε (theorem 1.2).

    The scores must come from points that were not used to train the network.

    Accuracy: exact, one of the scores.

    Raises
    ------
    InputError
        As `upper_quantile`, and if n < 1/ε − 1, too few scores for any finite threshold with this guarantee.
    """
    scores = as_floats("scores", scores, ndim=1)
    exact = as_epsilon(epsilon)
    rank = ceil((len(scores) + 1) * (1 - exact))
    if rank > len(scores):
        raise InputError(f"scores: expected at least {ceil(1 / exact) - 1} for epsilon={epsilon}, got {len(scores)}")
    return float(np.partition(scores, rank - 1)[rank - 1])


def empirical_threshold(
    logits: Any, epsilon: float = 0.05, estimator: Estimator = "U_max", source: Source = "empirical"
) -> Threshold:
    """Threshold from the logits (N, K) of in-distribution data.

    `source="empirical"` is definition 1 on the data at hand; `source="conformal"` is the split-conformal rank, with
    its finite-sample guarantee for held-out data.

    Accuracy: exact, `log_score` is the score of one of the points.

    Raises
    ------
    InputError
        For bad logits, an unknown estimator or source, ε outside (0, 1), or too few points for the conformal rank.
    """
    return threshold_from_scores(log_score(estimator)(as_floats("logits", logits, ndim=2)), epsilon, estimator, source)


def threshold_from_scores(
    scores: Any, epsilon: float = 0.05, estimator: Estimator = "U_max", source: Source = "empirical"
) -> Threshold:
    """Threshold from the log-space scores (N,) of in-distribution data, wherever they were computed.

    `scores` are those of `estimator`: `U_max_log`, `U_entropy_log`, or minus `margin`.

    Accuracy: exact, `log_score` is one of the scores.

    Raises
    ------
    InputError
        For bad scores, an unknown estimator or source, ε outside (0, 1), or too few points for the conformal rank.

    Examples
    --------
    >>> threshold_from_scores(np.log(np.arange(1, 101) / 200), 0.05).confidence
    0.52
    """
    log_score(estimator)
    if source == "empirical":
        return Threshold(estimator, epsilon, upper_quantile(scores, epsilon), source)
    if source == "conformal":
        return Threshold(estimator, epsilon, conformal_quantile(scores, epsilon), source)
    raise InputError(f"source: expected 'empirical' or 'conformal', got {source!r}")


def _entropy_of_gap(gap: Any, others: int) -> Array:
    """Log entropy of one logit at 0 and `others` tied logits at −gap."""
    x = others * np.exp(-gap)
    return np.log(others) - gap + np.log((np.log1p(x) / x if x > 0 else 1) + gap / (1 + x))


def _decreasing_root(function: Callable[[Any], Any], level: float) -> float:
    """The gap ≥ 0 at which a strictly decreasing log entropy equals `level` (0 if it starts below)."""
    from scipy.optimize import brentq

    if function(0.0) <= level:
        return 0.0
    low, high = 0.0, 1.0
    while function(high) > level:
        low, high = high, 2 * high
    return float(brentq(lambda gap: float(function(gap)) - level, low, high, xtol=1e-15, rtol=1e-15))


def threshold_line(threshold: Threshold) -> str:
    """Estimator, level, threshold and margin threshold in one line.

    Examples
    --------
    >>> threshold_line(Threshold("U_max", 0.05, -40.0, "empirical"))
    'U_max, epsilon=0.05, 1-t=4.25e-18, L=40.0'
    """
    _, pattern, value = _level(threshold)
    level, L = pattern.format(number(value)), number(_quiet_margin(threshold))
    return f"{threshold.estimator}, epsilon={threshold.epsilon:g}, {level}L={L}"


def threshold_rows(threshold: Threshold) -> list[tuple[str, Any]]:
    """Names and values of a threshold, for a table."""
    rule, _, level = _level(threshold)
    error = threshold.standard_error
    return [
        (f"in the region: {rule}", level),
        ("ε, share of in-distribution data in it", f"{threshold.epsilon:g}"),
        ("log-space threshold", threshold.log_score),
        *([] if error is None else [("its standard error", error)]),
        ("margin threshold L (logits)", _quiet_margin(threshold)),
    ]


def _level(threshold: Threshold) -> tuple[str, str, float]:
    """The rule in words, as a formula, and its number: of a kind that is no rounded 0 or 1 near certainty."""
    log_score, gap = threshold.log_score, float(np.exp(threshold.log_score))
    if threshold.estimator == "margin":
        return "top-two logit gap below", "", -log_score
    if threshold.estimator == "U_entropy":
        return ("entropy (nats) above", "h={} nats, ", gap) if gap else ("log entropy above", "log(h)={}, ", log_score)
    if gap >= 1e-3:
        return "confidence below", "t={}, ", 1 - gap
    return (
        ("1 − confidence above", "1-t={}, ", gap) if gap else ("log(1 − confidence) above", "log(1-t)={}, ", log_score)
    )


def _quiet_margin(threshold: Threshold) -> float:
    with np.errstate(all="ignore"):
        return threshold.margin
