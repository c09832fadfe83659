"""Checks of what is computed from samples: moments, quantiles, AUROC. Ranks and counts are compared as fractions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check
from softmax_geometry import (
    ClassGaussians,
    ClassMoments,
    auroc,
    conformal_offset,
    empirical_threshold,
    threshold_from_scores,
)
from softmax_geometry.auroc import Placements, auroc_contrast, auroc_covariance, fpr_at_tpr
from softmax_geometry.estimators import margin
from softmax_geometry.overlap import auroc_ceiling_discrete, auroc_discrete
from softmax_geometry.thresholds import conformal_quantile, upper_quantile


def _mp(x: Fraction) -> Any:
    return MP.mpf(x.numerator) / x.denominator


def _mean_and_scatter(values: np.ndarray) -> tuple[Fraction, Fraction]:
    """Exact, in whole multiples of the smallest last bit."""
    mantissas, exponents = np.frexp(values)
    shifts = exponents - exponents.min()
    wholes = [int(m) << e for m, e in zip((mantissas * 2.0**53).tolist(), shifts.tolist(), strict=True)]
    unit, n, total = Fraction(2) ** int(exponents.min() - 53), len(wholes), sum(wholes)
    return unit * Fraction(total, n), unit**2 * Fraction(n * sum(w * w for w in wholes) - total**2, n)


def sums(size: int, rng: np.random.Generator) -> Iterator[tuple[ClassMoments, int, float, Fraction, Fraction]]:
    """Moments of one class in seven batches, n, mean/std, and the exact mean and scatter."""
    for n in (100, 3000) if size == 1 else (100, 3000, 100_000):
        for far in (0.0, 1e4, 1e8):
            for scale in (1e-100, 1.0, 1e100):
                z = (far + rng.normal(size=(n, 1))) * scale
                found = ClassMoments(1, 1)
                for part in np.array_split(z, 7):
                    found.add(part, np.zeros(len(part), int))
                yield found, n, far, *_mean_and_scatter(z[:, 0])


def means(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for found, n, _, mean, scatter in sums(size, rng):
        allowed = 4 * np.sqrt(n) * EPS * (_mp(abs(mean)) + MP.sqrt(_mp(scatter) / n))
        yield Case(found.means[0, 0], _mp(mean), allowed)


def scatters(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for found, n, far, _, scatter in sums(size, rng):
        allowed = (4 * np.sqrt(n) + 4 * far) * EPS + n * (far * EPS) ** 2
        variance = ClassGaussians.from_moments(found).covariances[0, 0, 0]
        for got, value in ((found.scatters[0, 0, 0], scatter), (found.variances[0], scatter / n)):
            yield Case(got, _mp(value), allowed * _mp(value))
        yield Case(variance, _mp(scatter / (n - 1)), allowed * _mp(scatter / (n - 1)))


def drawn(rng: np.random.Generator, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, list[Fraction], Any]]:
    """Scores with and without ties, the exact placements of the first side, and the exact standard error."""
    for n_in, n_out, levels in [(50, 30, 7), (300, 200, 10**9)] * size:
        x, y = rng.integers(0, levels, n_in), rng.integers(levels // 3, levels + levels // 3, n_out)
        of_in = [Fraction(int(2 * (y > a).sum() + (y == a).sum()), 2 * n_out) for a in x]
        of_out = [Fraction(int(2 * (x < b).sum() + (x == b).sum()), 2 * n_in) for b in y]
        yield x, y, of_in, MP.sqrt(sum(_mp(_variance(p) / len(p)) for p in (of_in, of_out)))


def areas(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for x, y, of_in, error in drawn(rng, size):
        found, value = auroc(x, y), _mp(sum(of_in, Fraction(0)) / len(of_in))
        ties = _mp(Fraction(int((y[:, None] == x).sum()), len(x) * len(y)))
        yield Case(found.value, value, EPS / 2 * value)
        yield Case(float(found.standard_error or 0), error, 8 * len(x) * EPS * error)
        yield Case(found.tie_fraction, ties, EPS / 2 * ties)


def placements(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for x, y, of_in, _ in drawn(rng, size):
        yield Case(float(Placements.from_scores(x, y).of_in[3]), _mp(of_in[3]), EPS / 2 * _mp(of_in[3]))


def covariances(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for x, y, _, error in drawn(rng, size):
        found = auroc_covariance([Placements.from_scores(x, y)])[0, 0]
        yield Case(float(found), error**2, 16 * len(x) * EPS * error**2)


def contrasts(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for x, y, of_in, _ in drawn(rng, size):
        placed = Placements.from_scores(x, y)
        value = _mp(sum(of_in, Fraction(0)) / len(of_in))
        yield Case(auroc_contrast([placed, placed], [2, -1])[0], value, 2 * 3 * EPS)


def shares(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for x, y, _, _ in drawn(rng, size):
        detected = sorted(y)[len(y) - int(np.ceil(0.9 * len(y)))]
        value = _mp(Fraction(int((x >= detected).sum()), len(x)))
        yield Case(fpr_at_tpr(x, y, 0.9), value, EPS / 2 * value)


def _variance(values: list[Fraction]) -> Fraction:
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((v - mean) ** 2 for v in values), Fraction(0)) / (len(values) - 1)


def large_area(rng: np.random.Generator, size: int) -> Iterator[Case]:
    """One wrong pair among N²: the error is known in closed form, 1/N² on each side to first order."""
    N = 10**5 if size == 1 else 10**7
    x, y = np.arange(N, dtype=float), np.arange(N, 2 * N, dtype=float)
    x[-1], y[0] = N + 0.5, N
    found = auroc(x, y)
    yield Case(found.value, 1 - MP.mpf(1) / N**2, EPS / 2)
    variance = MP.mpf(1) / N**2 / N * (1 - MP.mpf(1) / N) * N / (N - 1)
    error = MP.sqrt(2 * variance / N)
    yield Case(float(found.standard_error or 0), error, 8 * N * EPS * error)


def quantiles(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for n in (20, 1000):
        scores = np.sort(rng.normal(size=n) * 10.0 ** rng.uniform(-300, 300, n))
        shuffled = rng.permutation(scores)
        for epsilon in (0.05, 0.07, 0.5):
            e = Fraction(str(epsilon))
            value, k = MP.mpf(scores[int(n * (1 - e))]), -int(-(n + 1) * (1 - e) // 1)
            yield Case(upper_quantile(shuffled, epsilon), value, MP.mpf(5e-324))
            yield Case(threshold_from_scores(shuffled, epsilon).log_score, value, MP.mpf(5e-324))
            yield Case(conformal_quantile(shuffled, epsilon), MP.mpf(scores[k - 1]), MP.mpf(5e-324))
            size_ = np.sort(abs(scores))
            yield Case(conformal_offset(shuffled, epsilon), MP.mpf(size_[n - k]), MP.mpf(5e-324))
        logits = rng.normal(size=(n, 4))
        gaps = np.sort(-margin(logits))
        threshold = empirical_threshold(logits, 0.05, "margin")
        yield Case(threshold.log_score, MP.mpf(gaps[int(n * Fraction(95, 100))]), MP.mpf(5e-324))
    yield Case(upper_quantile(np.arange(100), 1e-12), MP.mpf(99), MP.mpf(5e-324))


def discrete(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for n in (10, 60):
        p, q = (10.0 ** rng.uniform(-30, 0, n) for _ in range(2))
        p, q = p / p.sum(), q / q.sum()
        scores = rng.integers(0, n // 2, n)
        P, Q = [Fraction(float(x)) for x in p], [Fraction(float(x)) for x in q]
        half = Fraction(1, 2)
        value = sum(
            Q[j] * P[i] * (1 if scores[i] < scores[j] else half if scores[i] == scores[j] else 0)
            for i in range(n)
            for j in range(n)
        )
        yield Case(auroc_discrete(p, q, scores), _mp(Fraction(value)), n * EPS * _mp(Fraction(value)))
        best = sum(
            Q[j] * P[i] * (1 if P[j] * Q[i] < P[i] * Q[j] else half if P[j] * Q[i] == P[i] * Q[j] else 0)
            for i in range(n)
            for j in range(n)
        )
        yield Case(auroc_ceiling_discrete(p, q), _mp(Fraction(best)), n * EPS * _mp(Fraction(best)))


BATCHES = "mean/std r to 10⁸, 1e±100, n to 10⁵"
TIES = "ties, n to 300"
AREA = "value half an ulp, standard error 8 n eps, relative"
CHECKS = [
    Check(("ClassMoments.means",), BATCHES, "4√n eps (|mean| + std)", means),
    Check(
        (
            "ClassMoments.scatters",
            "ClassMoments.variances",
            "ClassGaussians.from_moments",
            "ClassGaussians.from_features",
        ),
        BATCHES,
        "(4√n + 4r) eps + n (r eps)², relative",
        scatters,
    ),
    Check(("auroc",), TIES, AREA, areas),
    Check(("auroc",), "n = 10⁷, one wrong pair", AREA, large_area),
    Check(("Placements.from_scores",), TIES, "half an ulp", placements),
    Check(("fpr_at_tpr",), TIES, "half an ulp", shares),
    Check(("auroc_covariance",), TIES, "16 n eps, relative", covariances),
    Check(("auroc_contrast",), TIES, "2 eps Σ |weights|", contrasts),
    Check(
        ("upper_quantile", "conformal_quantile", "threshold_from_scores", "empirical_threshold", "conformal_offset"),
        "scores 1e±300, ε from 1e-12",
        "exact",
        quantiles,
    ),
    Check(("auroc_discrete", "auroc_ceiling_discrete"), "p from 1e-30, n to 60 atoms", "n eps, relative", discrete),
]
