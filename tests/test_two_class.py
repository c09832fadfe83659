"""The two-class offset: against brentq on scipy's normal law, mpmath, Monte Carlo, and known numbers."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import norm

from softmax_geometry.checks import InputError
from softmax_geometry.features import ClassGaussians
from softmax_geometry.head import Head
from softmax_geometry.two_class import (
    conformal_offset,
    mass_within,
    separable_offset,
    two_class_margins,
    two_class_offset,
)

parameters = st.tuples(
    st.floats(-20, 20), st.floats(-20, 20), st.floats(0.01, 10), st.floats(0.01, 10), st.floats(0.01, 0.99)
)
epsilons = st.floats(0.001, 0.999)


def flagged(a, m, s, pi):
    return sum(p * (norm.cdf(a, mi, si) - norm.cdf(-a, mi, si)) for p, mi, si in zip(pi, m, s, strict=True))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(parameters, epsilons)
def test_exact_offset_solves_the_equation_written_with_scipy_stats(law, epsilon):
    m, s, pi = law[:2], law[2:4], (law[4], 1 - law[4])
    a = float(two_class_offset(m, s, pi, epsilon))
    assert flagged(a, m, s, pi) == pytest.approx(epsilon, abs=1e-10)
    root = brentq(lambda x: flagged(x, m, s, pi) - epsilon, 0, 1e3, xtol=1e-13)
    density = sum(p * (norm.pdf(a, mi, si) + norm.pdf(-a, mi, si)) for p, mi, si in zip(pi, m, s, strict=True))
    assert a == pytest.approx(root, rel=1e-9, abs=1e-12 + 1e-14 / max(density, 1e-300))
    assert float(mass_within(a, m, s, pi)) == pytest.approx(epsilon, rel=1e-9)


def test_exact_offset_at_fifty_digits():
    with mpmath.workdps(50):
        exact = mpmath.findroot(
            lambda a: mpmath.ncdf(a - 2) - mpmath.ncdf(-a - 2) - mpmath.mpf("0.05"), mpmath.mpf("0.42")
        )
    assert float(two_class_offset([2, -2], [1, 1], [0.5, 0.5], 0.05)) == pytest.approx(float(exact), rel=1e-12)


def test_a_whole_stack_of_heads_is_one_call():
    rng = np.random.default_rng(0)
    m, s = rng.normal(size=(50, 2)) * 3, rng.uniform(0.2, 2, (50, 2))
    pi = rng.dirichlet([2, 2], 50)
    together = two_class_offset(m, s, pi, 0.05)
    np.testing.assert_allclose(together, [two_class_offset(m[i], s[i], pi[i], 0.05) for i in range(50)], rtol=1e-10)
    assert two_class_offset(m[0], s[0], pi[0], [0.01, 0.1, 0.5]).shape == (3,)


@pytest.mark.parametrize(
    ("distance", "epsilon", "exact", "separable", "achieved"),
    [
        (1.5, 0.05, 0.192, np.nan, np.nan),
        (2.0, 0.05, 0.4252, 0.3551, 0.0407),
        (2.5, 0.05, 0.8589, 0.8551, 0.0496),
        (3.0, 0.05, 1.3552, 1.3551, 0.0500),
        (1.0, 0.20, 0.413, 0.158, 0.077),
    ],
)
def test_table_of_exact_against_separable_offsets(distance, epsilon, exact, separable, achieved):
    law = ([distance, -distance], [1, 1], [0.5, 0.5])
    assert float(two_class_offset(*law, epsilon)) == pytest.approx(exact, abs=6e-4)
    a = float(separable_offset(*law, epsilon))
    assert a == pytest.approx(separable, abs=6e-4, nan_ok=True)
    assert float(mass_within(a, *law)) == pytest.approx(achieved, abs=6e-4, nan_ok=True)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(
    st.floats(0.1, 8),
    st.floats(0.1, 8),
    st.floats(0.1, 3),
    st.floats(0.1, 3),
    st.floats(0.05, 0.95),
    epsilons,
)
def test_separable_offset_is_conservative_and_exists_iff_epsilon_exceeds_the_error_rate(m1, m2, s1, s2, p, epsilon):
    law = ([m1, -m2], [s1, s2], [p, 1 - p])
    error = p * norm.sf(m1 / s1) + (1 - p) * norm.sf(m2 / s2)
    a = float(separable_offset(*law, epsilon))
    if epsilon <= error:
        assert np.isnan(a)
    else:
        assert 0 <= a <= float(two_class_offset(*law, epsilon)) * (1 + 1e-9)
        shortfall = epsilon - float(mass_within(a, *law))
        assert -1e-9 <= shortfall <= error + 1e-9


@settings(deadline=None, derandomize=True, max_examples=100)
@given(parameters)
def test_offset_increases_with_epsilon(law):
    a = two_class_offset(law[:2], law[2:4], (law[4], 1 - law[4]), np.linspace(0.01, 0.99, 25))
    assert (np.diff(a) > 0).all()


def test_margins_of_any_head_agree_with_monte_carlo():
    """w_1 ≠ −w_2, biases, unequal priors, general covariances; one million draws, 5 standard errors."""
    rng = np.random.default_rng(3)
    head = Head(rng.normal(size=(2, 4)), rng.normal(size=2))
    roots = rng.normal(size=(2, 4, 4))
    law = ClassGaussians(rng.normal(size=(2, 4)) * 2, roots @ roots.transpose(0, 2, 1), [0.3, 0.7])
    a = float(two_class_offset(*two_class_margins(head, law), law.priors, 0.1))
    l = head.logits(law.sample(10**6, rng=4).z)
    share = np.mean(np.abs(l[:, 0] - l[:, 1]) < a)
    assert abs(share - 0.1) < 5 * np.sqrt(0.1 * 0.9 / 10**6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, -1], [0, 1], [0.5, 0.5], 0.05), "stds"),
        (([1, -1], [1, np.inf], [0.5, 0.5], 0.05), "stds"),
        (([1, np.nan], [1, 1], [0.5, 0.5], 0.05), "means"),
        (([1, -1], [1, 1], [0.5, 0.6], 0.05), "priors"),
        (([1, -1], [1, 1], [1, 0], 0.05), "priors"),
        (([1, -1], [1, 1], [0.5, 0.5], 0.0), "epsilon"),
        (([1, -1], [1, 1], [0.5, 0.5], 1.0), "epsilon"),
        (([1, 2, 3], 1, 1, 0.05), "two classes"),
    ],
)
def test_bad_input_is_refused_with_a_sentence(arguments, message):
    with pytest.raises(InputError, match=message):
        two_class_offset(*arguments)


@pytest.mark.parametrize("epsilon", [-1.0, 0.0, 1.5, np.nan])
def test_separable_equation_refuses_a_bad_epsilon(epsilon):
    with pytest.raises(InputError, match="epsilon"):
        separable_offset([2, -2], [1, 1], [0.5, 0.5], epsilon)


def test_separable_equation_needs_classes_on_opposite_sides():
    with pytest.raises(InputError, match="m_1 > 0 > m_2"):
        separable_offset([1, 2], [1, 1], [0.5, 0.5], 0.05)


def test_conformal_offset_flags_at_most_epsilon_of_fresh_points_and_nears_the_exact_one():
    rng = np.random.default_rng(0)
    law = ([2.0, -2.0], [1.0, 1.0], [0.5, 0.5])
    shares = [
        float(mass_within(conformal_offset(rng.choice([2, -2], 199) + rng.normal(size=199), 0.05), *law))
        for _ in range(2000)
    ]
    error = np.std(shares) / np.sqrt(2000)
    assert 0.05 - 1 / 200 - 4 * error < np.mean(shares) < 0.05 + 4 * error
    many = rng.choice([2, -2], 200_000) + rng.normal(size=200_000)
    assert conformal_offset(many, 0.05) == pytest.approx(float(two_class_offset(*law, 0.05)), abs=0.02)
    with pytest.raises(InputError, match="at least 19"):
        conformal_offset(np.ones(18), 0.05)


def test_mass_within_keeps_the_digits_of_a_margin_beside_a_far_mean():
    """a − m is exact, a/s and m/s are not."""
    m, s = 1.0, 2.0**-40
    mass = float(mass_within(m + 3 * s, [m, -m], [s, s], [0.5, 0.5]))
    assert mass == pytest.approx(norm.cdf(3), rel=1e-15)
    assert float(mass_within(1.0, [1.0, -1.0], [1e-310, 1.0], [0.5, 0.5])) == pytest.approx(
        0.25 + 0.5 * (norm.cdf(0) - norm.cdf(-2)), rel=1e-15
    )
