"""Checks of what is computed from a head: logits, distances, widths, structure, certificates."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, dot, exact
from softmax_geometry import (
    ClassGaussians,
    Head,
    InputError,
    LinearRegion,
    norm_certificate,
    simplex,
    stability_radius,
    structure,
)
from softmax_geometry.angles import max_cosine


def heads(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Head]:
    """Heads of all magnitudes, with near twins among their rows, and far from the centred gauge."""
    for K, H in [(2, 1), (3, 2), (6, 20)] if size == 1 else [(2, 1), (3, 2), (6, 20), (20, 300), (40, 7)]:
        for exponent in exponents:
            weight = rng.normal(size=(K, H))
            weight[-1] = weight[0] * (1 + 10.0 ** rng.uniform(-12, -1))
            yield Head(weight * 10.0**exponent, rng.normal(size=K))
            yield Head((weight + 100) * 10.0**exponent, rng.normal(size=K))


def distance(a: np.ndarray, b: np.ndarray) -> Any:
    difference = [x - y for x, y in zip(exact(a), exact(b), strict=True)]
    return MP.sqrt(dot(difference, difference))


def pairs(of: Callable[[Head], np.ndarray], from_distance: Callable[[Any], Any], allowed: float) -> Callable[..., Any]:
    """Cases of a (K, K) array that is a function of the distance of two rows."""

    def cases(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
        for head in heads(rng, size, exponents):
            found = attempt(lambda head=head: of(head))
            for i in range(head.K):
                j = (i + 1) % head.K
                value = from_distance(distance(head.weight[i], head.weight[j]))
                yield Case(np.nan if found is None else found[i, j], value, allowed * abs(value) + MP.mpf(5e-324))

    return cases


def attempt(compute: Callable[[], Any]) -> Any:
    """The result, or None where the software refuses or warns."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return compute()
        except (InputError, RuntimeWarning):
            return None


def far(cases: Callable[..., Iterator[Case]], *exponents: int) -> Callable[..., Iterator[Case]]:
    return lambda rng, size: cases(rng, 1, exponents)


def logits(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for head in heads(rng, size):
        z = rng.normal(size=(2, head.H)) * 10.0 ** rng.uniform(-100, 100)
        for row, found in zip(z, head.logits(z), strict=True):
            for w, b, l in zip(head.weight, head.bias, found, strict=True):
                terms = [MP.mpf(x) * MP.mpf(y) for x, y in zip(w.tolist(), row.tolist(), strict=True)]
                size_ = MP.fsum(map(abs, terms)) + abs(MP.mpf(float(b)))
                yield Case(l, MP.fsum(terms) + MP.mpf(float(b)), (head.H + 2) * EPS * size_)


def centred(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for head in heads(rng, size):
        mean = [MP.fsum(column) / head.K for column in zip(*exact(head.weight), strict=True)]
        for i, row in enumerate(head.centred().weight):
            for h in range(head.H):
                allowed = (head.K + 2) * EPS * MP.mpf(float(abs(head.weight[:, h]).max()))
                yield Case(row[h], MP.mpf(float(head.weight[i, h])) - mean[h], allowed)


def widths_in_std(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in heads(rng, 1, exponents):
        for condition in (1.0, 1e6):
            gaussians = ill_conditioned(rng, head.K, head.H, condition)
            found = attempt(lambda head=head, g=gaussians: LinearRegion(head, 2.0).widths_in_std(g))
            v = [x - y for x, y in zip(exact(head.weight[0]), exact(head.weight[1]), strict=True)]
            pooled = sum(dot(v, [dot(row, v) for row in exact(gaussians.covariances[i])]) for i in (0, 1)) / 2
            value = 4 / MP.sqrt(pooled)
            yield Case(np.nan if found is None else found[0, 1], value, (head.H + 8) * condition * EPS * value)


def ill_conditioned(rng: np.random.Generator, K: int, H: int, condition: float) -> ClassGaussians:
    covariances = []
    for _ in range(K):
        frame = np.linalg.qr(rng.normal(size=(H, H)))[0]
        product = (frame * np.geomspace(1, 1 / condition, H)) @ frame.T
        covariances.append((product + product.T) / 2)
    return ClassGaussians(rng.normal(size=(K, H)), covariances)


def _centred_exactly(head: Head) -> list[list[Any]]:
    mean = [MP.fsum(column) / head.K for column in zip(*exact(head.weight), strict=True)]
    return [[x - m for x, m in zip(row, mean, strict=True)] for row in exact(head.weight)]


def plain_heads(rng: np.random.Generator, size: int, exponents: tuple[int, ...]) -> Iterator[Head]:
    for K, H in [(3, 2), (6, 20)] if size == 1 else [(2, 3), (3, 2), (6, 20), (30, 64)]:
        for exponent in exponents:
            yield Head(rng.normal(size=(K, H)) * 10.0**exponent, rng.normal(size=K))


def arranged(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in plain_heads(rng, size, exponents):
        found = attempt(lambda head=head: structure(head))
        rows = _centred_exactly(head)
        norms = [MP.sqrt(dot(row, row)) for row in rows]
        tolerance = (head.H + head.K) * EPS
        for i in range(head.K):
            j = (i + 1) % head.K
            cosine = dot(rows[i], rows[j]) / norms[i] / norms[j]
            spread = 10 * max(norms) / min(norms[i], norms[j])
            yield Case(found.norms[i] if found else np.nan, norms[i], tolerance * 10 * max(norms))
            yield Case(found.cosines[i, j] if found else np.nan, cosine, tolerance * spread)


def simplices(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (2, 3, 10) if size == 1 else (2, 3, 10, 100):
        for scale in (1e-150, 1.0, 1e150):
            weight = exact(simplex(K, scale=scale))
            for i in range(K):
                yield Case(float(MP.sqrt(dot(weight[i], weight[i]))), MP.mpf(scale), 10 * EPS * scale)
                cosine = dot(weight[i], weight[(i + 1) % K]) / MP.mpf(scale) ** 2
                yield Case(float(cosine), MP.mpf(-1) / (K - 1), 10 * EPS)


def cosines(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in plain_heads(rng, size, exponents):
        rows = _centred_exactly(head)
        norms = [MP.sqrt(dot(row, row)) for row in rows]
        for z in (rng.normal(size=head.H), head.centred().weight[0] / np.abs(head.weight).max()):
            for factor in (10.0 ** exponents[0], 10.0 ** exponents[-1]):
                found = attempt(lambda head=head, z=z, factor=factor: max_cosine(head, [z * factor]))
                point = exact(z * factor)
                value = max(dot(row, point) / n for row, n in zip(rows, norms, strict=True)) / MP.sqrt(
                    dot(point, point)
                )
                allowed = 10 * (head.H + head.K) * EPS * max(norms) / min(norms)
                yield Case(np.nan if found is None else found[0], value, allowed)


def certificates(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in plain_heads(rng, size, exponents):
        rows, K = _centred_exactly(head), head.K
        biases = [MP.mpf(float(b)) for b in head.bias]
        mean = MP.fsum(biases) / K
        for L in (3.0, 20.0, 1e4):
            h = MP.mpf(K - 1) / K * (MP.log(K - 1) + MP.mpf(L))
            value = min((h - b + mean) / MP.sqrt(dot(row, row)) for row, b in zip(rows, biases, strict=True))
            found = attempt(lambda head=head, L=L: norm_certificate(head, L=L))
            if value > 0:
                margin = min(h - b + mean for b in biases)
                allowed = 20 * (head.H + K) * EPS * abs(value) * (h + max(map(abs, biases))) / abs(margin)
                yield Case(np.nan if found is None else found, value, allowed)


def radii(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in plain_heads(rng, size, exponents):
        z = rng.normal(size=head.H) / np.abs(head.weight).max()
        logits = [dot(row, exact(z)) + MP.mpf(float(b)) for row, b in zip(exact(head.weight), head.bias, strict=True)]
        top = max(logits)
        log_odds = MP.log(MP.fsum(MP.exp(l - top) for l in logits) - 1)
        D = max(distance(a, b) for i, a in enumerate(head.weight) for b in head.weight[:i])
        for L in (1.0, 30.0):
            found = attempt(lambda head=head, z=z, L=L: stability_radius(head, [z], L=L))
            allowed = 20 * (head.H + head.K) * EPS * (L + abs(log_odds) + max(map(abs, logits))) / D
            yield Case(np.nan if found is None else found[0], (MP.mpf(L) + log_odds) / D, allowed)


HEADS = "weights 1e±100, K to 40"
TWINS = "weights 1e±100, rows that agree to 1e-12"
TWIN = "rows that nearly agree are subtracted after centring has rounded them, or not at all above 1e-4 of their norm"
FAR = "weights 1e±200"
LOST = "squares of weights beyond 1e154 overflow and below 1e-162 vanish"
squared = pairs(lambda head: head.squared_distances(), lambda d: d**2, 1e-10)
widths = pairs(lambda head: LinearRegion(head, 3.0).widths, lambda d: 6 / d, 1e-10)
offsets = pairs(lambda head: LinearRegion(head, 3.0).offsets, lambda d: 3 / d**2, 1e-10)
CHECKS = [
    Check(("Head.logits", "Head.scores"), "weights 1e±100, features 1e±100", "(H + 2) eps Σ |w||z|", logits),
    Check(("Head.centred",), HEADS, "(K + 2) eps max |w|", centred),
    Check(("Head.squared_distances", "Head.distances"), TWINS, "1e-10, relative", squared),
    Check(("LinearRegion.widths", "LinearRegion.width_blocks"), TWINS, "1e-10, relative", widths),
    Check(("LinearRegion.offsets",), TWINS, "1e-10, relative", offsets),
    Check(("LinearRegion.widths", "LinearRegion.width_blocks"), FAR, "1e-10, relative", far(widths, -200, 200)),
    Check(("LinearRegion.widths_in_std",), "weights 1e±100, condition κ to 10⁶", "(H + 8) κ eps", widths_in_std),
    Check(("LinearRegion.widths_in_std",), FAR, "(H + 8) κ eps", far(widths_in_std, -200, 200)),
    Check(("structure",), "weights 1e±100", "10 (H + K) eps of the largest norm", arranged),
    Check(("structure",), FAR, "10 (H + K) eps of the largest norm", far(arranged, -200, 200)),
    Check(("simplex",), "scale 1e±150, K to 100", "10 eps", simplices),
    Check(("max_cosine",), "weights and z 1e±100", "10 (H + K) eps max ‖w‖ / min ‖w‖", cosines),
    Check(("max_cosine",), "weights and z 1e±200", "10 (H + K) eps max ‖w‖ / min ‖w‖", far(cosines, -200, 200)),
    Check(("norm_certificate",), "weights 1e±100, L to 10⁴", "20 (H + K) eps, more where h − b cancels", certificates),
    Check(("stability_radius",), "weights 1e±100", "20 (H + K) eps (L + |log odds| + max |l|) / D", radii),
    Check(("stability_radius",), FAR, "20 (H + K) eps (L + |log odds| + max |l|) / D", far(radii, -200, 200)),
]
