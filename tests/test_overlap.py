from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm
from sklearn.linear_model import LogisticRegression

from softmax_geometry.auroc import auroc
from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.overlap import (
    auroc_bounds,
    auroc_ceiling,
    auroc_ceiling_discrete,
    auroc_discrete,
    two_class_gaussian_auroc,
)

laws = st.integers(1, 7).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(0, 9), min_size=n, max_size=n).filter(any)] * 2)
)


def normalised(counts):
    return [Fraction(c, sum(counts)) for c in counts]


def exact_ceiling(p, q):
    """1/2 + TV(p × q, q × p)/2 in rationals."""
    atoms = range(len(p))
    return Fraction(1, 2) + sum(abs(p[x] * q[y] - q[x] * p[y]) for x, y in product(atoms, atoms)) / 4


def exact_auroc(p, q, scores):
    atoms = range(len(p))
    wins = {-1: Fraction(0), 0: Fraction(1, 2), 1: Fraction(1)}
    return sum(p[x] * q[y] * wins[int(np.sign(scores[y] - scores[x]))] for x, y in product(atoms, atoms))


@settings(deadline=None, derandomize=True, max_examples=300)
@given(laws, st.data())
def test_discrete_ceiling_is_exact_and_no_score_beats_it(law, data):
    p, q = map(normalised, law)
    ceiling = exact_ceiling(p, q)
    assert auroc_ceiling_discrete(np.array(p, float), np.array(q, float)) == pytest.approx(float(ceiling), abs=1e-14)
    scores = data.draw(st.lists(st.integers(0, 3), min_size=len(p), max_size=len(p)))
    exact = exact_auroc(p, q, scores)
    assert exact <= ceiling
    assert auroc_discrete(np.array(p, float), np.array(q, float), scores) == pytest.approx(float(exact), abs=1e-14)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(laws)
def test_bounds_hold_in_rationals(law):
    p, q = map(normalised, law)
    tv = sum(abs(a - b) for a, b in zip(p, q, strict=True)) / 2
    ceiling = exact_ceiling(p, q)
    assert Fraction(1, 2) + tv / 2 <= ceiling <= 1 - (1 - tv) ** 2 / 2
    lower, upper = auroc_bounds(float(tv))
    assert lower == pytest.approx(float(Fraction(1, 2) + tv / 2), abs=1e-15)
    assert upper == pytest.approx(float(1 - (1 - tv) ** 2 / 2), abs=1e-15)


@pytest.mark.parametrize("tv", [0.0, 0.2, 0.7, 1.0])
def test_both_bounds_are_attained(tv):
    lower, upper = auroc_bounds(tv)
    assert auroc_ceiling_discrete([1 - tv, tv], [1.0, 0.0]) == pytest.approx(lower)
    assert auroc_ceiling_discrete([tv, 0.0, 1 - tv], [0.0, tv, 1 - tv]) == pytest.approx(upper)


def test_cause_3_is_not_overlap_even_for_the_true_density():
    p = [Fraction(101, 1000), Fraction(99, 1000)] + 8 * [Fraction(1, 10)]
    q = [Fraction(1)] + 9 * [Fraction(0)]
    rarity = [-x for x in p]  # the order of −log p_in
    assert exact_auroc(p, q, rarity) == Fraction(101, 2000)
    assert exact_ceiling(p, q) == 1 - Fraction(101, 2000)
    p_in, p_out = np.array(p, float), np.array(q, float)
    assert auroc_discrete(p_in, p_out, -np.log(p_in)) == pytest.approx(0.0505, abs=1e-15)
    assert auroc_ceiling_discrete(p_in, p_out) == pytest.approx(0.9495, abs=1e-15)


def test_sampled_ceiling_is_close_below_the_true_one():
    d, n = 1.0, 3000
    rng = np.random.default_rng(1)
    in_z, out_z = rng.normal(size=(n, 2)), rng.normal(loc=(d, 0), size=(n, 2))
    true = norm.cdf(d / 2**0.5)
    linear = auroc_ceiling(in_z, out_z, rng=0, classifier=LogisticRegression())
    assert abs(linear.value - true) < 4 * linear.standard_error
    trees = auroc_ceiling(in_z, out_z, rng=0)
    assert true - 0.04 < trees.value < true + 4 * trees.standard_error


def test_sampled_ceiling_finds_what_minus_log_density_misses():
    rng = np.random.default_rng(2)
    in_z, out_z = rng.normal(size=(1500, 1)), 0.2 * rng.normal(size=(1500, 1))
    surprise = auroc(in_z[:, 0] ** 2, out_z[:, 0] ** 2)
    assert surprise.value < 0.2
    assert auroc_ceiling(in_z, out_z, rng=0).value > 0.8


def test_sampled_ceiling_of_equal_laws_is_one_half_and_not_optimistic():
    rng = np.random.default_rng(3)
    results = [auroc_ceiling(rng.normal(size=(60, 3)), rng.normal(size=(60, 3)), folds=3, rng=rng) for _ in range(30)]
    values = np.array([r.value for r in results])
    assert abs(values.mean() - 0.5) < 4 * values.std(ddof=1) / 30**0.5
    assert np.mean([r.standard_error for r in results]) == pytest.approx(values.std(ddof=1), rel=0.5)


def test_sampled_ceiling_repeats_with_its_seed():
    rng = np.random.default_rng(4)
    in_z, out_z = rng.normal(size=(50, 2)), rng.normal(size=(40, 2))
    assert auroc_ceiling(in_z, out_z, rng=5) == auroc_ceiling(in_z, out_z, rng=5)
    assert auroc_ceiling(in_z, out_z, rng=5) != auroc_ceiling(in_z, out_z, rng=6)


numbers = st.floats(-5, 5)
spreads = st.floats(0.1, 5)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(numbers, spreads, st.one_of(numbers, st.sampled_from(["same", "opposite"])), spreads)
@example(5e-324, 1.0, "same", 2.0)
def test_two_class_gaussian_auroc_is_the_bivariate_normal_formula(m_in, s_in, m_out, s_out):
    m_out = {"same": m_in, "opposite": -m_in}.get(m_out, m_out)
    s = np.hypot(s_in, s_out)
    rho = (s_in**2 - s_out**2) / s**2
    corner = np.array([m_in - m_out, m_in + m_out]) / s
    cov = [[1, rho], [rho, 1]]
    expected = sum(multivariate_normal.cdf(sign * corner, cov=cov, abseps=1e-10) for sign in (1, -1))
    assert float(two_class_gaussian_auroc(m_in, s_in, m_out, s_out)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("m_in", "s_in", "m_out", "s_out"), [(4, 1, 0, 1), (2, 1, 1, 3), (-3, 2, 3, 2), (0, 2, 0, 1)])
def test_two_class_gaussian_auroc_of_every_softmax_score_by_monte_carlo(m_in, s_in, m_out, s_out):
    rng = np.random.default_rng(9)
    n = 20_000
    logits = [np.stack([m + s * rng.normal(size=n), np.zeros(n)], axis=1) for m, s in ((m_in, s_in), (m_out, s_out))]
    exact = float(two_class_gaussian_auroc(m_in, s_in, m_out, s_out))
    for U in (U_max_log, U_entropy_log):
        sampled = auroc(*map(U, logits))
        assert abs(sampled.value - exact) < 4 * sampled.standard_error


def test_two_class_gaussian_auroc_closed_forms():
    s_in, s_out = np.array([0.5, 1, 7]), np.array([2.0, 1, 0.3])
    np.testing.assert_allclose(two_class_gaussian_auroc(0, s_in, 0, s_out), 2 / np.pi * np.arctan(s_in / s_out))
    swapped = two_class_gaussian_auroc(1.5, s_in, 0.3, s_out) + two_class_gaussian_auroc(0.3, s_out, 1.5, s_in)
    np.testing.assert_allclose(swapped, 1, atol=1e-14)
    np.testing.assert_allclose(two_class_gaussian_auroc([3.0, -3.0], 1, [3.0, 3.0], 1), 0.5, atol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: auroc_bounds(1.5), "tv: expected"),
        (lambda: auroc_discrete([0.5, 0.6], [1, 0], [0, 1]), "p_in: expected probabilities"),
        (lambda: auroc_discrete([0.5, 0.5], [1, 0], [0]), "scores: expected 2"),
        (lambda: auroc_ceiling_discrete([0.5, 0.5], [1]), "p_out: expected 2"),
        (lambda: auroc_ceiling([[0.0]] * 4, [[0.0, 1.0]] * 4), "out_z: expected 1 features"),
        (lambda: auroc_ceiling([[0.0]] * 4, [[0.0]] * 4, folds=1), "folds: expected at least 2"),
        (lambda: auroc_ceiling([[0.0]] * 4, [[0.0]] * 4, folds=3), "folds: expected at most 2"),
        (lambda: two_class_gaussian_auroc(0, 0, 0, 1), "std_in: expected positive"),
        (lambda: two_class_gaussian_auroc(0, 1, np.nan, 1), "mean_out: expected finite"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
