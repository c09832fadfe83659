"""Checks of the angles under the simplex structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, exact
from softmax_geometry import envelope, meridian, safe_ordering, simplex
from softmax_geometry.angles import (
    confidence_from_cosines,
    envelope_log_odds,
    envelope_points,
    features_at_cosines,
    meridian_log_odds,
)


def log_odds(c: Any, points: list[Any]) -> Any:
    top, *others = sorted(points, reverse=True)
    return -MP.log(MP.fsum(MP.exp(MP.mpf(c) * (x - top)) for x in others))


def points(m: float, K: int) -> tuple[list[Any], list[Any]]:
    """Least and most confident cosines at max cosine m, H ≥ K, from the definition at 60 digits."""
    m = MP.mpf(m)
    most = [m] + [-m / (K - 1)] * (K - 1)
    if m < MP.mpf(1) / (K - 1):
        return [m] * (K - 1) + [-(K - 1) * m], most
    k = int(min(max(MP.floor(K / (1 + (K - 1) * m**2)), 1), K - 2))
    rest, square = -k * m, MP.mpf(K) / (K - 1) - k * m**2  # sum and sum of squares of the other K−k cosines
    mean, n = rest / (K - k), K - k
    d = MP.sqrt(max(0, (square - n * mean**2) / (n * (n - 1))))
    return [m] * k + [min(m, mean + (n - 1) * d)] + [mean - d] * (n - 1), most


def extremes(rng: np.random.Generator, size: int) -> Iterator[tuple[float, float, int, list[Any], Any]]:
    """m, c and K, exact least and greatest log odds, and the allowed error of each."""
    for K in (3, 10) if size == 1 else (3, 10, 100):
        for m in (0.01, 0.3, 0.7, 1 - 1e-9, *rng.uniform(0, 1, 3)):
            for c in (0.1, 5.0, 1e3):
                values = [log_odds(c, p) for p in points(m, K)]
                yield m, c, K, values, [8 * K * EPS * (1 + c + abs(value)) for value in values]


def envelopes_log_odds(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for m, c, K, values, allowed in extremes(rng, size):
        yield from map(Case, map(float, envelope_log_odds(m, c, K, K)), values, allowed)


def envelopes(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for m, c, K, values, allowed in extremes(rng, size):
        sure = [1 / (1 + MP.exp(-value)) for value in values]
        off = [a * p for a, p in zip(allowed, sure, strict=True)]
        yield from map(Case, map(float, envelope(m, c, K, K)), sure, off)


def cosine_points(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (3, 10):
        for m in (0.02, 0.41, 0.77, 0.93):
            for found, p in zip(envelope_points(m, K, K), points(m, K), strict=True):
                for x, y in zip(found, p, strict=True):
                    yield Case(x, y, 100 * K * EPS)


def orderings(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (4, 10):
        for m in (0.2, 0.6, 0.9):
            for c in (1e-8, 1e-4, 0.5, 5.0, 1e3):
                value = MP.mpf(K - 1) / (MP.mpf(c) * K) * (MP.log(K - 1) + log_odds(c, points(m, K)[0]))
                yield Case(float(safe_ordering(m, c, K, K)), value, 8 * K * EPS)


def directions() -> Iterator[tuple[float, float, list[float], Any]]:
    """φ, c, t and the exact log odds."""
    for t in ([0.5, -0.5], [0.0, 0.0, 0.0], [0.3, 0.2, -0.4, -0.1]):
        A = MP.mpf(len(t) + 1) / len(t)
        assert abs(MP.fsum(map(MP.mpf, t))) < 1e-15
        for phi in (0.0, 0.4, 1.5, 3.0):
            for c in (1e-3, 2.0, 1e3):
                x = MP.mpf(c) * MP.sin(MP.mpf(phi))
                value = A * MP.mpf(c) * MP.cos(MP.mpf(phi)) - MP.log(MP.fsum(MP.exp(x * MP.mpf(s)) for s in t))
                yield phi, c, t, value


def meridians_log_odds(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for phi, c, t, value in directions():
        yield Case(float(meridian_log_odds(phi, c, t)), value, 8 * EPS * (2 + c))


def meridians(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for phi, c, t, value in directions():
        sure = 1 / (1 + MP.exp(-value))
        yield Case(float(meridian(phi, c, t)), sure, 8 * EPS * (2 + c) * sure + MP.mpf(5e-324))


def confidences(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (2, 10):
        for c in (1e-3, 10.0, 1e5):
            x = rng.uniform(-1, 1, K)
            sure = 1 / (1 + MP.exp(-log_odds(c, exact(x))))
            yield Case(float(confidence_from_cosines(c, x)), sure, (50 + 4 * c) * EPS * sure)


def features(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K, H in ((3, 3), (5, 9)):
        weight = simplex(K, H, scale=2.0, rng=rng)
        for m in (0.1, 0.5, 0.9):
            _, x = envelope_points(m, K, H)
            z = features_at_cosines(weight, x, norm=3.0)
            for w, cosine in zip(weight, x, strict=True):
                found = MP.fsum(MP.mpf(float(a)) * MP.mpf(float(b)) for a, b in zip(w, z, strict=True)) / 6
                yield Case(float(found), MP.mpf(float(cosine)), 50 * H * EPS)


CHECKS = [
    Check(("envelope_log_odds",), "c to 10³, K to 100, H ≥ K", "8 K eps (1 + c + |log odds|)", envelopes_log_odds),
    Check(("envelope",), "c to 10³, K to 100, H ≥ K", "8 K eps (1 + c + |log odds|), relative", envelopes),
    Check(("envelope_points",), "m away from steps of k, H ≥ K", "100 K eps", cosine_points),
    Check(("safe_ordering",), "c 1e-8 to 10³, H ≥ K", "8 K eps", orderings),
    Check(("meridian_log_odds",), "c to 10³", "8 eps (2 + c)", meridians_log_odds),
    Check(("meridian",), "c to 10³", "8 eps (2 + c), relative, plus 5e-324", meridians),
    Check(("confidence_from_cosines",), "c to 10⁵", "(50 + 4c) eps, relative", confidences),
    Check(("features_at_cosines",), "K 3, 5", "50 H eps in the cosines", features),
]
