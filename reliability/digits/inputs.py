"""Heads and class Gaussians of all magnitudes and conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import MP, Case, dot, exact
from softmax_geometry import ClassGaussians, Head


def twin_heads(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Head]:
    """Heads of all magnitudes, with near twins among their rows, and far from the centred gauge."""
    for K, H in [(2, 1), (3, 2), (6, 20)] if size == 1 else [(2, 1), (3, 2), (6, 20), (20, 300), (40, 7)]:
        for exponent in exponents:
            weight = rng.normal(size=(K, H))
            weight[-1] = weight[0] * (1 + 10.0 ** rng.uniform(-12, -1))
            yield Head(weight * 10.0**exponent, rng.normal(size=K))
            yield Head((weight + 100) * 10.0**exponent, rng.normal(size=K))


def plain_heads(rng: np.random.Generator, size: int, exponents: tuple[int, ...]) -> Iterator[Head]:
    for K, H in [(3, 2), (6, 20)] if size == 1 else [(2, 3), (3, 2), (6, 20), (30, 64)]:
        for exponent in exponents:
            yield Head(rng.normal(size=(K, H)) * 10.0**exponent, rng.normal(size=K))


def ill_conditioned(rng: np.random.Generator, K: int, H: int, condition: float) -> ClassGaussians:
    covariances = []
    for _ in range(K):
        frame = np.linalg.qr(rng.normal(size=(H, H)))[0]
        product = (frame * np.geomspace(1, 1 / condition, H)) @ frame.T
        covariances.append((product + product.T) / 2)
    return ClassGaussians(rng.normal(size=(K, H)), covariances)


def far(cases: Callable[..., Iterator[Case]], *exponents: int) -> Callable[..., Iterator[Case]]:
    return lambda rng, size: cases(rng, 1, exponents)


def distance(a: np.ndarray, b: np.ndarray) -> Any:
    difference = [x - y for x, y in zip(exact(a), exact(b), strict=True)]
    return MP.sqrt(dot(difference, difference))


def centred_rows(head: Head) -> list[list[Any]]:
    mean = [MP.fsum(column) / head.K for column in zip(*exact(head.weight), strict=True)]
    return [[x - m for x, m in zip(row, mean, strict=True)] for row in exact(head.weight)]
