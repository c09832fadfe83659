"""The arrays of angles.py compute the expressions of symbolic/angles.py."""

from functools import partial
from itertools import product

import numpy as np
import pytest
import sympy as sp

from softmax_geometry.angles import (
    confidence_from_cosines,
    envelope,
    envelope_points,
    meridian,
    safe_ordering,
)
from softmax_geometry.symbolic import angles as symbolic

close = partial(np.testing.assert_allclose, rtol=1e-11, atol=1e-12)
c, m, K, k, phi = sp.symbols("c m K k phi", positive=True)
SIZES = [3, 4, 5, 10, 30]
SCALES = [0.1, 2.0, 15.0]


def grid(size, in_span):
    return np.linspace(1 / (size - 1) if in_span else 0, 1, 21)[1:-1]


def tied(values, size):
    count = sp.lambdify((m, K), symbolic.tied_count(m, K))
    return np.array([int(count(value, size)) for value in values])


@pytest.mark.parametrize(("size", "scale"), list(product(SIZES, SCALES)))
def test_envelope_in_the_span(size, scale):
    values = grid(size, in_span=True)
    low, high = envelope(values, scale, size, size - 1)
    lower = sp.lambdify((c, m, K, k), symbolic.envelope_lower(c=c, m=m, K=K, k=k))
    upper = sp.lambdify((c, m, K), symbolic.envelope_upper_in_span(c=c, m=m, K=K))
    close(low, lower(scale, values, size, tied(values, size)))
    close(high, upper(scale, values, size))


@pytest.mark.parametrize(("size", "scale"), list(product(SIZES, SCALES)))
def test_envelope_off_the_span(size, scale):
    values = grid(size, in_span=False)
    low, high = envelope(values, scale, size, size)
    upper = sp.lambdify((c, m, K), symbolic.envelope_upper(c=c, m=m, K=K))
    lower = sp.lambdify((c, m, K, k), symbolic.envelope_lower(c=c, m=m, K=K, k=k))
    flat = sp.lambdify((c, m, K), symbolic.envelope_lower_off_span(c=c, m=m, K=K))
    near = values < 1 / (size - 1)
    close(high, upper(scale, values, size))
    close(low[near], flat(scale, values[near], size))
    close(low[~near], lower(scale, values[~near], size, tied(values[~near], size)))
    g = sp.lambdify((c, m, K), symbolic.safe_cosine(lower=m, c=c, K=K))
    close(safe_ordering(values, scale, size, size), g(scale, low, size), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("size", SIZES)
def test_extreme_points(size):
    values = grid(size, in_span=True)
    low, high = envelope_points(values, size, size - 1)
    a, b = sp.lambdify((m, K), symbolic.upper_extreme_point(m, K))(values, size)
    close(high[:, 1], a)
    close(high[:, -1], b)
    count = tied(values, size)
    y, b = sp.lambdify((m, K, k), symbolic.lower_extreme_point(m, K, k))(values, size, count)
    close(low[np.arange(len(values)), count], y)
    close(low[:, -1], b)


def test_two_and_three_classes():
    two = sp.lambdify((c, m), symbolic.two_class_confidence(c, m))
    close(envelope(grid(2, in_span=False), 3.0, 2, 2), [two(3.0, grid(2, in_span=False))] * 2)
    theta = np.linspace(0, np.pi / 3, 25)
    three = sp.lambdify((c, phi), symbolic.three_class_confidence(c, phi))
    close(envelope(np.cos(theta), 3.0, 3, 2), [three(3.0, theta)] * 2)


def test_confidence_and_meridian():
    cosines = [0.9, -0.2, -0.7]
    close(confidence_from_cosines(3.0, cosines), float(symbolic.confidence(3.0, cosines)))
    t = [0.3, -0.5, 0.2]
    angles = np.linspace(0, np.pi / 2, 20)
    along = sp.lambdify((c, phi), symbolic.meridian_confidence(c=c, phi=phi, t=t))
    close(meridian(angles, 3.0, t), along(3.0, angles))
