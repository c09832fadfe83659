"""Checks of what is linear in a head: logits, the centred gauge, distances of rows, bands between classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, attempt, dot, exact
from reliability.digits.inputs import distance, far, ill_conditioned, twin_heads
from softmax_geometry import Head, LinearRegion


def pairs(of: Callable[[Head], np.ndarray], from_distance: Callable[[Any], Any], allowed: float) -> Callable[..., Any]:
    """Cases of a (K, K) array that is a function of the distance of two rows."""

    def cases(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
        for head in twin_heads(rng, size, exponents):
            found = attempt(lambda head=head: of(head))
            for i in range(head.K):
                j = (i + 1) % head.K
                value = from_distance(distance(head.weight[i], head.weight[j]))
                yield Case(np.nan if found is None else found[i, j], value, allowed * abs(value) + MP.mpf(5e-324))

    return cases


def logits(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for head in twin_heads(rng, size):
        z = rng.normal(size=(2, head.H)) * 10.0 ** rng.uniform(-100, 100)
        for row, found in zip(z, head.logits(z), strict=True):
            for w, b, l in zip(head.weight, head.bias, found, strict=True):
                terms = [MP.mpf(x) * MP.mpf(y) for x, y in zip(w.tolist(), row.tolist(), strict=True)]
                size_ = MP.fsum(map(abs, terms)) + abs(MP.mpf(float(b)))
                yield Case(l, MP.fsum(terms) + MP.mpf(float(b)), (head.H + 2) * EPS * size_)


def centred(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for head in twin_heads(rng, size):
        mean = [MP.fsum(column) / head.K for column in zip(*exact(head.weight), strict=True)]
        for i, row in enumerate(head.centred().weight):
            for h in range(head.H):
                allowed = (head.K + 2) * EPS * MP.mpf(float(abs(head.weight[:, h]).max()))
                yield Case(row[h], MP.mpf(float(head.weight[i, h])) - mean[h], allowed)


def widths_in_std(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in twin_heads(rng, 1, exponents):
        for condition in (1.0, 1e6):
            gaussians = ill_conditioned(rng, head.K, head.H, condition)
            found = attempt(lambda head=head, g=gaussians: LinearRegion(head, 2.0).widths_in_std(g))
            v = [x - y for x, y in zip(exact(head.weight[0]), exact(head.weight[1]), strict=True)]
            pooled = sum(dot(v, [dot(row, v) for row in exact(gaussians.covariances[i])]) for i in (0, 1)) / 2
            value = 4 / MP.sqrt(pooled)
            yield Case(np.nan if found is None else found[0, 1], value, (head.H + 8) * condition * EPS * value)


TWINS = "weights 1e±100, rows that agree to 1e-12"
FAR = "weights 1e±200"
IN_STD = "(H + 8) κ eps, relative"
squared = pairs(lambda head: head.squared_distances(), lambda d: d**2, 1e-10)
widths = pairs(lambda head: LinearRegion(head, 3.0).widths, lambda d: 6 / d, 1e-10)
offsets = pairs(lambda head: LinearRegion(head, 3.0).offsets, lambda d: 3 / d**2, 1e-10)
CHECKS = [
    Check(("Head.logits", "Head.scores"), "weights and features 1e±100", "(H + 2) eps (Σ |w_h z_h| + |b|)", logits),
    Check(("Head.centred",), "weights 1e±100, K to 40", "(K + 2) eps max |w|", centred),
    Check(("Head.squared_distances", "Head.distances"), TWINS, "1e-10, relative", squared),
    Check(("LinearRegion.widths", "LinearRegion.width_blocks"), TWINS, "1e-10, relative", widths),
    Check(("LinearRegion.offsets",), TWINS, "1e-10, relative", offsets),
    Check(("LinearRegion.widths", "LinearRegion.width_blocks"), FAR, "1e-10, relative", far(widths, -200, 200)),
    Check(("LinearRegion.widths_in_std",), "weights 1e±100, condition κ to 10⁶", IN_STD, widths_in_std),
    Check(("LinearRegion.widths_in_std",), FAR, IN_STD, far(widths_in_std, -200, 200)),
]
