from fractions import Fraction

import mpmath
import numpy as np
import pytest
from flint import arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import softmax as scipy_softmax
from scipy.stats import norm

from numerics.balls import (
    arb_rational,
    as_fraction,
    ball,
    confidence,
    dot,
    entropy,
    lower_bound,
    normal_cdf,
    normal_density,
    sigmoid,
    softmax,
    upper_bound,
)
from softmax_geometry.checks import InputError

rationals = st.fractions(-1000, 1000, max_denominator=997)
repeatable = settings(deadline=None, derandomize=True, max_examples=100)


@repeatable
@given(rationals)
def test_a_rational_lies_in_its_ball_and_bounds_are_exact(q):
    x = arb_rational(q)
    assert lower_bound(x) <= q <= upper_bound(x)
    assert upper_bound(x) - lower_bound(x) <= abs(q) * Fraction(1, 2**50)


@repeatable
@given(rationals, rationals)
def test_a_ball_covers_its_range_tightly_and_never_crosses_zero(a, b):
    low, high = min(a, b), max(a, b)
    x = ball(low, high)
    assert lower_bound(x) <= low
    assert high <= upper_bound(x)
    assert upper_bound(x) - lower_bound(x) <= (high - low) + (abs(low) + abs(high)) * Fraction(1, 2**27)
    if low >= 0:
        assert lower_bound(x) >= 0
    if high <= 0:
        assert upper_bound(x) <= 0


def test_a_square_root_down_to_zero_is_real():
    assert ball(0, "1/3").sqrt().is_finite()


@pytest.mark.parametrize("value", [0.1, "one", None, "1/0"])
def test_inexact_values_are_refused(value):
    with pytest.raises(InputError, match="exact rational"):
        as_fraction(value)


def test_an_empty_range_is_refused():
    with pytest.raises(InputError, match="lower"):
        ball(1, 0)


@repeatable
@given(st.lists(st.integers(-30, 30), min_size=2, max_size=6))
def test_softmax_confidence_and_entropy_match_scipy(logits):
    oracle = scipy_softmax(np.array(logits, dtype=float))
    np.testing.assert_allclose([float(p) for p in softmax(logits)], oracle, rtol=1e-12)
    np.testing.assert_allclose(float(confidence(logits)), oracle.max(), rtol=1e-12)
    np.testing.assert_allclose(float(entropy(logits)), -np.sum(oracle * np.log(oracle)), rtol=1e-9, atol=1e-12)


def test_normal_functions_match_scipy_and_hold_in_the_far_tail():
    for x in (-3, 0, 1, 5):
        np.testing.assert_allclose(float(normal_cdf(arb(x))), norm.cdf(x), rtol=1e-13)
        np.testing.assert_allclose(float(normal_density(arb(x))), norm.pdf(x), rtol=1e-13)
    with mpmath.workdps(30), ctx.workprec(120):
        oracle = mpmath.erfc(40 / mpmath.sqrt(2)) / 2
        assert abs(Fraction(str(oracle)) / lower_bound(normal_cdf(arb(-40))) - 1) < Fraction(1, 10**25)


def test_sigmoid_and_dot():
    assert sigmoid(arb(2)).overlaps(softmax([2, 0])[0])
    assert dot((1, Fraction(1, 2)), (2, 4)) == 4
    with pytest.raises(InputError, match="expected 2 entries"):
        dot((1, 2), (1,))
