"""Checks of the losses, the mental model, the radius of χ² and the bounds on the AUROC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check
from softmax_geometry import auroc_bounds, loss_bound, optimal_scale
from softmax_geometry.density_regions import chi2_radius
from softmax_geometry.loss import feature_penalty_optimum, optimal_confidence, regularised_loss
from softmax_geometry.mental_model import mental_model


def losses(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (2, 10, 1000):
        for c1, c2, lam in ((1.0, 3.0, 1e-3), (1e-3, 1.0, 1.0), (10.0, 20.0, 1e-9), (0.1, 5.0, 1e-300)):
            x = MP.mpf(K) / (K - 1) * MP.mpf(c1) * MP.mpf(c2)
            value = MP.log1p((K - 1) * MP.exp(-x)) + MP.mpf(lam) * K * MP.mpf(c1) ** 2
            yield Case(float(loss_bound(c1, c2, lam, K)), value, (10 + 2 * x) * EPS * value)


def optima(rng: np.random.Generator, size: int) -> Iterator[tuple[tuple[float, float, int], Any, Any, Any]]:
    """c₂, λ and K, the exact x = slope · c₁* and the slope, and the allowed relative error of x."""
    for K in (2, 10, 100_000):
        for c2 in (1e-100, 1e-3, 3.0, 1e3, 1e100):
            for lam in (1e-300, 1e-3, 1e3):
                slope = MP.mpf(K) / (K - 1) * MP.mpf(c2)
                target = slope * MP.mpf(c2) / (2 * MP.mpf(lam))
                x = target / K if target < 1 else MP.log(target + 2)
                for _ in range(200):
                    f = MP.log(x) + MP.log(MP.exp(x) + K - 1) - MP.log(target)
                    new = x * MP.exp(-f / (1 + x * MP.exp(x) / (MP.exp(x) + K - 1)))
                    if abs(new - x) < 1e-50 * x:
                        break
                    x = new
                logs = abs(MP.log(x)) + abs(MP.log(MP.mpf(lam))) + 2 * abs(MP.log(MP.mpf(c2)))
                allowed = 1e-14 * abs(MP.log(x)) + 8 * EPS * (4 + logs)
                yield (c2, lam, K), x, slope, allowed


def scales(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for given, x, slope, allowed in optima(rng, size):
        yield Case(float(optimal_scale(*given)), x / slope, allowed * x / slope)


def confidences(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for given, x, _, allowed in optima(rng, size):
        confidence = 1 / (1 + (given[2] - 1) * MP.exp(-x))
        yield Case(float(optimal_confidence(*given)), confidence, (2 * x * allowed + 20 * EPS) * confidence)


def penalties(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (2, 10, 1000):
        for lam1, lam2 in ((1e-6, 1e-3), (1e-150, 1e-100), (1e-9, 1e-9)):
            gap = MP.log(1 / (2 * MP.sqrt(MP.mpf(lam1) * MP.mpf(lam2))) - K + 1)
            found = feature_penalty_optimum(lam1, lam2, K)
            norm = MP.sqrt(MP.mpf(K - 1) / K * gap * MP.sqrt(MP.mpf(lam2) / MP.mpf(lam1)))
            yield Case(found.gap, gap, 20 * EPS * (1 + gap))
            yield Case(found.weight_norm, norm, 20 * EPS * norm * (1 + 1 / gap))


def cross_entropies(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for gap in (1.0, 10.0, 40.0, 100.0):
        value = MP.log1p(MP.exp(-MP.mpf(gap)))
        yield Case(regularised_loss([[1.0], [0.0]], [[gap], [-gap]], lam=0.0), value, (10 + 2 * gap) * EPS * value)


def models(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for K in (2, 10, 1000):
        for norm in (0.0, 1e-8, 3.0, 1e4):
            for cosine in (1.0, 0.3, -0.05):
                exponent = MP.mpf(norm) * (MP.mpf(1) / (K - 1) + MP.mpf(cosine))
                value = -1 / (1 + (K - 1) * MP.exp(-exponent))
                yield Case(
                    float(mental_model(norm, cosine, K)), value, (10 + 4 * norm) * EPS * abs(value) + MP.mpf(5e-324)
                )


def radii(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for H in (1, 2, 10, 512):
        for epsilon in (1e-12, 1e-3, 0.05, 0.5, 0.999):
            got = chi2_radius(H, epsilon)
            half, x = MP.mpf(H) / 2, MP.mpf(got)
            above = MP.gammainc(half, x / 2, MP.inf, regularized=True)
            density = MP.exp((half - 1) * MP.log(x / 2) - x / 2 - MP.loggamma(half)) / 2
            root = x + (above - MP.mpf(epsilon)) / density  # one Newton step: the square of the error is left
            yield Case(got, root, 1e-12 * root)


def bounds(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for tv in (0.0, 1e-12, 0.3, 1 - 1e-9, 1.0):
        low, high = auroc_bounds(tv)
        yield Case(low, (1 + MP.mpf(tv)) / 2, EPS)
        yield Case(high, 1 - (1 - MP.mpf(tv)) ** 2 / 2, 2 * EPS)


CHECKS = [
    Check(("loss_bound",), "x to 400", "(10 + 2x) eps, relative", losses),
    Check(
        ("optimal_scale",),
        "c_2 1e±100, λ from 1e-300",
        "1e-14 |log x| + 8 eps (4 + |log x| + |log λ| + 2 |log c_2|), relative",
        scales,
    ),
    Check(
        ("optimal_confidence",),
        "c_2 1e±100, λ from 1e-300",
        "20 eps + 2x times that of `optimal_scale`, relative",
        confidences,
    ),
    Check(("feature_penalty_optimum",), "λ from 1e-150", "20 eps (1 + 1/gap), relative", penalties),
    Check(("regularised_loss",), "K = 2, λ = 0, gaps 1 to 100", "(10 + 2 gap) eps, relative", cross_entropies),
    Check(("mental_model",), "‖z‖ to 10⁴", "(10 + 4 c‖z‖) eps, relative", models),
    Check(("chi2_radius",), "ε 1e-12 to 0.999, H to 512", "1e-12, relative", radii),
    Check(("auroc_bounds",), "TV 0 to 1", "2 eps", bounds),
]
