"""The functions of the mental model, AUROC, overlap and certificates against the theorems, on random instances."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from numerics.monte_carlo import Proportion
from numerics.sampling import on_sphere
from numerics.strategies import features_for, heads, logits, probabilities, seeds
from softmax_geometry.auroc import auroc
from softmax_geometry.certificates import mass_bound_gaussian, mass_bound_sphere, norm_certificate
from softmax_geometry.estimators import U_entropy, U_max, log_odds_against, margin
from softmax_geometry.head import Head
from softmax_geometry.mental_model import U_max_corrected, U_max_mental, max_logit
from softmax_geometry.overlap import auroc_bounds, auroc_ceiling_discrete, auroc_discrete, two_class_gaussian_auroc
from softmax_geometry.structure import simplex

checked = settings(deadline=None, derandomize=True, max_examples=60)
confidences = st.sampled_from((0.6, 0.9, 0.99, 1 - 1e-9))


def rounding(*arrays):
    """Rounding allowance: 10⁻¹² of the largest magnitude in sight."""
    return 1e-12 * (1 + max(np.abs(a).max() for a in arrays))


@checked
@given(st.data())
def test_theorem_6_2_corrected_model_is_at_most_U_max_for_any_head(data):
    head = data.draw(heads())
    l = head.logits(data.draw(features_for(head)))
    assert (U_max_corrected(l) <= U_max(l) + 1e-12).all()


@checked
@given(l=logits(min_K=3))
def test_theorem_6_2_in_log_odds(l):
    assume(np.abs(l).max() < 1e200)
    K = l.shape[1]
    model = np.log(K - 1) + K / (K - 1) * max_logit(l)
    assert (log_odds_against(l) >= model - 1e-12 * (1 + np.abs(model))).all()


@checked
@given(K=st.integers(2, 50), extra=st.integers(0, 14), c=st.sampled_from((1e-3, 1.0, 30.0)), seed=seeds)
def test_theorem_6_1_mental_model_is_at_most_U_max_on_the_simplex(K, extra, c, seed):
    rng = np.random.default_rng(seed)
    head = Head(simplex(K, K - 1 + extra, scale=c, rng=rng))
    z = rng.standard_normal((20, head.H)) * 10 ** rng.uniform(-2, 2, size=(20, 1))
    assert (U_max_mental(head, z, c) <= U_max_corrected(head.logits(z)) + 1e-10).all()
    assert (U_max_corrected(head.logits(z)) <= U_max(head.logits(z)) + 1e-12).all()


@checked
@given(pair=logits(min_K=3), seed=seeds)
def test_theorem_6_3_order_at_small_and_large_scales(pair, seed):
    assume(len(pair) >= 2)
    l = pair[:2] / np.abs(pair[:2]).max() * 10
    K = l.shape[1]
    gaps = l.max(axis=1, keepdims=True) - l
    total, squares, M = gaps.sum(axis=1), (gaps**2).sum(axis=1), margin(l)
    for a, b in ((0, 1), (1, 0)):
        if total[b] - total[a] > 1e-3:
            small = 1.9 * (total[b] - total[a]) / squares[b]
            for c in small * np.array([0.01, 0.5, 1.0]):
                assert log_odds_against(c * l[a]) > log_odds_against(c * l[b])
        if M[a] - M[b] > 1e-6:
            large = 1.01 * np.log(K - 1) / (M[a] - M[b])
            for c in large * np.array([1.0, 3.0]):
                assert log_odds_against(c * l[a]) < log_odds_against(c * l[b])


@checked
@given(inside=logits(min_K=3, max_K=3), outside=logits(min_K=3, max_K=3), digits=st.integers(0, 12))
def test_theorem_7_7_rounding_costs_half_the_tie_fraction_at_most(inside, outside, digits):
    exact = auroc(U_entropy(inside), U_entropy(outside))
    rounded = auroc(np.round(U_entropy(inside), digits), np.round(U_entropy(outside), digits))
    assert abs(exact.value - rounded.value) <= (rounded.tie_fraction - exact.tie_fraction) / 2 + 1e-12


@checked
@given(p=probabilities(max_K=12), seed=seeds)
def test_theorem_7_1_ceiling_is_a_total_variation_between_its_bounds(p, seed):
    rng = np.random.default_rng(seed)
    q = rng.permutation(p) if rng.random() < 0.5 else rng.dirichlet(np.full(len(p), 0.3))
    ceiling, tv = auroc_ceiling_discrete(p, q), np.abs(p - q).sum() / 2
    products = np.abs(np.outer(p, q) - np.outer(q, p)).sum() / 2
    assert ceiling == pytest.approx(0.5 + products / 2, abs=1e-12)
    low, high = auroc_bounds(tv)
    assert low - 1e-12 <= ceiling <= high + 1e-12
    for _ in range(10):
        assert auroc_discrete(p, q, rng.integers(0, 4, len(p))) <= ceiling + 1e-12


@checked
@given(p=probabilities(max_K=12), seed=seeds)
def test_theorem_7_2_no_term_is_negative(p, seed):
    rng = np.random.default_rng(seed)
    q = rng.dirichlet(np.full(len(p), 0.5))
    U = rng.integers(0, 5, len(p))
    of_U = [np.bincount(U, weights=law, minlength=5) for law in (p, q)]
    of_U = [law / law.sum() for law in of_U]
    values = [1.0, auroc_ceiling_discrete(p, q), auroc_ceiling_discrete(*of_U), auroc_discrete(p, q, U)]
    assert (np.diff(values) <= 1e-12).all()


@checked
@given(
    m_in=st.floats(-6, 6),
    m_out=st.floats(-6, 6),
    ratio=st.sampled_from((0.02, 0.5, 1.0, 3.0, 50.0)),
    scale=st.sampled_from((1e-6, 1.0, 1e6)),
)
def test_theorem_7_3_against_quadrature(m_in, m_out, ratio, scale):
    s_in, s_out = 1.0, ratio
    inside, outside = stats.norm(m_in, s_in), stats.norm(m_out, s_out)
    cuts = sorted(
        {x for x in (m_in, 0.0, *(a * m_out + b * s_out for a in (1, -1) for b in (-8, 0, 8))) if abs(x) < 15}
    )
    value = sum(
        integrate.quad(lambda x: inside.pdf(x) * (outside.cdf(abs(x)) - outside.cdf(-abs(x))), a, b, epsabs=1e-11)[0]
        for a, b in zip([-15.0, *cuts], [*cuts, 15.0], strict=True)
    )
    found = two_class_gaussian_auroc(*(scale * x for x in (m_in, s_in, m_out, s_out)))
    assert float(found) == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_theorem_7_3_every_score_of_a_two_class_head_by_monte_carlo(seed):
    """300,000 draws a side; the band is 5 of DeLong's standard errors (below 0.001)."""
    rng = np.random.default_rng(seed)
    head = Head(rng.normal(size=(2, 6)), rng.normal(size=2))
    v, beta = head.weight[0] - head.weight[1], head.bias[0] - head.bias[1]
    roots = [rng.normal(size=(6, 6)) for _ in range(2)]
    means = rng.normal(size=(2, 6))
    gaps = [(v @ mean + beta, np.linalg.norm(root.T @ v)) for mean, root in zip(means, roots, strict=True)]
    exact = float(two_class_gaussian_auroc(*gaps[0], *gaps[1]))
    z = [mean + rng.normal(size=(300_000, 6)) @ root.T for mean, root in zip(means, roots, strict=True)]
    for score in (U_entropy, log_odds_against):
        sampled = auroc(score(head.logits(z[0])), score(head.logits(z[1])))
        assert sampled.standard_error is not None
        assert abs(sampled.value - exact) < 5 * sampled.standard_error


@checked
@given(st.data(), confidences)
def test_theorem_7_4_points_within_the_certified_norm_are_flagged(data, t):
    head = data.draw(heads())
    assume(t > 1 / head.K)
    radius = norm_certificate(head, t)
    assume(0 < radius < 1e12)
    z = on_sphere(30, head.H, radius * (1 - 1e-9), data.draw(seeds))
    z[0] = head.centred().weight[0]
    z[0] *= radius * (1 - 1e-9) / max(np.linalg.norm(z[0]), 1e-300)
    l = head.logits(z)
    assert (log_odds_against(l) >= -np.log(t / (1 - t)) - 1e-7 - rounding(l)).all()


@pytest.mark.parametrize(("K", "H"), [(2, 3), (3, 2), (5, 20), (10, 9)])
@pytest.mark.parametrize("seed", [0, 1])
def test_theorem_7_5_mass_bounds_by_monte_carlo(K, H, seed):
    """200,000 points; the Wilson band at 4 sigma starts below the bound, and holds it for K = 2."""
    rng = np.random.default_rng(seed)
    head = Head(rng.normal(size=(K, H)))
    t, r, sigma = 0.8, 2.0, 0.7
    for bound, z in (
        (mass_bound_sphere(head, t, r), on_sphere(200_000, H, r, rng)),
        (mass_bound_gaussian(head, t, sigma), sigma * rng.standard_normal((200_000, H))),
    ):
        hits = int((U_max(head.logits(z)) <= -t).sum())
        low, high = Proportion(hits, 200_000).interval(4)
        assert low <= bound
        if K == 2:
            assert high >= bound


@checked
@given(st.data())
def test_theorem_7_6_far_field_bound(data):
    head = data.draw(heads(max_K=10, max_H=8))
    d = np.random.default_rng(data.draw(seeds)).standard_normal(head.H)
    slopes = head.weight @ d
    top = int(slopes.argmax())
    gamma = (slopes[top] - np.delete(slopes, top)).min()
    beta = (np.delete(head.bias, top) - head.bias[top]).max()
    assume(gamma > 1e-6 * np.abs(slopes).max())
    r = np.geomspace(0.1, 1e4, 20) / gamma
    l = head.logits(np.outer(r, d))
    bound = np.log(head.K - 1) + beta - r * gamma
    assert (log_odds_against(l)[bound < 0] <= bound[bound < 0] + rounding(l)).all()
