"""The printed mental model, the corrected one, and what bounds what."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_max
from softmax_geometry.head import Head
from softmax_geometry.mental_model import (
    U_max_corrected,
    U_max_mental,
    U_max_mental_log,
    max_logit,
    mental_model,
)
from softmax_geometry.structure import simplex

seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(2, 12).flatmap(lambda K: st.tuples(st.just(K), st.integers(K - 1, K + 3)))
logit_rows = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=20),
    elements=st.floats(-30, 30, allow_subnormal=False),
)


def test_the_printed_equation_in_fifty_digits():
    mpmath.mp.dps = 50
    norm, cosine, K = mpmath.mpf(2.5), mpmath.mpf(0.75), 10
    exact = -1 / (1 + (K - 1) * mpmath.exp(-norm * (mpmath.mpf(1) / (K - 1) + cosine)))
    assert float(abs(mental_model(2.5, 0.75, K=10) / exact - 1)) < 1e-15


@settings(deadline=None, derandomize=True, max_examples=100)
@given(sizes, st.floats(0.01, 30), st.floats(0.01, 10), seeds)
def test_the_mental_model_is_never_more_uncertain_than_the_softmax_of_a_simplex(size, c, norm, seed):
    K, H = size
    head = Head(simplex(K, H, scale=c))
    z = norm * np.random.default_rng(seed).standard_normal((50, H))
    mental, corrected, true = U_max_mental(head, z, c), U_max_corrected(head.logits(z)), U_max(head.logits(z))
    assert (mental <= corrected + 1e-12).all()
    assert (corrected <= true + 1e-12).all()
    aligned = norm * head.weight
    np.testing.assert_allclose(U_max_mental(head, aligned, c), U_max(head.logits(aligned)), atol=1e-12)


def test_orthogonal_to_every_weight_the_mental_model_is_sure_and_the_softmax_is_not():
    head, z = Head(simplex(10, 11)), np.zeros((1, 11))
    z[0, 10] = 1000
    assert U_max(head.logits(z))[0] == pytest.approx(-0.1)
    assert U_max_mental(head, z)[0] == -1


@settings(deadline=None, derandomize=True, max_examples=200)
@given(logit_rows)
def test_the_corrected_model_bounds_the_confidence_of_any_head(logits):
    assert (U_max_corrected(logits) <= U_max(logits) + 1e-14).all()


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.integers(2, 30), st.floats(-20, 20), st.floats(0, 20))
def test_the_corrected_model_is_exact_when_all_competitors_tie(K, level, gap):
    logits = np.full((1, K), level)
    logits[0, K // 2] += gap
    np.testing.assert_allclose(U_max_corrected(logits), U_max(logits), rtol=1e-12)


def test_and_only_then():
    assert U_max(np.array([[2.0, 0.5, -2.5]]))[0] - U_max_corrected([[2.0, 0.5, -2.5]])[0] > 0.08


@settings(deadline=None, derandomize=True, max_examples=200)
@given(logit_rows)
def test_the_corrected_order_is_that_of_max_logit(logits):
    order = np.argsort(max_logit(logits))
    assert (np.diff(U_max_corrected(logits)[order]) >= 0).all()


@settings(deadline=None, derandomize=True, max_examples=100)
@given(logit_rows, st.floats(-30, 30), seeds)
def test_max_logit_is_a_function_of_the_classifier(logits, shift, seed):
    order = np.random.default_rng(seed).permutation(logits.shape[1])
    np.testing.assert_allclose(max_logit(logits[:, order] + shift), max_logit(logits), atol=1e-12)
    np.testing.assert_allclose(max_logit(logits), logits.mean(axis=1) - logits.max(axis=1), atol=1e-12)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(sizes, st.floats(0.05, 5), seeds)
def test_c_does_not_change_the_mental_order(size, c, seed):
    K, H = size
    rng = np.random.default_rng(seed)
    head, z = Head(rng.standard_normal((K, H + 1))), rng.standard_normal((40, H + 1))
    order = np.argsort(U_max_mental(head, z))
    assert (np.diff(U_max_mental(head, z, c)[order]) >= -1e-14).all()


def test_but_scaling_the_logits_can_change_the_true_order():
    logits = np.array([[2.0, 0.0, 0.0], [3.0, 2.0, -5.0]])
    cool, hot = U_max(logits / 4), U_max(4 * logits)
    assert (cool[0] - cool[1]) * (hot[0] - hot[1]) < 0
    for scale in (0.25, 4):
        assert np.argmin(U_max_corrected(scale * logits)) == 1


def test_the_log_twin_orders_where_the_plain_model_ties():
    head = Head(simplex(3))
    z = np.array([[0.0, 100.0], [0.0, 200.0]])
    assert len(set(U_max_mental(head, z))) == 1
    log = U_max_mental_log(head, z)
    assert log[0] > log[1]
    small = z / 100
    np.testing.assert_allclose(np.expm1(U_max_mental_log(head, small)), U_max_mental(head, small), rtol=1e-12)


def test_in_one_class_too_few_or_no_direction():
    with pytest.raises(InputError, match="logits: expected at least 2 classes on the last axis"):
        max_logit([1.0])
    with pytest.raises(InputError, match="logits: expected finite numbers, got nan"):
        U_max_corrected([1.0, np.nan])
    with pytest.raises(InputError, match="z: expected non-zero rows"):
        U_max_mental(Head(simplex(3)), [[0.0, 0.0]])
    with pytest.raises(InputError, match="norms: expected numbers ≥ 0"):
        mental_model(-1.0, 0.5, K=3)
    with pytest.raises(InputError, match="c: expected positive numbers"):
        mental_model(1.0, 0.5, K=3, c=0)


@pytest.mark.parametrize(
    ("norm", "cosine", "K", "message"),
    [
        (1, 0.5, 1, r"^K: expected a whole number ≥ 2, got 1$"),
        (np.nan, 0.5, 3, r"^norms: expected finite numbers, got nan"),
        (1, np.inf, 3, r"^cosines: expected finite numbers, got inf"),
        (1, 1.5, 3, r"^cosines: expected numbers in \[-1, 1\], got 1.5$"),
        (1, -1.5, 3, r"^cosines: expected numbers in \[-1, 1\], got -1.5$"),
    ],
)
def test_arguments_outside_their_domain_are_named(norm, cosine, K, message):
    with pytest.raises(InputError, match=message):
        mental_model(norm, cosine, K=K)


def test_one_row_and_many_axes_of_logits_give_the_numbers_of_their_rows():
    logits = np.random.default_rng(0).normal(size=(3, 5, 4))
    for score in (max_logit, U_max_corrected):
        one_by_one = [[score(row) for row in rows] for rows in logits]
        np.testing.assert_allclose(score(logits), one_by_one, rtol=1e-14)
    np.testing.assert_allclose(max_logit(logits), logits.mean(axis=2) - logits.max(axis=2), rtol=1e-12)
