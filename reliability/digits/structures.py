"""Checks of how the rows of a head are arranged: norms, cosines, the simplex."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, attempt, dot, exact
from reliability.digits.inputs import centred_rows, far, plain_heads
from softmax_geometry import simplex, structure
from softmax_geometry.angles import max_cosine


def arranged(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in plain_heads(rng, size, exponents):
        found = attempt(lambda head=head: structure(head))
        rows = centred_rows(head)
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
        rows = centred_rows(head)
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


NORMS = "10 (H + K) eps of the largest norm"
CHECKS = [
    Check(("structure",), "weights 1e±100", NORMS, arranged),
    Check(("structure",), "weights 1e±200", NORMS, far(arranged, -200, 200)),
    Check(("simplex",), "scale 1e±150, K to 100", "10 eps", simplices),
    Check(("max_cosine",), "weights and z 1e±100", "10 (H + K) eps max ‖w̃‖ / min ‖w̃‖", cosines),
    Check(("max_cosine",), "weights and z 1e±200", "10 (H + K) eps max ‖w̃‖ / min ‖w̃‖", far(cosines, -200, 200)),
]
