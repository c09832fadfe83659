"""The printed formulas in a browser against the array functions, scipy and torch's derivatives."""

import re

import mpmath
import numpy as np
import pytest
import scipy.special
import torch

from softmax_geometry import estimators
from softmax_geometry.density import DensityModel, U_density
from softmax_geometry.explorer.formulas import CLASSES
from softmax_geometry.head import Head
from softmax_geometry.regions import LinearRegion
from softmax_geometry.thresholds import Threshold

N = 240
SCALES = np.tile([1e-3, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0], N // 8)


def rng(K):
    return np.random.default_rng(100 + K)


def falling_logits(K):
    """Rows in the formulas' order, of all sizes, the first few with ties."""
    l = rng(K).normal(size=(N, K)) * SCALES[:, None] + rng(K).normal(size=(N, 1)) * 50
    l[:8] = np.round(l[:8])
    l[8:12, 1:] = l[8:12, :1]
    return -np.sort(-l, axis=1)


def planar(K):
    return rng(K).normal(size=(N, K, 2))


def by_autograd(function, *arrays):
    """Gradients at z = 0 by torch in float64; the arrays are parameters of the function, row by row."""
    z = torch.zeros((len(arrays[0]), 2), dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(function(z, *map(torch.tensor, arrays)).sum(), z)
    return gradient.numpy()


def logits_at(z, l, w):
    return l + torch.einsum("nkh,nh->nk", w, z)


def entropy_at(z, l, w):
    log_p = torch.log_softmax(logits_at(z, l, w), 1)
    return -(log_p.exp() * log_p).sum(1)


def log_odds_against_at(z, l, w):
    l = logits_at(z, l, w)
    return torch.logsumexp(l[:, 1:], 1) - l[:, 0]


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def mixtures(K):
    """Points, means with the nearest first, and standard deviations."""
    z, m, s = 3 * rng(K).normal(size=(N, 2)), 2 * planar(K), np.exp(rng(K).normal(size=N))
    z[:10] *= 100
    order = np.argsort(((m - z[:, None]) ** 2).sum(2), axis=1)
    return z, np.take_along_axis(m, order[:, :, None], axis=1), s


def densities(K):
    return [
        U_density(z[None], DensityModel([1 / K] * K, m, [s**2 * np.eye(2)] * K))[0]
        for z, m, s in zip(*mixtures(K), strict=True)
    ]


def mixture_at(z, at, m, s):
    return -torch.logsumexp(-((z[:, None] + at[:, None] - m) ** 2).sum(2) / (2 * s[:, None] ** 2), 1)


def heads(K):
    """Weights, biases, points, temperatures and the logits of the head divided by the temperature."""
    w, b, z, T = planar(K), rng(K).normal(size=(N, K)), 5 * rng(K).normal(size=(N, 2)), np.exp(rng(K).normal(size=N))
    return (w, b, z, T), [Head(*head).logits(x[None])[0] / t for *head, x, t in zip(w, b, z, T, strict=True)]


def estimator(function):
    return lambda K: ((falling_logits(K),), function(falling_logits(K)))


def moderate(K):
    """Logits whose gradients do not underflow."""
    return falling_logits(K) * np.minimum(1, 20 / SCALES)[:, None]


def U_max_at(z, l, w):
    return -torch.softmax(logits_at(z, l, w), 1)[:, 0]


def entropy_gradient_far_out(l, w):
    """−Cov_p(l, w) in 30 digits, divided by its norm: the exponents of mpmath do not underflow."""
    with mpmath.workdps(30):
        p = [mpmath.exp(x - l[0]) for x in map(mpmath.mpf, l)]
        mean = sum(q * (x - l[0]) for q, x in zip(p, l, strict=True)) / sum(p)
        pull = [-sum(q * (x - l[0] - mean) * v[h] for q, x, v in zip(p, l, w, strict=True)) for h in range(2)]
        return [float(x / mpmath.hypot(*pull)) for x in pull]


EXPECTED = {  # by name: arguments (each with N rows) and values
    "logits": heads,
    "softmax": estimator(lambda l: scipy.special.softmax(l, axis=1)),
    "U_max": estimator(estimators.U_max),
    "U_entropy": estimator(estimators.U_entropy),
    "U_cool": estimator(estimators.U_cool),
    "U_max_log": estimator(estimators.U_max_log),
    "U_entropy_log": estimator(estimators.U_entropy_log),
    "U_max_gradient": lambda K: ((moderate(K), planar(K)), by_autograd(U_max_at, moderate(K), planar(K))),
    "U_entropy_gradient": lambda K: ((moderate(K), planar(K)), by_autograd(entropy_at, moderate(K), planar(K))),
    "U_density": lambda K: (mixtures(K), densities(K)),
    "U_density_gradient": lambda K: (mixtures(K), by_autograd(mixture_at, *mixtures(K))),
}
DIRECTIONS = {
    "U_max_direction": lambda l, w: by_autograd(log_odds_against_at, l, w),
    "U_entropy_direction": lambda l, w: np.array([entropy_gradient_far_out(*row) for row in zip(l, w, strict=True)]),
}
CONFIDENCES = np.linspace(0.01, 0.99, N)
SCORES = np.concatenate([-np.geomspace(0.2, 700, N - 1), [np.log(0.4)]])
MARGINS, U, V = np.geomspace(1e-3, 500, N), planar(2)[:, 0], planar(2)[:, 1]
SCALARS = {
    "margin_from_confidence": ((CONFIDENCES,), scipy.special.logit(CONFIDENCES)),
    "margin_from_log_score": ((SCORES,), [Threshold("U_max", 0.05, x, "empirical").margin for x in SCORES]),
    "confidence_from_margin": ((MARGINS - 5,), scipy.special.expit(MARGINS - 5)),
    "offset": (
        (MARGINS, U, V),
        [LinearRegion(Head(w), L).offsets[0, 1] for L, w in zip(MARGINS, planar(2), strict=True)],
    ),
    "width": (
        (MARGINS, U, V),
        [LinearRegion(Head(w), L).widths[0, 1] for L, w in zip(MARGINS, planar(2), strict=True)],
    ),
}


@pytest.fixture
def values(in_page, page_scripts):
    """The values of a formula on rows of arguments, from the printed source or a falsified one."""

    def evaluate(name, arguments, K=None, source=page_scripts[0]):
        function = f"formulas.{name}" + (f"[{K}]" if K else "")
        rows = [[np.asarray(x).tolist() for x in row] for row in zip(*arguments, strict=True)]
        return np.array(in_page(f"data.map((row) => {function}(...row))", rows, [source]), dtype=float)

    return evaluate


def largest_difference(got, expected):
    """In units of the tolerance: relative 1e-9 with an absolute floor of 1e-12."""
    expected = np.asarray(expected)
    return np.max(np.abs(got - expected) / (1e-9 * np.abs(expected) + 1e-12))


@pytest.mark.parametrize("name", EXPECTED)
def test_formula_for_every_number_of_classes(values, name):
    for K in CLASSES:
        arguments, expected = EXPECTED[name](K)
        assert largest_difference(values(name, arguments, K), expected) < 1


@pytest.mark.parametrize("name", DIRECTIONS)
def test_direction_is_that_of_the_gradient_however_small(values, name):
    for K in CLASSES:
        l, w = falling_logits(K)[12:], planar(K)[12:]
        got = values(name, (l, w), K)
        assert largest_difference(unit(got), unit(DIRECTIONS[name](l, w))) < 1


@pytest.mark.parametrize("name", SCALARS)
def test_formula_without_classes(values, name):
    arguments, expected = SCALARS[name]
    assert largest_difference(values(name, arguments), expected) < 1


def falsified(source, name, old, new):
    """The source with the first `old` of each function of that name replaced."""
    lines, inside = source.splitlines(), False
    for i, line in enumerate(lines):
        if match := re.match(r"    (\w+): ", line):
            inside = match[1] == name
        if inside and "=>" in line:
            head, body = line.split("=>", 1)
            assert old in body, f"{name} has no {old}"
            lines[i] = head + "=>" + body.replace(old, new, 1)
    return "\n".join(lines)


@pytest.mark.parametrize("name", [*EXPECTED, *SCALARS])
def test_twin_a_wrong_sign_is_found(values, page_scripts, name):
    old, new = (" - ", " + ") if name == "margin_from_confidence" else (" + ", " - ")
    source = falsified(page_scripts[0], name, old, new)
    for K in CLASSES if name in EXPECTED else [None]:
        arguments, expected = EXPECTED[name](K) if K else SCALARS[name]
        assert not largest_difference(values(name, arguments, K, source), expected) < 1


@pytest.mark.parametrize("name", ["softmax", "U_max", "U_entropy", "U_cool", "U_entropy_gradient"])
def test_twin_a_factor_of_one_millionth_is_found(values, page_scripts, name):
    source = falsified(page_scripts[0], name, "Math.exp(", "1.000001*Math.exp(")
    arguments, expected = EXPECTED[name](3)
    assert not largest_difference(values(name, arguments, 3, source), expected) < 1


def test_size_and_names(page_scripts, in_page):
    assert len(page_scripts[0].encode()) < 150_000
    assert set(in_page("Object.keys(formulas)")) == {*EXPECTED, *DIRECTIONS, *SCALARS}
