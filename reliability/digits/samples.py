"""Checks of what is computed from samples: moments, quantiles, AUROC. Ranks and counts are compared as fractions."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

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


def _mp(x: Fraction) -> object:
    return MP.mpf(x.numerator) / x.denominator


def _mean_and_scatter(values: np.ndarray) -> tuple[Fraction, Fraction]:
    """Exact, in whole multiples of the smallest last bit."""
    mantissas, exponents = np.frexp(values)
    shifts = exponents - exponents.min()
    wholes = [int(m) << e for m, e in zip((mantissas * 2.0**53).tolist(), shifts.tolist(), strict=True)]
    unit, n, total = Fraction(2) ** int(exponents.min() - 53), len(wholes), sum(wholes)
    return unit * Fraction(total, n), unit**2 * Fraction(n * sum(w * w for w in wholes) - total**2, n)


def moments(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for n in (100, 3000) if size == 1 else (100, 3000, 100_000):
        for far in (0.0, 1e4, 1e8):
            for scale in (1e-100, 1.0, 1e100):
                z = (far + rng.normal(size=(n, 1))) * scale
                found = ClassMoments(1, 1)
                for part in np.array_split(z, 7):
                    found.add(part, np.zeros(len(part), int))
                mean, scatter = _mean_and_scatter(z[:, 0])
                size_ = _mp(abs(mean)) + MP.sqrt(_mp(scatter) / n)
                ratio = (far * EPS) ** 2 * n
                yield Case(found.means[0, 0], _mp(mean), 4 * np.sqrt(n) * EPS * size_)
                allowed = (4 * np.sqrt(n) * EPS + 4 * far * EPS + ratio) * _mp(scatter)
                yield Case(found.scatters[0, 0, 0], _mp(scatter), allowed)
                yield Case(found.variances[0], _mp(scatter / n), allowed / n * 1.01)
                variance = ClassGaussians.from_moments(found).covariances[0, 0, 0]
                yield Case(variance, _mp(scatter / (n - 1)), allowed / (n - 1) * 1.01)


def areas(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for n_in, n_out, levels in [(50, 30, 7), (300, 200, 10**9)] * size:
        x, y = rng.integers(0, levels, n_in), rng.integers(levels // 3, levels + levels // 3, n_out)
        above = Fraction(int((y[:, None] > x).sum() * 2 + (y[:, None] == x).sum()), 2 * n_in * n_out)
        of_in = [Fraction(int(2 * (y > a).sum() + (y == a).sum()), 2 * n_out) for a in x]
        of_out = [Fraction(int(2 * (x < b).sum() + (x == b).sum()), 2 * n_in) for b in y]
        error = MP.sqrt(sum(_mp(_variance(p) / len(p)) for p in (of_in, of_out)))
        found = auroc(x.astype(float), y.astype(float))
        yield Case(found.value, _mp(above), EPS / 2 * _mp(above))
        yield Case(float(found.standard_error or 0), error, 20 * EPS * error + 2 * EPS)
        yield Case(found.tie_fraction, _mp(Fraction(int((y[:, None] == x).sum()), n_in * n_out)), EPS)
        placed = Placements.from_scores(x.astype(float), y.astype(float))
        yield Case(float(placed.of_in[3]), _mp(of_in[3]), EPS)
        yield Case(float(auroc_covariance([placed])[0, 0]), error**2, 40 * EPS * error**2 + 2 * EPS * error)
        yield Case(auroc_contrast([placed, placed], [2, -1])[0], _mp(above), 4 * EPS)
        detected = sorted(y)[n_out - int(np.ceil(0.9 * n_out))]
        yield Case(fpr_at_tpr(x, y, 0.9), _mp(Fraction(int((x >= detected).sum()), n_in)), EPS / 2)


def _variance(values: list[Fraction]) -> Fraction:
    mean = sum(values, Fraction(0)) / len(values)
    return sum(((v - mean) ** 2 for v in values), Fraction(0)) / (len(values) - 1)


def large_area(rng: np.random.Generator, size: int) -> Iterator[Case]:
    """One wrong pair among N²: the error is known in closed form, 1/N² on each side to first order."""
    N = 10**5 if size == 1 else 10**7
    x, y = np.arange(N, dtype=float), np.arange(N, 2 * N, dtype=float)
    x[-1], y[0] = N + 0.5, N
    found = auroc(x, y)
    yield Case(found.value, 1 - MP.mpf(1) / N**2, EPS)
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
        yield Case(auroc_ceiling_discrete(p, q), _mp(Fraction(best)), n * EPS)


CHECKS = [
    Check(
        (
            "ClassMoments.add",
            "ClassMoments.means",
            "ClassMoments.scatters",
            "ClassMoments.variances",
            "ClassGaussians.from_moments",
            "ClassGaussians.from_features",
        ),
        "mean/std r to 10⁸, 1e±100, n to 10⁵",
        "mean 4√n eps, scatter (4√n + 4r) eps + n (r eps)²",
        moments,
    ),
    Check(
        ("auroc", "Placements.from_scores", "auroc_covariance", "auroc_contrast", "fpr_at_tpr"),
        "ties, n to 300",
        "value half an ulp, the rest 40 eps",
        areas,
    ),
    Check(("auroc",), "N = 10⁷, one wrong pair", "value eps, error 8 N eps", large_area),
    Check(
        ("upper_quantile", "conformal_quantile", "threshold_from_scores", "empirical_threshold", "conformal_offset"),
        "scores 1e±300, ε from 1e-12",
        "exact",
        quantiles,
    ),
    Check(("auroc_discrete", "auroc_ceiling_discrete"), "p from 1e-30, n to 60 atoms", "n eps", discrete),
]
