"""Checks of masses, offsets, thresholds and other laws in one dimension."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check
from reliability.digits.heads import attempt
from softmax_geometry import Head, Threshold, separable_offset, sphere_mass, two_class_offset
from softmax_geometry.certificates import mass_bound_gaussian, mass_bound_sphere
from softmax_geometry.overlap import two_class_gaussian_auroc
from softmax_geometry.two_class import mass_within


def normal(x: Any) -> Any:
    return MP.erfc(-x / MP.sqrt(2)) / 2


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
    for means, stds, priors in laws(rng, size):
        for a in 10.0 ** rng.uniform(-12, -4, 4):
            value, _ = mass(MP.mpf(a), means, stds, priors)
            yield Case(float(mass_within(a, means, stds, priors)), value, 100 * EPS * value)


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
        new = step if low < step < high else (low + high) / 2
        if abs(new - guess) < 1e-40 * new:
            break
        guess = new
    return new


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


def thresholds(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for log_score in (-1e-5, -0.3, -0.7, -1.0, -30.0, -800.0, -1e15):
        threshold = Threshold("U_max", 0.05, log_score, "empirical")
        x = MP.mpf(log_score)
        L = MP.log(-MP.expm1(x)) - x
        yield Case(threshold.score, MP.expm1(x), 4 * EPS * abs(MP.expm1(x)))
        yield Case(threshold.margin, L, 4 * EPS * max(1, abs(L)))
        yield Case(threshold.margin_upper(10), L + MP.log(9), 8 * EPS * max(1, abs(L)))
        if abs(L) < 700:
            yield Case(threshold.confidence, -MP.expm1(x), 4 * EPS * (1 + abs(L)) * -MP.expm1(x))
        threshold = Threshold("U_entropy", 0.05, log_score, "empirical")
        yield Case(threshold.score, MP.exp(x), 4 * EPS * MP.exp(x) + MP.mpf(5e-324))
        for K in (2, 10):
            if log_score < -0.5:
                gap = _entropy_gap(x, K - 1)
                got = threshold.margin if K == 2 else threshold.margin_upper(K)
                yield Case(got, gap, 2e-13 + 4e-14 * gap)


def _entropy_gap(level: Any, others: int) -> Any:
    def excess(gap: Any) -> Any:
        x = others * MP.exp(-gap)
        return MP.log(MP.log1p(x) / x + gap / (1 + x)) + MP.log(others) - gap - level

    low, high = MP.mpf(0), 2 * abs(level) + 20
    return MP.findroot(excess, (low, high), solver="anderson", tol=1e-45)


def far_thresholds(rng: np.random.Generator, size: int) -> Iterator[Case]:
    """Entropies whose logarithm is −1e300: the margin is 1e300 to all digits."""
    threshold = Threshold("U_entropy", 0.05, -1e300, "empirical")
    try:
        got = threshold.margin
    except RuntimeError:
        got = np.nan
    yield Case(got, MP.mpf(1e300), 4 * EPS * 1e300)
    found = attempt(lambda: Threshold("U_max", 0.05, -1e-320, "empirical").confidence)
    yield Case(np.nan if found is None else found, MP.mpf(1e-320), MP.mpf(1e-323))


def sphere_heads() -> Iterator[tuple[Head, float]]:
    for L in (1e-5, 0.3, 0.9, 1 - 1e-9):
        for H in (2, 3, 50, 2048):
            yield Head(np.pad([[0.5], [-0.5]], ((0, 0), (0, H - 1)))), L


def zones(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for head, L in sphere_heads():
        half, rest = MP.mpf(1) / 2, MP.mpf(head.H - 1) / 2
        value = MP.betainc(half, rest, 0, MP.mpf(L) ** 2, regularized=True)
        found = sphere_mass(head, Threshold("margin", 0.05, -L, "empirical"), 1.0).value
        yield Case(found, value, 1e-12 * value + MP.mpf(5e-324))


def caps(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for head, L in sphere_heads():
        half, rest = MP.mpf(1) / 2, MP.mpf(head.H - 1) / 2
        value = MP.betainc(rest, half, 0, 1 - MP.mpf(L) ** 2, regularized=True)
        yield Case(float(mass_bound_sphere(head, L=L)), value, 1e-9 * value + MP.mpf(5e-324))


def tails(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for L in (0.1, 1.0, 10.0, 35.0, 300.0):
        for sigma in (1.0, 10.0):
            x = MP.mpf(L) / MP.mpf(sigma)
            if x < 37:
                value = 2 * normal(-x)
                found = mass_bound_gaussian(Head([[0.5], [-0.5]]), L=L, sigma=sigma)
                yield Case(float(found), value, (8 + x**2) * EPS * value)


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
    Check(
        ("mass_within",),
        "a 1e-12 to 1e-4",
        "100 eps, relative",
        narrow,
    ),
    Check(("two_class_offset",), "ε 0.001 to 0.9", "1e-14 relative + 8 eps/density", offsets),
    Check(
        ("two_class_offset",),
        "means and deviations 1e±100",
        "1e-14 relative + 8 eps/density",
        far_offsets,
    ),
    Check(
        ("two_class_offset",),
        "ε 1e-12, 1e-9",
        "1e-14 relative + 8 eps ε/density",
        small_offsets,
    ),
    Check(("separable_offset",), "ε 0.004 above the error rate", "1e-14 relative + 8 eps/density", separable),
    Check(
        ("Threshold.score", "Threshold.margin", "Threshold.margin_upper", "Threshold.confidence"),
        "log score −1e-5 to −1e15",
        "8 eps max(1, |L|); entropy 2e-13 + 4e-14 L",
        thresholds,
    ),
    Check(
        ("Threshold.margin", "Threshold.confidence"),
        "log score −1e300, −1e-320",
        "4 eps",
        far_thresholds,
    ),
    Check(("sphere_mass",), "K = 2, H to 2048", "1e-12, relative", zones),
    Check(("mass_bound_sphere",), "K = 2, H to 2048", "1e-9, relative", caps),
    Check(("mass_bound_gaussian",), "to 35 standard deviations x", "(8 + x²) eps, relative", tails),
    Check(("two_class_gaussian_auroc",), "ratio of deviations 1e±4", "20 eps, absolute", areas),
]
