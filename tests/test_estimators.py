"""Properties of the estimators, indexed by property; oracles: scipy, mpmath at 50 digits."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.special import log_softmax, softmax
from scipy.stats import entropy

from softmax_geometry.checks import InputError
from softmax_geometry.estimators import (
    U_cool,
    U_entropy,
    U_entropy_log,
    U_max,
    U_max_log,
    log_odds_against,
    margin,
)

PLAIN = [U_max, U_entropy, U_cool]
LOG = [U_max_log, U_entropy_log, log_odds_against]
logits = arrays(
    np.float64,
    array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=80),
    elements=st.floats(-30, 30, allow_subnormal=False),
)
exhaustive = settings(deadline=None, derandomize=True, max_examples=100)


def mp_scores(row):
    """(log(1 − max p), log H, log-odds) at 60 digits more than the logits need."""
    with mpmath.workdps(60):
        l = sorted((mpmath.mpf(float(x)) for x in row), reverse=True)
        others = mpmath.fsum(mpmath.exp(x - l[0]) for x in l[1:])
        total = 1 + others
        H = mpmath.log1p(others) + mpmath.fsum(mpmath.exp(x - l[0]) / total * (l[0] - x) for x in l[1:])
        return mpmath.log(others / total), mpmath.log(H), mpmath.log(others)


@exhaustive
@given(logits)
def test_plain_estimators_agree_with_scipy(l):
    p = softmax(l, axis=1)
    np.testing.assert_allclose(U_max(l), -p.max(axis=1), rtol=1e-12)
    np.testing.assert_allclose(U_entropy(l), entropy(p, axis=1), rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(U_cool(l), entropy(softmax(0.1 * l, axis=1), axis=1), rtol=1e-9, atol=1e-13)
    top = np.sort(l, axis=1)
    np.testing.assert_array_equal(margin(l), top[:, -1] - top[:, -2])


@pytest.mark.parametrize("K", [2, 3, 7, 64, 65, 200])
@pytest.mark.parametrize("scale", [1e-300, 1e-8, 1.0, 40.0, 1e4, 1e300])
def test_log_space_scores_agree_with_mpmath_at_any_scale(K, scale):
    rng = np.random.default_rng(K)
    l = np.vstack([rng.uniform(-scale, scale, K), np.zeros(K), np.r_[scale, scale, np.full(K - 2, -scale)]])
    for row, max_log, entropy_log, odds in zip(l, U_max_log(l), U_entropy_log(l), log_odds_against(l), strict=True):
        exact = [float(x) for x in mp_scores(row)]
        np.testing.assert_allclose([max_log, entropy_log, odds], exact, rtol=1e-13, atol=4e-15)


@exhaustive
@given(logits)
def test_log_space_keeps_the_order_and_value_of_the_plain_scores(l):
    unsaturated = np.abs(U_max(l)) < 1 - 1e-6
    np.testing.assert_allclose(np.expm1(U_max_log(l)), U_max(l), rtol=1e-12)
    np.testing.assert_allclose(np.exp(U_entropy_log(l))[unsaturated], U_entropy(l)[unsaturated], rtol=1e-7)
    np.testing.assert_allclose(U_max_log(l), log_odds_against(l) - np.log1p(np.exp(log_odds_against(l))), rtol=1e-12)


def test_plain_scores_saturate_where_log_space_does_not():
    l = np.array([[0.0, 40.0], [0.0, 50.0]], dtype=np.float32)
    assert U_max(l)[0] == U_max(l)[1] == -1
    assert U_max_log(l)[0] > U_max_log(l)[1]
    assert U_entropy_log(l)[0] > U_entropy_log(l)[1]


@exhaustive
@given(logits, st.floats(-100, 100), st.randoms(use_true_random=False))
@pytest.mark.parametrize("score", [*PLAIN, *LOG, margin])
def test_invariant_under_a_common_shift_and_a_permutation_of_classes(score, l, shift, random):
    order = list(range(l.shape[1]))
    random.shuffle(order)
    np.testing.assert_allclose(score((l + shift)[:, order]), score(l), rtol=1e-6, atol=1e-11)


@exhaustive
@given(logits, st.floats(1.01, 20))
@pytest.mark.parametrize("score", [U_max_log, U_entropy_log, log_odds_against])
def test_heating_the_logits_never_lowers_uncertainty(score, l, temperature):
    """Proposition 4; the paper's section 5 says the opposite in words (T > 1 "lowers U_max and U_entropy")."""
    assert (score(l / temperature) >= score(l) - 1e-12).all()


@pytest.mark.parametrize("score", [*PLAIN, *LOG, margin])
def test_torch_tensors_give_tensors_with_the_same_numbers(score):
    torch = pytest.importorskip("torch")
    l = np.random.default_rng(0).normal(size=(40, 90)) * 5
    for K in (5, 90):
        result = score(torch.from_numpy(l[:, :K].copy()))
        assert isinstance(result, torch.Tensor)
        np.testing.assert_array_equal(result.numpy(), score(l[:, :K]))


@pytest.mark.parametrize("score", [*PLAIN, *LOG, margin])
def test_tensors_that_numpy_cannot_see_go_the_general_way(score):
    """One that carries a gradient, and one in bfloat16."""
    torch = pytest.importorskip("torch")
    l = np.random.default_rng(0).normal(size=(20, 90)) * 5
    for K in (5, 90):
        half = torch.tensor(l[:, :K], dtype=torch.bfloat16)
        np.testing.assert_allclose(score(half).numpy(), score(half.double().numpy()), rtol=1e-12)
    tensor = torch.tensor(l[:, :5], requires_grad=True)
    result = score(tensor)
    np.testing.assert_allclose(result.detach().numpy(), score(l[:, :5]), rtol=1e-12)
    result.sum().backward()
    step = 1e-6 * np.eye(5)[1]
    slope = (score(l[:, :5] + step) - score(l[:, :5] - step)) / 2e-6
    np.testing.assert_allclose(tensor.grad[:, 1].numpy(), slope, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("dtype", [np.int64, np.float16, np.float32, np.float64])
def test_input_is_untouched_and_dtype_kept_or_widened(dtype):
    l = np.array([[3, 1, 2], [5, 5, 0]], dtype=dtype)
    before = l.copy()
    for score in [*PLAIN, *LOG, margin]:
        assert score(l).dtype == (np.float32 if dtype == np.float32 else np.float64)
        assert score(l[0]).shape == ()
        assert score(l[None]).shape == (1, 2)
    np.testing.assert_array_equal(l, before)


def test_blocks_of_rows_do_not_change_the_result():
    l = np.random.default_rng(1).normal(size=(20_001, 11))
    for score in [*PLAIN, *LOG, margin]:
        np.testing.assert_array_equal(score(l)[[0, 9_999, 20_000]], score(l[[0, 9_999, 20_000]]))


def test_log_space_agrees_with_scipy_log_softmax():
    l = np.random.default_rng(2).normal(size=(100, 6)) * 4
    log_p = np.sort(log_softmax(l, axis=1), axis=1)
    np.testing.assert_allclose(U_max_log(l), np.logaddexp.reduce(log_p[:, :-1], axis=1), rtol=1e-12)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.zeros((3, 1)), "at least 2 classes"),
        (np.zeros((0, 3)), "at least one row"),
        ([[0.0, np.nan]], "^logits: expected finite numbers, got NaN or infinity$"),
        ([[0.0, np.inf]], "finite"),
        ([["a", "b"]], "real numbers"),
        ([[1j, 0]], "real numbers"),
        ([[1, 2], [3]], "^logits: expected a rectangular array of numbers, got a ragged list$"),
        (np.float64(1.0), "at least 2 classes"),
    ],
)
def test_bad_logits_are_refused_with_a_sentence(bad, message):
    for score in [*PLAIN, *LOG, margin]:
        with pytest.raises(InputError, match=message):
            score(bad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("K", [4, 200])
def test_gaps_beyond_the_largest_number_reach_the_limit_and_leave_other_rows_alone(dtype, K):
    """One row whose gap no number holds must not change the others; there each score is known in the limit."""
    largest = np.finfo(dtype).max
    ordinary = np.full(K, -2.0, dtype)
    ordinary[:3] = 1, 0, 0.5
    wide = np.full(K, -largest, dtype)
    wide[0] = largest
    twins = wide.copy()
    twins[1] = largest
    logits = np.stack([wide, ordinary, twins])
    for score, limit, of_twins in (
        (U_max, -1, -0.5),
        (U_entropy, 0, np.log(2)),
        (U_max_log, -np.inf, -np.log(2)),
        (U_entropy_log, -np.inf, np.log(np.log(2))),
    ):
        found = score(logits)
        np.testing.assert_array_equal(found[0], dtype(limit))
        np.testing.assert_allclose(found[1], score(ordinary[None])[0], rtol=K * np.finfo(dtype).eps)
        np.testing.assert_allclose(found[2], of_twins, rtol=4 * np.finfo(dtype).eps)


@pytest.mark.parametrize("factor", [0, -1, np.inf, np.nan])
def test_factors_that_scale_nothing_are_refused(factor):
    with pytest.raises(InputError, match=f"^factor: expected a positive finite number, got {factor}$"):
        U_cool([[0.0, 1.0]], factor)
