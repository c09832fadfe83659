import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from numerics.strategies import features_for, gaussians, heads, logits, probabilities
from softmax_geometry.estimators import U_max_log, margin

repeatable = settings(deadline=None, derandomize=True, max_examples=100)
search = settings(deadline=None, derandomize=True, max_examples=2000, database=None)


@repeatable
@given(st.data())
def test_heads_and_their_features_fit(data):
    head = data.draw(heads(max_K=12, max_H=9))
    z = data.draw(features_for(head))
    assert 2 <= head.K <= 12
    assert 1 <= head.H <= 9
    l = head.logits(z)
    assert np.isfinite(l).all()
    assert np.isfinite(U_max_log(l)).all()


@repeatable
@given(heads(biased=False), heads(biased=True, max_K=5, max_H=3))
def test_bias_can_be_fixed(without, with_bias):
    assert not without.bias.any()
    assert with_bias.bias.any()


@repeatable
@given(logits(max_K=7), probabilities())
def test_logits_are_finite_and_probabilities_proper(l, p):
    assert np.isfinite(l).all()
    assert np.isfinite(U_max_log(l)).all()
    assert p.min() >= 0
    assert p.sum() == pytest.approx(1)


@repeatable
@given(gaussians(singular=False))
def test_full_rank_can_be_asked_for(model):
    assert np.linalg.eigvalsh(model.covariances).min() > 0


@pytest.mark.parametrize(
    ("strategy", "hard"),
    [
        (logits(), lambda l: bool((margin(l) == 0).any())),
        (logits(), lambda l: bool(((margin(l) > 0) & (margin(l) < 1e-14)).any()) and np.abs(l).max() > 1e-3),
        (logits(), lambda l: np.abs(l).max() > 1e299),
        (logits(), lambda l: 0 < np.abs(l).max() < 1e-300),
        (logits(), lambda l: bool((margin(l) > 800).any()) and np.abs(l).max() < 1e6),
        (heads(), lambda head: head.K > 2 and head.H > 2 and np.linalg.matrix_rank(head.weight) == 1),
        (heads(), lambda head: np.abs(head.weight).max() > 1e4),
        (heads(), lambda head: np.abs(head.weight).max() < 1e-3),
        (heads(min_K=3), lambda head: head.squared_distances()[0, 1] < 1e-20 * head.squared_distances()[0, 2]),
        (gaussians(), lambda model: model.H > 1 and np.linalg.matrix_rank(model.covariances[0]) < model.H),
    ],
)
def test_hard_cases_are_reached(strategy, hard):
    find(strategy, hard, settings=search)
