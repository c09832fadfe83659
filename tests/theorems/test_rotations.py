"""`angles.meridian` and theorems 5.1 to 5.6 on random instances: K up to 50, scales from 1e-3 to 1e3."""

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax

from numerics.strategies import features_for, heads, logits, seeds
from softmax_geometry.angles import max_cosine, meridian, meridian_log_odds
from softmax_geometry.estimators import U_entropy, log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex

checked = settings(deadline=None, derandomize=True, max_examples=80)
sizes = st.integers(2, 50).flatmap(lambda K: st.tuples(st.just(K), st.integers(K - 1, min(64, K + 14))))
scales = st.sampled_from((1e-3, 0.3, 1.0, 5.0, 40.0, 1e3))


def unit_simplex(size, rng):
    K, H = size
    W = simplex(K, H, rng=rng)
    return W / np.linalg.norm(W[0])


def unit(v):
    return v / np.linalg.norm(v)


def normal_direction(W, rng):
    """A unit vector orthogonal to W[0], now and then near another weight or off the span."""
    noise = rng.standard_normal(W.shape[1])
    u = (noise, W[1] + 1e-3 * noise, rng.exponential(size=len(W)) @ W + 1e-3 * noise)[rng.integers(3)]
    for _ in range(2):
        u = unit(u - (u @ W[0]) * W[0])
    return u


def turned(start, towards, angles):
    """Points (n, H) on the great circle from the unit vector `start` to `towards`, at these angles."""
    normal = unit(towards - (towards @ start) * start)
    return np.cos(angles)[:, None] * start + np.sin(angles)[:, None] * normal


def angle(a, b):
    return np.arccos(np.clip(a @ b, -1, 1))


def second_closest(W, z):
    return np.argsort(-(W @ z))[:2]


@checked
@given(size=sizes, c=scales, seed=seeds)
def test_meridian_is_the_softmax_of_the_head(size, c, seed):
    assume(size[1] >= 2)
    rng = np.random.default_rng(seed)
    W = unit_simplex(size, rng)
    u, phi = normal_direction(W, rng), np.linspace(0, np.pi / 2, 30)
    l = c * (np.cos(phi)[:, None] * W[0] + np.sin(phi)[:, None] * u) @ W.T
    log_odds = -np.logaddexp.reduce(l[:, 1:] - l[:, :1], axis=1)
    np.testing.assert_allclose(meridian_log_odds(phi, c, W[1:] @ u), log_odds, atol=1e-12 * (1 + c))
    np.testing.assert_allclose(meridian(phi, c, W[1:] @ u), softmax(l, axis=1)[:, 0], atol=1e-12 * (1 + c))


@checked
@given(size=sizes, c=scales, seed=seeds)
def test_theorem_5_1_meridian_falls(size, c, seed):
    assume(size[1] >= 2)
    rng = np.random.default_rng(seed)
    W = unit_simplex(size, rng)
    odds = meridian_log_odds(np.linspace(0.02, np.pi / 2, 60), c, W[1:] @ normal_direction(W, rng))
    assert (np.diff(odds) < 0).all()


def test_theorem_5_1_in_fifty_digits():
    """At c = 700 the softmax saturates; `meridian_log_odds` still agrees to 14 digits."""
    t = [0.5, 0.25, -0.75]
    with mpmath.workdps(50):
        for phi in (0.001, 0.4, 1.5):
            spread = mpmath.fsum(mpmath.exp(700 * mpmath.sin(phi) * u) for u in t)
            exact = mpmath.mpf(2800) / 3 * mpmath.cos(phi) - mpmath.log(spread)
            assert float(meridian_log_odds(phi, 700.0, t)) == pytest.approx(float(exact), rel=1e-14)


@checked
@given(size=sizes, c=st.sampled_from((0.3, 1.0, 5.0, 20.0)), seed=seeds)
def test_theorem_5_2_entropies_rise_inside_the_cell(size, c, seed):
    assume(size[1] >= 2)
    rng = np.random.default_rng(seed)
    W = unit_simplex(size, rng)
    u = normal_direction(W, rng)
    t = W[1:] @ u
    end = np.arctan2(size[0] / (size[0] - 1), max(t.max(), 0))
    phi = np.linspace(0, end, 40)
    l = c * (np.cos(phi)[:, None] * W[0] + np.sin(phi)[:, None] * u) @ W.T
    assert (l.max(axis=1) <= l[:, 0] + 1e-12 * c).all()
    p = softmax(l, axis=1)
    tsallis = [(1 - (p**order).sum(axis=1)) / (order - 1) for order in (0.3, 0.8, 2.0, 5.0)]
    for entropy in (U_entropy(l), *tsallis):
        assert (np.diff(entropy) >= -1e-13 * (1 + entropy.max())).all()
        assert entropy[-1] > entropy[0]


@checked
@given(size=sizes, c=scales, seed=seeds)
def test_corollary_5_3_confidence_rises_towards_the_closest_weight(size, c, seed):
    rng = np.random.default_rng(seed)
    W = unit_simplex(size, rng)
    z = unit(rng.standard_normal(size[1]))
    closest = W[int(np.argmax(W @ z))]
    span = angle(z, closest)
    assume(span > 1e-3)
    path = turned(z, closest, np.linspace(0, span * (1 - 1e-3), 40))
    assert (np.diff(log_odds_against(c * path @ W.T)) < 0).all()
    assert (np.argmax(path @ W.T, axis=1) == np.argmax(W @ z)).all()


@checked
@given(size=sizes.filter(lambda size: size[0] >= 3), c=scales, seed=seeds)
def test_theorem_5_4_towards_the_second_closest_weight(size, c, seed):
    rng = np.random.default_rng(seed)
    W = unit_simplex(size, rng)
    z = unit(rng.standard_normal(size[1]) + 3 * rng.random() * W[0])
    first, second = second_closest(W, z)
    path = turned(z, W[second], np.linspace(0, angle(z, W[second]), 200))
    x = path @ W.T
    path, x = path[x[:, first] >= x[:, second]], x[x[:, first] >= x[:, second]]
    assert (np.diff(max_cosine(Head(W), path)) < 0).all()
    assert (np.diff(log_odds_against(c * x)) > 0).all()
    rest = np.delete(x, [first, second], axis=1)
    assert (x[:, second] >= rest.max(axis=1) - 1e-12).all()


@checked
@given(size=sizes.filter(lambda size: size[0] >= 3), c=scales, seed=seeds)
def test_theorem_5_5_in_the_plane_of_the_two_closest_weights(size, c, seed):
    """The part of z off the plane of w_1 and w_2 stays; within it z turns from w_1 to the bisector."""
    rng = np.random.default_rng(seed)
    W = unit_simplex(size, rng)
    z = unit(rng.standard_normal(size[1]) + 3 * rng.random() * W[0])
    first, second = second_closest(W, z)
    plane, _ = np.linalg.qr(W[[first, second]].T)
    inside = plane @ (plane.T @ z)
    start, middle = angle(unit(inside), W[first]), angle(W[first], W[second]) / 2
    assume(unit(inside) @ W[second] > np.cos(2 * middle) + 1e-9)  # z is between the two weights
    assume(start < middle - 1e-6)
    path = z - inside + np.linalg.norm(inside) * turned(W[first], W[second], np.linspace(start, middle, 40))
    log_p = log_softmax(c * path @ W.T, axis=1)[:, first]
    odds = np.logaddexp.reduce(c * np.delete((path @ W.T) - (path @ W.T)[:, [first]], first, axis=1), axis=1)
    assert (np.diff(odds) > 0).all()
    assert (np.diff(log_p) <= 1e-12).all()


@checked
@given(st.data())
def test_theorem_5_6_drift_bounds_the_fall_for_any_head_and_any_move(data):
    head = data.draw(heads())
    z = data.draw(features_for(head))
    assume(len(z) >= 2)
    before, after = head.logits(z)[:-1], head.logits(z)[1:]
    change = after - before
    for i in range(head.K):
        drift = np.sum(softmax(before, axis=1) * change, axis=1) - change[:, i]
        fall = log_softmax(before, axis=1)[:, i] - log_softmax(after, axis=1)[:, i]
        slack = 1e-11 * (1 + np.abs(before).max() + np.abs(after).max())
        assert (fall >= drift - slack).all()


@checked
@given(l=logits(min_K=3, max_K=50), seed=seeds)
def test_theorem_5_6_ordered_moves_lower_p_1(l, seed):
    assume(1e-3 < np.abs(l).max() < 100)
    rng = np.random.default_rng(seed)
    l = np.sort(l, axis=1)[:, ::-1]
    move = np.sort(rng.standard_normal(l.shape), axis=1)[:, ::-1]
    move -= move.mean(axis=1, keepdims=True)
    move = np.roll(move, 1, axis=1)  # the largest increases go to the most probable of the others, class 1 falls
    move[:, 0] = -np.abs(move[:, 0])
    move[:, 1:] -= move.sum(axis=1, keepdims=True) / (l.shape[1] - 1)
    odds = [np.logaddexp.reduce(v[:, 1:] - v[:, :1], axis=1) for v in (l, l + move)]
    assert (odds[1] > odds[0]).all()
