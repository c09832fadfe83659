"""Checks of two classes whose logit gap is Gaussian: masses, offsets, AUROC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, attempt, normal
from softmax_geometry import separable_offset, two_class_offset
from softmax_geometry.overlap import two_class_gaussian_auroc
from softmax_geometry.two_class import mass_within


def mass(a: Any, means: Any, stds: Any, priors: Any) -> tuple[Any, Any]:
    """P(|g| < a) and its density in a."""
    value, density = MP.mpf(0), MP.mpf(0)
    for m, s, p in zip(means, stds, priors, strict=True):
        m, s, p = abs(MP.mpf(float(m))), MP.mpf(float(s)), MP.mpf(float(p))
        value += p * (normal((a - m) / s) - normal((-a - m) / s))
        density += p * (MP.npdf((a - m) / s) + MP.npdf((a + m) / s)) / s
    return value, density


def laws(rng: np.random.Generator, size: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    for _ in range(6 * size):
        p = rng.uniform(0.05, 0.95)
        yield rng.uniform(0, 6, 2) * [1, -1], rng.uniform(0.1, 3, 2), np.array([p, 1 - p])


def masses(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for means, stds, priors in laws(rng, size):
        for a in 10.0 ** rng.uniform(-12, 2, 4):
            value, _ = mass(MP.mpf(a), means, stds, priors)
            yield Case(float(mass_within(a, means, stds, priors)), value, 8 * EPS)


def narrow(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for _ in range(12 * size):
        distances, stds = rng.uniform(0, 30, 2) * [1, -1], 10.0 ** rng.uniform(-1, 1, 2)
        nearest = abs(distances).min()
        for a in 10.0 ** rng.uniform(-12, -4, 4):
            value, _ = mass(MP.mpf(a), distances * stds, stds, (0.3, 0.7))
            found = float(mass_within(a, distances * stds, stds, [0.3, 0.7]))
            yield Case(found, value, (10 + nearest**2) * EPS * value)


def _offsets(rng: np.random.Generator, size: int, scales: Any, levels: Any) -> Iterator[Case]:
    """Cases of the offset; the exact root by Newton steps at 60 digits from the one found."""
    for means, stds, priors in laws(rng, size):
        for scale in scales:
            for epsilon in levels:
                found = attempt(
                    lambda m=means * scale, s=stds * scale, p=priors, e=epsilon: two_class_offset(m, s, p, e)
                )
                got = np.nan if found is None else float(found)
                root = _root(means * scale, stds * scale, priors, epsilon)
                value, density = mass(root, means * scale, stds * scale, priors)
                yield Case(got, root, 1e-14 * root + 8 * EPS * max(value, MP.mpf(scale_share(epsilon))) / density)


def scale_share(epsilon: float) -> float:
    return 1.0 if epsilon >= 1e-3 else epsilon


def _root(means: Any, stds: Any, priors: Any, epsilon: float) -> Any:
    low, high = MP.mpf(0), MP.mpf(float(np.abs(means).max() + 40 * stds.max()))
    guess = high / 2
    for _ in range(400):
        value, density = mass(guess, means, stds, priors)
        low, high = (guess, high) if value < MP.mpf(epsilon) else (low, guess)
        step = guess - (value - MP.mpf(epsilon)) / density if density else high
        last, guess = guess, step if low < step < high else (low + high) / 2
        if abs(guess - last) < 1e-40 * guess:
            break
    return guess


def offsets(rng: np.random.Generator, size: int) -> Iterator[Case]:
    return _offsets(rng, size, (1.0,), (0.001, 0.05, 0.9))


def far_offsets(rng: np.random.Generator, size: int) -> Iterator[Case]:
    return _offsets(rng, 1, (1e-100, 1e100), (0.05,))


def small_offsets(rng: np.random.Generator, size: int) -> Iterator[Case]:
    return _offsets(rng, 1, (1.0,), (1e-12, 1e-9))


def separable(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for means, stds, priors in laws(rng, size):
        m, s, p = (tuple(map(MP.mpf, x.tolist())) for x in (abs(means), stds, priors))
        epsilon = float(_own_side(MP.mpf(0), m, s, p)[0]) + rng.uniform(0.004, 0.2)
        low, high = MP.mpf(0), max(m) + 9 * max(s)
        for _ in range(200):
            root = (low + high) / 2
            value, density = _own_side(root, m, s, p)
            low, high = (root, high) if value < MP.mpf(epsilon) else (low, root)
        yield Case(float(separable_offset(means, stds, priors, epsilon)), root, 1e-14 * root + 8 * EPS / density)


def _own_side(a: Any, means: Any, stds: Any, priors: Any) -> tuple[Any, Any]:
    """The mass of eq 20 with its sign corrected, and its derivative."""
    terms = [(p, (a - m) / s, s) for m, s, p in zip(means, stds, priors, strict=True)]
    return MP.fsum(p * normal(x) for p, x, _ in terms), MP.fsum(p * MP.npdf(x) / s for p, x, s in terms)


def areas(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for _ in range(size):
        m_in, m_out = rng.uniform(-6, 6, 2)
        s_in, s_out = 10.0 ** rng.uniform(-2, 2, 2)
        for a, b in ((m_in, m_out), (m_in, m_in), (0.0, 0.0)):
            value = _area(*map(MP.mpf, (a, s_in, b, s_out)))
            yield Case(float(two_class_gaussian_auroc(a, s_in, b, s_out)), value, 20 * EPS)


def _area(m_in: Any, s_in: Any, m_out: Any, s_out: Any) -> Any:
    """P(|g_out| < |g_in|) by integration of Φ over the law of g_in."""
    with MP.workdps(25):

        def integrand(u: Any) -> Any:
            a = abs(m_in + s_in * u)
            return MP.npdf(u) * (normal((a - m_out) / s_out) - normal((-a - m_out) / s_out))

        kinks = {-MP.mpf(12), MP.mpf(12), -m_in / s_in, (m_out - m_in) / s_in, (-m_out - m_in) / s_in}
        spread = s_out / s_in
        kinks |= {k + t * spread for k in list(kinks)[2:] for t in (-8, -3, 3, 8)}
        points = sorted(k for k in kinks | set(map(MP.mpf, range(-10, 11, 2))) if abs(k) <= 12)
        return MP.quad(integrand, points)


CHECKS = [
    Check(("mass_within",), "a 1e-12 to 1e2, |m| to 60 s", "8 eps, absolute", masses),
    Check(("mass_within",), "a 1e-12 to 1e-4, |m| = d s to 30 s in both", "(10 + d²) eps, relative", narrow),
    Check(("two_class_offset",), "ε 0.001 to 0.9", "1e-14 relative + 8 eps/density", offsets),
    Check(("two_class_offset",), "means and deviations 1e±100", "1e-14 relative + 8 eps/density", far_offsets),
    Check(("two_class_offset",), "ε 1e-12, 1e-9", "1e-14 relative + 8 eps ε/density", small_offsets),
    Check(("separable_offset",), "ε 0.004 above the error rate", "1e-14 relative + 8 eps/density", separable),
    Check(("two_class_gaussian_auroc",), "ratio of deviations 1e±4", "20 eps, absolute", areas),
]
