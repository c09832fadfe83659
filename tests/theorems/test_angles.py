"""The array functions of angles.py against theorems 4.0, E and 5.7, corollaries E.1 and E.2, on random instances."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from numerics.sampling import on_sphere
from numerics.strategies import features_for, heads, logits, seeds
from softmax_geometry.angles import (
    confidence_from_cosines,
    envelope,
    envelope_log_odds,
    envelope_points,
    features_at_cosines,
    max_cosine,
    safe_ordering,
)
from softmax_geometry.estimators import U_entropy, U_max, log_odds_against
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex

checked = settings(deadline=None, derandomize=True, max_examples=60)
scales = st.sampled_from((1e-6, 0.1, 1.0, 10.0, 1e4))


@st.composite
def simplex_heads(draw, max_K=50):
    """A simplex in a random orientation, H − K + 1 from 0 to 14."""
    K = draw(st.integers(2, max_K))
    H = K - 1 + draw(st.sampled_from((0, 0, 1, 14)))
    return Head(simplex(K, H, rng=np.random.default_rng(draw(seeds))))


def within_domain(m, head):
    """Cosines with the rounding at the ends of the domain removed."""
    return np.clip(m, 0.0 if head.K <= head.H else 1 / (head.K - 1), 1)


@checked
@given(head=simplex_heads(), c=scales, near=st.sampled_from((None, 1e-8, 0.1)), seed=seeds)
def test_theorem_E_envelope_holds_every_point(head, c, near, seed):
    """Directions uniform on the sphere, or `near` a weight. The tolerance covers cosines rounded at 10⁻¹⁴."""
    z = on_sphere(30, head.H, 1.0, seed)
    if near is not None:
        z = head.weight[0] + near * z
        z /= np.linalg.norm(z, axis=1, keepdims=True)
    l = c * head.logits(z)
    low, high = envelope_log_odds(within_domain(max_cosine(head, z), head), c, head.K, head.H)
    # at an end of the domain an error of 1e-15 in the cosine moves the extreme point by its square root
    slack = 1e-6 * c + 1e-9
    assert (-log_odds_against(l) >= low - slack).all()
    assert (-log_odds_against(l) <= high + slack).all()


@checked
@given(head=simplex_heads(), c=scales, fraction=st.floats(0, 1))
def test_theorem_E_both_ends_are_attained(head, c, fraction):
    least = 0.0 if head.K <= head.H else 1 / (head.K - 1)
    m = least + fraction * (1 - least)
    ends = envelope_log_odds(m, c, head.K, head.H)
    for point, end in zip(envelope_points(m, head.K, head.H), ends, strict=True):
        z = features_at_cosines(head.weight, point)
        assert np.linalg.norm(z) == pytest.approx(1, abs=1e-6)
        assert max_cosine(head, z[None]) == pytest.approx(m, abs=1e-7)
        assert -log_odds_against(c * (head.weight @ z)) == pytest.approx(float(end), rel=1e-7, abs=1e-7)


@checked
@given(K=st.integers(2, 50), extra=st.sampled_from((0, 1)), c=st.sampled_from((0.1, 1.0, 10.0)))
def test_theorem_E_both_ends_increase(K, extra, c):
    H = K - 1 + extra
    m = np.linspace(0.0 if extra else 1 / (K - 1), 1, 200)
    low, high = envelope_log_odds(m, c, K, H)
    assert (np.diff(low) > -1e-12 * (1 + c)).all()
    assert (np.diff(high) > -1e-12 * (1 + c)).all()
    assert (low <= high + 1e-9 * (1 + c)).all()
    assert (low[-1], high[-1]) == pytest.approx((c * K / (K - 1) - np.log(K - 1),) * 2)


@pytest.mark.parametrize(("K", "H"), [(2, 1), (2, 5), (3, 2)])
def test_corollary_E_1_no_room(K, H):
    m = np.linspace(0.0 if K == 2 and H >= 2 else 1 / (K - 1), 1, 50)
    low, high = envelope(m, 3.0, K, H)
    np.testing.assert_allclose(low, high, rtol=1e-9)


@pytest.mark.parametrize(("K", "H"), [(3, 3), (4, 3), (4, 4), (30, 29), (30, 40)])
def test_corollary_E_1_room_between_the_ends(K, H):
    least = 0.0 if K <= H else 1 / (K - 1)
    low, high = envelope_log_odds(np.linspace(least, 1, 50)[1:-1], 3.0, K, H)
    assert (low < high).all()


@checked
@given(head=simplex_heads(max_K=12), c=st.sampled_from((0.5, 3.0, 20.0)), seed=seeds)
def test_corollary_E_2_below_the_safe_cosine_the_order_is_kept(head, c, seed):
    z = on_sphere(40, head.H, 1.0, seed)
    z[:10] += 2 * head.weight[0]
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    m = within_domain(max_cosine(head, z), head)
    odds = log_odds_against(c * head.logits(z))
    g = safe_ordering(m, c, head.K, head.H)
    assert (g <= m + 1e-9).all()
    below = m[None, :] < g[:, None] - 1e-6
    assert (odds[None, :] > odds[:, None])[below].all()


@checked
@given(
    K=st.integers(3, 20), extra=st.sampled_from((0, 1)), c=st.sampled_from((0.5, 3.0, 20.0)), where=st.floats(0.1, 0.9)
)
def test_corollary_E_2_nothing_larger_is_safe(K, extra, c, where):
    assume(K > 3 or extra)
    H = K - 1 + extra
    least = 0.0 if extra else 1 / (K - 1)
    m = least + where * (1 - least)
    g = float(safe_ordering(m, c, K, H))
    above = g + 1e-3 * (m - g)
    assert envelope_log_odds(above, c, K, H)[1] > envelope_log_odds(m, c, K, H)[0]


@checked
@given(head=simplex_heads(), c=st.sampled_from((1e-3, 0.5, 3.0, 30.0)), seed=seeds)
def test_theorem_5_7_large_drops_of_the_cosine(head, c, seed):
    z = on_sphere(40, head.H, 1.0, seed)
    z[:10] += 3 * head.weight[0]
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    m, odds = max_cosine(head, z), log_odds_against(c * head.logits(z))
    tolerance = np.log1p((np.expm1(c) - c) / (head.K - 1)) / c
    dropped = m[:, None] - m[None, :] >= tolerance
    assert (odds[None, :] > odds[:, None])[dropped].all()


@checked
@given(st.data(), st.floats(0, 1))
def test_theorem_4_0_shrinking_z_raises_both_scores(data, shrink):
    head = data.draw(heads(biased=False))
    l = head.logits(data.draw(features_for(head)))
    assert (U_max(shrink * l) >= U_max(l) - 1e-12).all()
    assert (U_entropy(shrink * l) >= U_entropy(l) - 1e-10).all()


@checked
@given(l=logits(), shrink=st.floats(0, 1))
def test_theorem_4_0_sums_of_the_k_largest(l, shrink):
    p, q = (np.exp(s * l - (s * l).max(axis=1, keepdims=True)) for s in (1.0, shrink))
    p, q = (np.cumsum(np.sort(x / x.sum(axis=1, keepdims=True))[:, ::-1], axis=1) for x in (p, q))
    assert (q <= p + 1e-12).all()


def test_proposition_5_at_many_scales():
    sandwich = Head([[0.0, 1.0], [-1.0, 0.0], [1.0, 0.0]])
    for c in np.geomspace(1e-3, 1e3, 50):
        straight, turned = log_odds_against(c * sandwich.logits([[1.0, 0.0], [0.8, -0.6]]))
        assert turned < straight


def test_theorem_4_counterexample_in_floating_point():
    cosines = np.array([[3, 3, -6], [2, -1, -1]]) / 6
    first, second = confidence_from_cosines(6.0, cosines)
    assert first < 0.5 < 0.9 < second
