"""Checks of thresholds: between scores, margins and confidences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, attempt
from softmax_geometry import Threshold
from softmax_geometry.thresholds import Estimator

LOG_SCORES = (-1e-5, -0.3, -0.7, -1.0, -30.0, -800.0, -1e15)


def scores(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for log_score in LOG_SCORES:
        x = MP.mpf(log_score)
        yield Case(_threshold("U_max", log_score).score, MP.expm1(x), 4 * EPS * abs(MP.expm1(x)))
        yield Case(_threshold("U_entropy", log_score).score, MP.exp(x), 4 * EPS * MP.exp(x) + MP.mpf(5e-324))


def confidences(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for log_score in LOG_SCORES:
        value, L = -MP.expm1(MP.mpf(log_score)), _log_odds(log_score)
        if abs(L) < 700:
            yield Case(_threshold("U_max", log_score).confidence, value, 4 * EPS * (1 + abs(L)) * value)


def margins(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for log_score in LOG_SCORES:
        L = _log_odds(log_score)
        yield Case(_threshold("U_max", log_score).margin, L, 4 * EPS * max(1, abs(L)))
        if log_score < -0.5:
            gap = _entropy_gap(MP.mpf(log_score), 1)
            yield Case(_threshold("U_entropy", log_score).margin, gap, 2e-13 + 4e-14 * gap)


def upper_margins(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for log_score in LOG_SCORES:
        L = _log_odds(log_score)
        yield Case(_threshold("U_max", log_score).margin_upper(10), L + MP.log(9), 8 * EPS * max(1, abs(L)))
        if log_score < -0.5:
            gap = _entropy_gap(MP.mpf(log_score), 9)
            yield Case(_threshold("U_entropy", log_score).margin_upper(10), gap, 2e-13 + 4e-14 * gap)


def _threshold(estimator: Estimator, log_score: float) -> Threshold:
    return Threshold(estimator, 0.05, log_score, "empirical")


def _log_odds(log_score: float) -> Any:
    x = MP.mpf(log_score)
    return MP.log(-MP.expm1(x)) - x


def _entropy_gap(level: Any, others: int) -> Any:
    def excess(gap: Any) -> Any:
        x = others * MP.exp(-gap)
        return MP.log(MP.log1p(x) / x + gap / (1 + x)) + MP.log(others) - gap - level

    low, high = MP.mpf(0), 2 * abs(level) + 20
    return MP.findroot(excess, (low, high), solver="anderson", tol=1e-45)


def far_thresholds(rng: np.random.Generator, size: int) -> Iterator[Case]:
    """Entropies whose logarithm is −1e300: the margin is 1e300 to all digits. A confidence of 1e-320."""
    found = attempt(lambda: _threshold("U_entropy", -1e300).margin)
    yield Case(np.nan if found is None else found, MP.mpf(1e300), 4 * EPS * 1e300)
    found = attempt(lambda: _threshold("U_max", -1e-320).confidence)
    yield Case(np.nan if found is None else found, MP.mpf(1e-320), MP.mpf(1e-323))


USUAL = "log score −1e-5 to −1e15, log h to −0.5"
CHECKS = [
    Check(("Threshold.score",), USUAL, "4 eps, relative, plus 5e-324", scores),
    Check(("Threshold.confidence",), USUAL, "4 eps (1 + |L|), relative, plus 1e-323", confidences),
    Check(("Threshold.margin",), USUAL, "4 eps max(1, |L|); of an entropy 2e-13 + 4e-14 L", margins),
    Check(("Threshold.margin_upper",), USUAL, "8 eps max(1, |L|); of an entropy 2e-13 + 4e-14 L⁺", upper_margins),
    Check(
        ("Threshold.margin", "Threshold.confidence"), "log score −1e300, −1e-320", "as for usual ones", far_thresholds
    ),
]
