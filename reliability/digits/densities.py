"""Checks of the Gaussian mixture: distances, determinants, densities."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from reliability.digits.compared import EPS, MP, Case, Check, attempt, exact
from reliability.digits.inputs import ill_conditioned
from softmax_geometry import ClassGaussians, DensityModel, DensityRegion, Head, U_density
from softmax_geometry.two_class import two_class_margins

CONDITIONS = (1.0, 1e6, 1e12)


def models(rng: np.random.Generator, size: int) -> Iterator[tuple[DensityModel, float]]:
    for H in (2, 8) if size == 1 else (1, 2, 8, 24):
        for condition in CONDITIONS:
            for scale in (1e-100, 1.0, 1e100):
                gaussians = ill_conditioned(rng, 2, H, condition)
                yield DensityModel([0.3, 0.7], gaussians.means * scale**0.5, gaussians.covariances * scale), condition


def _law(covariance: np.ndarray) -> tuple[Any, Any]:
    """Factor and log-determinant at 60 digits."""
    rows = exact(covariance)
    factor: dict[tuple[int, int], Any] = {}
    for h in range(len(rows)):
        for k in range(h + 1):
            rest = rows[h][k] - MP.fsum(factor[h, l] * factor[k, l] for l in range(k))
            factor[h, k] = MP.sqrt(rest) if h == k else rest / factor[k, k]
    return factor, 2 * MP.fsum(MP.log(factor[h, h]) for h in range(len(rows)))


def _square(factor: Any, difference: list[Any]) -> Any:
    whitened: list[Any] = []
    for h, entry in enumerate(difference):
        whitened.append((entry - MP.fsum(factor[h, k] * whitened[k] for k in range(h))) / factor[h, h])
    return MP.fsum(x * x for x in whitened)


def determinants(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for model, condition in models(rng, size):
        for covariance, found in zip(model.covariances, model.log_determinants, strict=True):
            _, value = _law(covariance)
            yield Case(found, value, 4 * model.H * EPS * (condition + abs(value)))


def distances(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for model, condition in models(rng, size):
        for far in (1e-3, 1.0, 1e20):
            z = model.means[0] + far * np.sqrt(model.covariances[0, 0, 0]) * rng.normal(size=model.H)
            factor, _ = _law(model.covariances[0])
            value = _square(factor, [a - b for a, b in zip(exact(z), exact(model.means[0]), strict=True)])
            yield Case(model.squared_distances([z])[0, 0], value, 8 * model.H * condition * EPS * value)


def densities(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for model, condition in models(rng, size):
        for far in (1.0, 30.0, 1e60):
            z = model.means[0] + far * np.sqrt(model.covariances[0, 0, 0]) * rng.normal(size=model.H)
            terms, parts = [], MP.mpf(0)
            for weight, mean, covariance in zip(model.weights, model.means, model.covariances, strict=True):
                factor, log_det = _law(covariance)
                q = _square(factor, [a - b for a, b in zip(exact(z), exact(mean), strict=True)])
                terms.append(MP.log(MP.mpf(float(weight))) - (model.H * MP.log(2 * MP.pi) + log_det + q) / 2)
                parts = max(parts, abs(log_det) + model.H) if parts else abs(log_det) + model.H
            top = max(terms)
            value = -top - MP.log(MP.fsum(MP.exp(t - top) for t in terms))
            yield Case(U_density([z], model)[0], value, 8 * model.H * EPS * (condition * (1 + abs(value)) + parts))


def beyond(rng: np.random.Generator, size: int) -> Iterator[Case]:
    """Points 1e150 to 1e300 away: the number, or an infinity where it is beyond a float; never NaN. κ is at most 3."""
    for covariance in ([[1.0, 0.5], [0.5, 1.0]], [[1e-200, 0.0], [0.0, 1e-200]], [[1.0, 0.0], [0.0, 1e200]]):
        model = DensityModel([1.0], [[0.0, 0.0]], [covariance])
        factor, log_det = _law(np.array(covariance))
        for z in ([1e150, 1.0], [1.0, 1e150], [1e153, 1e153], [1e200, 1e100], [1e300, 1e300], [1e300, -1e300]):
            found = attempt(lambda model=model, z=z: U_density([z], model))
            value = (_square(factor, exact(z)) + log_det) / 2 + MP.log(2 * MP.pi)
            yield Case(np.nan if found is None else found[0], value, 8 * 2 * 3 * EPS * abs(value))


def radii(rng: np.random.Generator, size: int) -> Iterator[Case]:
    for model, condition in models(rng, size):
        _, log_det = _law(model.covariances[0])
        for log_t in (-1.0, -1e3):
            value = 2 * (MP.log(MP.mpf(0.3)) - MP.mpf(log_t)) - model.H * MP.log(2 * MP.pi) - log_det
            allowed = 8 * model.H * EPS * (condition + abs(log_det) + 2 * abs(log_t))
            yield Case(DensityRegion(model, log_t).radii[0], value, allowed)


def margins(rng: np.random.Generator, size: int, exponents: tuple[int, ...] = (-100, 0, 100)) -> Iterator[Case]:
    for exponent in exponents:
        for condition in CONDITIONS:
            gaussians: ClassGaussians = ill_conditioned(rng, 2, 8, condition)
            head = Head(rng.normal(size=(2, 8)) * 10.0**exponent)
            found = attempt(lambda head=head, g=gaussians: two_class_margins(head, g))
            v = [a - b for a, b in zip(*exact(head.weight), strict=True)]
            for i in range(2):
                rows = exact(gaussians.covariances[i])
                value = MP.sqrt(MP.fsum(v[h] * rows[h][k] * v[k] for h in range(8) for k in range(8)))
                yield Case(np.nan if found is None else found[1][i], value, 2 * 8 * condition * EPS * value)


def far_margins(rng: np.random.Generator, size: int) -> Iterator[Case]:
    return margins(rng, 1, (-200, 200))


SPAN = "condition κ to 10¹², covariances 1e±100"
CHECKS = [
    Check(("DensityModel.log_determinants",), SPAN, "4 H eps (κ + |value|)", determinants),
    Check(("DensityModel.squared_distances",), SPAN, "8 H κ eps, relative", distances),
    Check(("DensityModel.log_density", "U_density"), SPAN, "8 H eps (κ (1 + |value|) + |log det| + H)", densities),
    Check(
        ("DensityModel.log_density", "U_density"),
        "points 1e150 to 1e300 away",
        "as for nearer points, or infinite where beyond a float",
        beyond,
    ),
    Check(("DensityRegion.radii",), SPAN, "8 H eps (κ + |log det| + 2 |log t|)", radii),
    Check(("two_class_margins",), "weights 1e±100, condition κ to 10¹², H = 8", "2 H κ eps, relative", margins),
    Check(("two_class_margins",), "weights 1e±200, H = 8", "2 H κ eps, relative", far_margins),
]
