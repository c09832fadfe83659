from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from numerics.laws import as_law, auroc, best_auroc, image, probability, threshold, total_variation, uniform
from softmax_geometry.checks import InputError

repeatable = settings(deadline=None, derandomize=True, max_examples=100)
outcomes = st.lists(st.integers(-4, 4), min_size=1, max_size=12)
laws = outcomes.map(lambda listed: uniform(*listed))
levels = st.fractions("1/50", "49/50", max_denominator=60)


@repeatable
@given(laws, levels)
def test_threshold_is_the_largest_u_with_at_most_1_minus_epsilon_below(scores, epsilon):
    tau = threshold(scores, epsilon)
    assert probability(scores, lambda u: u < tau) <= 1 - epsilon
    assert probability(scores, lambda u: u <= tau) > 1 - epsilon  # so every larger u has more than 1 − ε below
    for z0 in range(-6, 7):  # definition 1, point by point
        assert (probability(scores, lambda u, z0=z0: u < z0) > 1 - epsilon) == (z0 > tau)


@repeatable
@given(st.lists(st.integers(-3, 3), min_size=1, max_size=9), st.lists(st.integers(-3, 3), min_size=1, max_size=9))
def test_auroc_matches_scikit_learn(scores_in, scores_out):
    labels = np.repeat([0, 1], [len(scores_in), len(scores_out)])
    oracle = roc_auc_score(labels, scores_in + scores_out)
    assert float(auroc(uniform(*scores_in), uniform(*scores_out))) == pytest.approx(oracle, abs=1e-12)


@repeatable
@given(laws, laws)
def test_the_likelihood_ratio_is_best_and_within_the_total_variation_bounds(p, q):
    ceiling, tv = best_auroc(p, q), total_variation(p, q)
    assert auroc(p, q) <= ceiling
    assert auroc(image(p, abs), image(q, abs)) <= ceiling
    assert Fraction(1, 2) + tv / 2 <= ceiling <= 1 - (1 - tv) ** 2 / 2
    products = [{(x, y): a[x] * b[y] for x in a for y in b} for a, b in ((p, q), (q, p))]
    assert ceiling == Fraction(1, 2) + total_variation(*products) / 2


def test_the_overlap_example_of_theory_15():
    p_in = as_law({0: "101/1000", 1: "99/1000", **dict.fromkeys(range(2, 10), "1/10")})
    p_out = uniform(0)
    density_score = {x: -p for x, p in p_in.items()}
    D = auroc(image(p_in, density_score.__getitem__), image(p_out, density_score.__getitem__))
    assert Fraction(101, 2000) == D
    assert best_auroc(p_in, p_out) == 1 - Fraction(101, 2000)


@pytest.mark.parametrize("bad", [{0: "1/2"}, {0: 2, 1: -1}, {0: 0.5, 1: 0.5}, {}])
def test_improper_laws_are_refused(bad):
    with pytest.raises(InputError):
        as_law(bad)


@pytest.mark.parametrize("epsilon", [0, 1, 0.5, "-1/2"])
def test_improper_levels_are_refused(epsilon):
    with pytest.raises(InputError):
        threshold(uniform(1), epsilon)


def test_no_outcomes_no_law():
    with pytest.raises(InputError, match="at least one"):
        uniform()
