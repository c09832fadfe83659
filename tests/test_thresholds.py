"""Thresholds: the order statistic of definition 1, the conformal rank, and the two margin bounds."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_entropy, U_max, U_max_log, margin
from softmax_geometry.thresholds import (
    Threshold,
    conformal_quantile,
    empirical_threshold,
    log_score,
    upper_quantile,
)

scores = st.lists(st.integers(-5, 5), min_size=1, max_size=40)
percent = st.integers(1, 99)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(scores, percent)
def test_upper_quantile_is_the_definition_word_for_word(values, k):
    """Theorem 1.0: {U > τ} is exactly the set of u with P(U < u) > 1 − ε, ties and all."""
    tau = upper_quantile(values, k / 100)
    level = 1 - Fraction(k, 100)
    for u in range(-6, 7):
        share_below = Fraction(sum(v < u for v in values), len(values))
        assert (share_below > level) == (u > tau)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(scores, percent)
def test_at_most_epsilon_of_the_data_is_flagged(values, k):
    tau = upper_quantile(values, k / 100)
    assert Fraction(sum(v > tau for v in values), len(values)) <= Fraction(k, 100)


@pytest.mark.parametrize(("n", "epsilon"), [(100, 0.07), (20, 0.05), (1000, 0.29), (10**6, 0.000007)])
def test_n_times_one_minus_epsilon_is_exact_where_floats_round(n, epsilon):
    assert upper_quantile(np.arange(n, dtype=float), epsilon) == n - round(n * epsilon)


@pytest.mark.parametrize(("n", "epsilon"), [(19, 0.05), (30, 0.2), (99, 0.01)])
def test_conformal_rank_flags_a_fresh_point_at_most_epsilon_of_the_time(n, epsilon):
    """Theorem 1.2, by enumeration: the rank of the fresh score among n + 1 is uniform."""
    flagged = 0
    for rank in range(n + 1):
        others = np.delete(np.arange(n + 1.0), rank)
        flagged += rank > conformal_quantile(others, epsilon)
    assert epsilon - 1 / (n + 1) < flagged / (n + 1) <= epsilon + 1e-12


def test_conformal_rank_refuses_too_few_points():
    with pytest.raises(InputError, match="at least 19"):
        conformal_quantile(np.arange(18.0), 0.05)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(
    st.integers(2, 12),
    st.sampled_from(["U_max", "U_entropy"]),
    st.floats(0.1, 30),
    st.integers(0, 2**32 - 1),
)
def test_region_lies_between_its_two_margin_thresholds(K, estimator, scale, seed):
    """Theorems 2.6 and 2.7 on random logits."""
    rng = np.random.default_rng(seed)
    l = rng.normal(size=(200, K)) * scale
    threshold = empirical_threshold(l, 0.3, estimator)
    inside = log_score(estimator)(l) > threshold.log_score
    M = margin(l)
    slack = 1e-9 * max(1.0, scale)
    assert inside[threshold.margin - slack > M].all()
    assert (M[inside] < threshold.margin_upper(K) + slack).all()


@pytest.mark.parametrize("estimator", ["U_max", "U_entropy"])
@pytest.mark.parametrize("K", [3, 10, 200])
def test_both_margin_bounds_are_sharp(estimator, K):
    threshold = Threshold(estimator, 0.05, float(np.log(0.2)), "empirical")
    two = np.r_[0, -threshold.margin, np.full(K - 2, -900.0)]
    tied = np.r_[0, np.full(K - 1, -threshold.margin_upper(K))]
    score = log_score(estimator)
    np.testing.assert_allclose([score(two), score(tied)], threshold.log_score, rtol=1e-10)


def test_units_of_a_threshold():
    l = np.random.default_rng(0).normal(size=(500, 4)) * 3
    by_max, by_entropy = empirical_threshold(l, 0.1, "U_max"), empirical_threshold(l, 0.1, "U_entropy")
    np.testing.assert_allclose(by_max.score, np.sort(U_max(l))[450], rtol=1e-12)
    np.testing.assert_allclose(by_entropy.score, np.sort(U_entropy(l))[450], rtol=1e-9)
    np.testing.assert_allclose(by_max.confidence, -by_max.score, rtol=1e-12)
    by_margin = empirical_threshold(l, 0.1, "margin")
    assert by_margin.margin == by_margin.margin_upper(4) == -by_margin.score


def test_linear_region_is_empty_below_confidence_one_half():
    threshold = Threshold("U_max", 0.05, float(np.log(1 - 0.45)), "empirical")
    assert threshold.margin < 0
    assert U_max_log([0.0, 0.0, 0.0]) > threshold.log_score
    assert Threshold("U_entropy", 0.05, float(np.log(0.8)), "empirical").margin == 0


def test_saturated_confidences_keep_their_threshold():
    l = np.c_[np.linspace(100, 200, 101), np.zeros(101)]
    assert empirical_threshold(l, 0.05).margin == pytest.approx(105)


@pytest.mark.parametrize("epsilon", [0, 1, -0.1, 1.5, np.nan, "a", None])
def test_epsilon_outside_the_open_unit_interval_is_refused(epsilon):
    with pytest.raises(InputError, match="epsilon: expected a number in"):
        upper_quantile([1.0, 2.0], epsilon)


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match="estimator"):
        empirical_threshold(np.zeros((2, 2)), 0.05, "softmax")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="source"):
        empirical_threshold(np.zeros((2, 2)), 0.05, "U_max", "guess")  # type: ignore[arg-type]
