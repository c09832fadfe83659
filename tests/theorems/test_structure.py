"""The array functions of the structure and the loss against lemmas R, S, W and theorems 3 to 3.5."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp

from numerics.sampling import in_ball
from numerics.strategies import heads, seeds
from softmax_geometry.checks import InputError
from softmax_geometry.estimators import U_entropy, U_max
from softmax_geometry.head import Head
from softmax_geometry.loss import (
    feature_penalty_optimum,
    loss_bound,
    optimal_confidence,
    optimal_scale,
    regularised_loss,
    relu_optimum,
)
from softmax_geometry.structure import simplex, structure

checked = settings(deadline=None, derandomize=True, max_examples=60)
sizes = st.integers(2, 50)
norms = st.sampled_from((1e-3, 0.3, 3.0, 100.0))
penalties = st.sampled_from((1e-8, 1e-3, 0.1, 10.0))


def measured(head):
    centred = np.linalg.norm(head.centred().weight, axis=1)
    assume(centred.min() > 1e-6 * np.linalg.norm(head.weight, axis=1).max())  # else rounding has eaten the directions
    try:
        return structure(head)
    except InputError:  # a row equal to the mean row has no direction
        assume(False)
        raise


@checked
@given(head=heads())
def test_lemmas_R_S_and_W_bound_every_head(head):
    found = measured(head)
    off = ~np.eye(head.K, dtype=bool)
    assert found.cosine_max >= found.cosine_max_least - 1e-12
    assert np.abs(found.cosines[off]).max() >= found.coherence_least - 1e-12
    assert found.etf_distance >= found.etf_distance_least - 1e-12
    assert found.gram_distance >= found.gram_distance_least - 1e-12


@checked
@given(K=sizes, extra=st.integers(0, 14), scale=norms, seed=seeds)
def test_definition_2_in_any_orientation_and_gauge(K, extra, scale, seed):
    rng = np.random.default_rng(seed)
    W = simplex(K, K - 1 + extra, scale=scale, rng=rng)
    found = structure(Head(W + scale * rng.standard_normal(W.shape[1])))
    assert found.etf_distance < 1e-12
    np.testing.assert_allclose(found.norms, scale, rtol=1e-12)
    assert found.cosine_max_deviation < 1e-12


@checked
@given(K=sizes, extra=st.integers(0, 14), c2=norms, lam=penalties, spread=norms, seed=seeds)
def test_theorem_3_no_weights_means_and_biases_have_less_loss(K, extra, c2, lam, spread, seed):
    rng = np.random.default_rng(seed)
    H = K - 1 + extra
    best = optimal_scale(c2, lam, K)
    least = float(loss_bound(best, c2, lam, K))
    W = simplex(K, H, scale=float(best), rng=rng)
    allowance = 1e-10 * (1 + least)
    assert regularised_loss(W, c2 / best * W, lam) == pytest.approx(least, abs=allowance)
    weight = W + spread * rng.standard_normal((K, H)) * best
    means = c2 / best * W + spread * rng.standard_normal((K, H)) * c2
    means *= c2 * np.sqrt(K) / np.linalg.norm(means)
    assert regularised_loss(weight, means, lam, spread * rng.standard_normal(K)) >= least - allowance


@checked
@given(K=sizes, c2=norms, lam=penalties)
def test_theorem_3_gibbs_form_of_the_minimum(K, c2, lam):
    best, P = optimal_scale(c2, lam, K), optimal_confidence(c2, lam, K)
    Q = 1 - P
    assume(Q > 1e-3)  # otherwise both terms of the form cancel
    entropy = -P * np.log(P) - Q * np.log(Q / (K - 1))
    form = entropy - Q**2 * c2**2 * K / (4 * lam * (K - 1) ** 2)
    magnitude = entropy + Q**2 * c2**2 * K / (4 * lam * (K - 1) ** 2)
    np.testing.assert_allclose(loss_bound(best, c2, lam, K), form, atol=1e-9 * (1 + magnitude))


@checked
@given(K=sizes, H=st.integers(1, 64), c1=norms, c2=norms, biased=st.booleans(), seed=seeds)
def test_theorems_3_1_and_3_4_bound_the_least_margin(K, H, c1, c2, biased, seed):
    rng = np.random.default_rng(seed)
    W, M = in_ball(K, H, c1, rng), in_ball(K, H, c2, rng)
    logits = M @ W.T + (c1 * c2 * rng.standard_normal(K) if biased else 0)
    off = ~np.eye(K, dtype=bool)
    gaps = (np.diagonal(logits)[:, None] - logits)[off]
    bound = c1 * c2 * (K / (K - 1) if H >= K - 1 else 1)
    assert gaps.min() <= bound * (1 + 1e-12)


@checked
@given(K=sizes, H=st.integers(2, 30))
def test_theorem_3_4_sub_orthoplexes_reach_it(K, H):
    assume(H + 2 <= K <= 2 * H)
    rows = np.concatenate([np.eye(H), -np.eye(H)])[np.r_[[0, H], np.delete(np.arange(2 * H), [0, H])][:K]]
    gaps = np.diagonal(rows @ rows.T)[:, None] - rows @ rows.T
    assert gaps[~np.eye(K, dtype=bool)].min() == 1


@checked
@given(K=sizes, lam1=penalties, lam2=penalties, spread=norms, seed=seeds)
def test_theorem_3_2_no_weights_and_means_have_less_penalised_loss(K, lam1, lam2, spread, seed):
    best = feature_penalty_optimum(lam1, lam2, K)
    rng = np.random.default_rng(seed)
    W, M = spread * rng.standard_normal((2, K, K))
    loss = regularised_loss(W, M, lam1) + lam2 * np.sum(M**2)
    assert loss >= best.loss - 1e-10 * (1 + best.loss)
    assert (best.gap == 0) == (2 * K * np.sqrt(lam1 * lam2) >= 1)
    E = simplex(K, K)
    reached = regularised_loss(best.weight_norm * E, best.mean_norm * E, lam1) + lam2 * K * best.mean_norm**2
    assert reached == pytest.approx(best.loss, abs=1e-9 * (1 + best.loss))


@checked
@given(K=sizes, c2=norms, lam=penalties, spread=norms, seed=seeds)
def test_theorem_3_3_no_non_negative_means_have_less_loss(K, c2, lam, spread, seed):
    rng = np.random.default_rng(seed)
    W, M = relu_optimum(c2, lam, K)
    least = regularised_loss(W, M, lam)
    assert (M >= 0).all()
    means = np.abs(M + spread * c2 * rng.standard_normal((K, K)))
    means *= c2 / np.linalg.norm(means, axis=1, keepdims=True)
    weight = W * (1 + spread * rng.standard_normal((K, K)))
    assert regularised_loss(weight, means, lam) >= least - 1e-10 * (1 + least)


@checked
@given(head=heads(), rank=st.integers(0, 3), spread=norms, seed=seeds)
def test_theorem_3_5_noise_never_lowers_the_loss(head, rank, spread, seed):
    """The mean over ±noise at each mean, for noise of any rank, 0 included."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, head.K, 20)
    means = rng.standard_normal((20, head.H))
    noise = spread * rng.standard_normal((20, rank)) @ rng.standard_normal((rank, head.H))
    logits = [head.logits(points) for points in (means, means + noise, means - noise)]
    still, plus, minus = (logsumexp(l, axis=1) - l[np.arange(20), labels] for l in logits)
    assert ((plus + minus) / 2 >= still - 1e-12 * (1 + np.abs(logits).max())).all()


@checked
@given(K=sizes, extra=st.integers(0, 14), c=st.sampled_from((0.1, 2.0, 10.0)), seed=seeds)
def test_corollary_5_1_the_exact_region_holds_the_whole_ball(K, extra, c, seed):
    """No z with ‖z‖ ≤ c2 is less uncertain than the aligned means, for U_max and U_entropy."""
    rng = np.random.default_rng(seed)
    head = Head(simplex(K, K - 1 + extra, scale=c, rng=rng))
    means = head.weight / c
    z = np.concatenate([in_ball(50, head.H, 1.0, rng), 0.999 * means])
    for score in (U_max, U_entropy):
        assert (score(head.logits(z)) >= score(head.logits(means)).max() - 1e-12).all()
