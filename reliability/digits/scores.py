"""Checks of the scores of logits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check
from softmax_geometry import U_cool, U_entropy, U_entropy_log, U_max, U_max_log, log_odds_against, margin
from softmax_geometry.mental_model import U_max_corrected, max_logit

EPS32 = 2.0**-23
SCALES = (1e-300, 1e-8, 1.0, 40.0, 700.0, 1e4, 1e300)


def rows(rng: np.random.Generator, size: int) -> Iterator[np.ndarray]:
    """Logits of all magnitudes, mixed ones, ties, near ties of one ulp, subnormals, and a shift by 10^10."""
    for K in (2, 3, 10, 65) if size == 1 else (2, 3, 10, 64, 65, 1000, 100_000):
        for scale in SCALES if K < 1000 else (1.0, 40.0):
            yield rng.uniform(-scale, scale, K)
        if K == 100_000:
            continue
        yield np.zeros(K)
        yield rng.choice([-1, 1], K) * 10.0 ** rng.uniform(-300, 2, K)
        yield np.r_[5.0, np.nextafter(5, 6), rng.uniform(-5, 5, K - 2)]
        yield 5e-324 * rng.integers(0, 1000, K)
        yield 1e10 + rng.uniform(-20, 20, K)
        yield np.r_[rng.uniform(30, 900), rng.uniform(-1, 0, K - 1)]


@lru_cache(128)
def _sums(row: tuple[float, ...]) -> tuple[Any, Any, Any]:
    """Gap of the two largest, Σ exp of the others, and Σ exp · drop, relative to the largest."""
    top, *others = sorted((MP.mpf(x) for x in row), reverse=True)
    weights = [MP.exp(x - top) for x in others]
    return top - others[0], MP.fsum(weights), MP.fsum(w * (top - x) for w, x in zip(weights, others, strict=True))


def _entropy(row: tuple[float, ...]) -> Any:
    _, others, drops = _sums(row)
    return MP.log1p(others) + drops / (1 + others)


EXACT: dict[Callable[..., Any], Callable[[tuple[float, ...]], Any]] = {
    U_max: lambda row: -1 / (1 + _sums(row)[1]),
    U_entropy: _entropy,
    U_max_log: lambda row: MP.log(_sums(row)[1]) - MP.log1p(_sums(row)[1]),
    U_entropy_log: lambda row: MP.log(_entropy(row)),
    log_odds_against: lambda row: MP.log(_sums(row)[1]),
    margin: lambda row: _sums(row)[0],
    max_logit: lambda row: MP.fsum(map(MP.mpf, row)) / len(row) - max(row),
}


def relative(factor: float) -> Callable[..., Any]:
    return lambda value, row, eps=EPS: factor * eps * abs(value)


def of_one(value: Any, row: np.ndarray, eps: float = EPS) -> Any:
    return 50 * eps * max(1, abs(value))


def entropy_error(value: Any, row: np.ndarray) -> Any:
    """At 1e-300, where exp(−gap) is no longer a normal float, the bound turns absolute."""
    top, second = np.sort(row)[:-3:-1].tolist()
    return (10 + min(top - second, 750)) * EPS * value + MP.mpf(1e-300)


ALLOWED: dict[Callable[..., Any], Callable[..., Any]] = {
    U_max: relative(50),
    U_entropy: entropy_error,
    U_max_log: of_one,
    U_entropy_log: of_one,
    log_odds_against: of_one,
    margin: lambda value, row, eps=EPS: max(eps / 2 * abs(value), 5e-324),
    max_logit: lambda value, row: 10 * EPS * abs(value) + MP.mpf(5e-324),
}


def cases_of(score: Callable[..., Any]) -> Callable[..., Iterator[Case]]:
    def cases(rng: np.random.Generator, size: int) -> Iterator[Case]:
        for row in rows(rng, size):
            exact = EXACT[score](tuple(row.tolist()))
            yield Case(float(score(row[None])[0]), exact, ALLOWED[score](exact, row))

    return cases


def single(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for score in (U_max, U_max_log, U_entropy_log, log_odds_against, margin):
        for scale in (1e-30, 1.0, 30.0, 1e4, 1e37):
            for K in (2, 10) if size == 1 else (2, 10, 64, 1000):
                row = rng.uniform(-scale, scale, K).astype(np.float32)
                exact = EXACT[score](tuple(row.tolist()))
                yield Case(float(score(row[None])[0]), exact, ALLOWED[score](exact, row, EPS32))


def overflowing(rng: np.random.Generator, size: int) -> Iterator[Case]:
    """Gaps beyond the largest float: the answer is an infinity or a number, never NaN, and nothing warns."""
    for score in (U_max, U_entropy, U_max_log, U_entropy_log, log_odds_against, margin):
        for row in ([1.5e308, -1.5e308], [1.5e308, 1.5e308, -1.5e308], [0.0, 1e308, -1e308]):
            with np.errstate(over="raise", invalid="raise"):
                try:
                    got = float(score([row])[0])
                except FloatingPointError:
                    got = np.nan
            exact = EXACT[score](tuple(row))
            yield Case(got, exact, ALLOWED[score](exact, np.array(row)))


def cooled(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for row in rows(rng, 1):
        if abs(row).max() < 1e5:
            exact = _entropy(tuple(MP.mpf(0.1) * MP.mpf(x) for x in row.tolist()))
            yield Case(float(U_cool(row[None])[0]), exact, entropy_error(exact, 0.1 * row))


def corrected(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for row in rows(rng, 1):
        if abs(row).max() < 1e5:
            K = len(row)
            log_odds = -MP.mpf(K) / (K - 1) * EXACT[max_logit](tuple(row.tolist())) - MP.log(K - 1)
            exact = -1 / (1 + MP.exp(-log_odds))
            yield Case(float(U_max_corrected(row[None])[0]), exact, 50 * EPS * (1 + abs(row).max()))


ALL = "|l| from 1e-300 to 1e300, mixed, ties, subnormal; K to 10⁵"
CHECKS = [
    Check(("U_max",), ALL, "50 eps, relative", cases_of(U_max)),
    Check(("U_entropy",), ALL, "(10 + gap) eps, relative, plus 1e-300", cases_of(U_entropy)),
    Check(("U_cool",), "|l| to 10⁵", "(10 + 0.1 gap) eps, relative, plus 1e-300", cooled),
    *(
        Check((score.__name__,), ALL, "50 eps max(1, |value|)", cases_of(score))
        for score in (U_max_log, U_entropy_log, log_odds_against)
    ),
    Check(("margin",), ALL, "half an ulp", cases_of(margin)),
    Check(("max_logit",), f"{ALL}, C order", "10 eps, relative, plus 5e-324", cases_of(max_logit)),
    Check(("U_max_corrected",), "|l| to 10⁵", "50 eps (1 + max |l|)", corrected),
    Check(
        ("U_max", "U_max_log", "U_entropy_log", "log_odds_against", "margin"),
        "float32, |l| to 1e37",
        "as for float64, with eps of float32",
        single,
    ),
    Check(
        ("U_max", "U_entropy", "U_max_log", "U_entropy_log", "log_odds_against", "margin"),
        "gaps beyond 1.8e308",
        "as for smaller gaps, or the right infinity",
        overflowing,
    ),
]
