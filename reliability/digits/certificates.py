"""Checks of radii and masses that a head guarantees."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, attempt, dot, exact, normal
from reliability.digits.inputs import centred_rows, distance, far, plain_heads
from softmax_geometry import Head, Threshold, norm_certificate, sphere_mass, stability_radius
from softmax_geometry.certificates import mass_bound_gaussian, mass_bound_sphere


def certificates(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for head in plain_heads(rng, size, exponents):
        rows, K = centred_rows(head), head.K
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


CERTIFICATE = "20 (H + K) eps (h + max |b|) / min (h − b̃), relative"
RADIUS = "20 (H + K) eps (L + |log odds| + max |l|) / D"
CHECKS = [
    Check(("norm_certificate",), "weights 1e±100, L to 10⁴", CERTIFICATE, certificates),
    Check(("stability_radius",), "weights 1e±100", RADIUS, radii),
    Check(("stability_radius",), "weights 1e±200", RADIUS, far(radii, -200, 200)),
    Check(("sphere_mass",), "K = 2, H to 2048", "1e-12, relative", zones),
    Check(("mass_bound_sphere",), "K = 2, H to 2048", "1e-9, relative", caps),
    Check(("mass_bound_gaussian",), "K = 2, to 35 standard deviations x", "(8 + x²) eps, relative", tails),
]
