"""The array functions of thresholds, regions, two classes and densities against the theorems, on random instances."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from numerics.strategies import features_for, gaussians, heads, logits, seeds
from softmax_geometry.certificates import stability_radius
from softmax_geometry.density import DensityModel
from softmax_geometry.density_regions import density_region
from softmax_geometry.estimators import U_entropy, U_max, log_odds_against, margin
from softmax_geometry.features import Features
from softmax_geometry.gaussian_regions import gaussian_threshold
from softmax_geometry.head import Head
from softmax_geometry.regions import LinearRegion, ValidRegion, valid_region
from softmax_geometry.structure import simplex
from softmax_geometry.thresholds import Threshold, empirical_threshold, log_score, upper_quantile
from softmax_geometry.two_class import mass_within, separable_offset, two_class_offset

checked = settings(deadline=None, derandomize=True, max_examples=40)
levels = st.sampled_from((0.001, 0.05, 0.3, 0.5, 0.9, 0.999))
names = st.sampled_from(("U_max", "U_entropy", "margin"))


def rounding(*arrays):
    """Rounding allowance: 10⁻¹² of the largest magnitude in sight."""
    return 1e-12 * (1 + max(np.abs(a).max() for a in arrays))


@checked
@given(scores=st.lists(st.sampled_from((-1.0, 0.0, 0.5, 2.0, 7.0)), min_size=1, max_size=40), epsilon=levels)
def test_theorem_1_0_threshold_of_tied_scores(scores, epsilon):
    """τ is the largest score with at most a share 1−ε strictly below it, so at most ε lies above."""
    scores, tau = np.array(scores), upper_quantile(scores, epsilon)
    below = [np.mean(scores < u) for u in scores]
    assert tau == max(u for u, share in zip(scores, below, strict=True) if share <= 1 - epsilon + 1e-12)
    assert np.mean(scores > tau) <= epsilon + 1e-12


@checked
@given(data=st.data(), epsilon=levels, name=names)
def test_definition_1_flags_at_most_epsilon_of_any_training_set(data, epsilon, name):
    head = data.draw(heads())
    z = data.draw(features_for(head))
    assume(len(z) >= 2)
    region = valid_region(head, Features(z), epsilon, name)
    assert np.mean(region.contains(z)) <= epsilon + 1e-12


@checked
@given(data=st.data(), epsilon=levels)
def test_theorem_1_star_every_score_has_the_slab_of_the_margin(data, epsilon):
    head = data.draw(heads(max_K=2))
    train, z = data.draw(features_for(head)), data.draw(features_for(head))
    gap = margin(head.logits(train))
    size = -upper_quantile(-gap, epsilon)
    measured = margin(head.logits(z))
    clear = np.abs(measured - size) > rounding(gap, measured) + 1e-9 * size
    clear &= (measured < 700) & (size < 700)
    clear &= np.abs(measured**2 - size**2) > 1e-13  # near 0 the entropy is log 2 − M²/8
    for name in ("U_max", "U_entropy", "margin"):
        inside = valid_region(head, Features(train), epsilon, name).contains(z)
        assert (inside == (measured < size))[clear].all()


@checked
@given(
    m=st.tuples(st.floats(-20, 20), st.floats(-20, 20)),
    s=st.tuples(st.floats(0.01, 50), st.floats(0.01, 50)),
    prior=st.floats(0.01, 0.99),
    epsilon=levels,
)
def test_corollary_1_1_offset_is_the_root_and_the_separable_one_is_smaller(m, s, prior, epsilon):
    priors = [prior, 1 - prior]
    a = float(two_class_offset(m, s, priors, epsilon))
    by_scipy = sum(p * np.ptp(stats.norm(mu, sd).cdf([-a, a])) for mu, sd, p in zip(m, s, priors, strict=True))
    assert by_scipy == pytest.approx(epsilon, rel=1e-8, abs=1e-12)
    assert float(mass_within(a, m, s, priors)) == pytest.approx(by_scipy, rel=1e-9, abs=1e-14)
    opposite = (abs(m[0]) + 0.01, -abs(m[1]) - 0.01)
    error_rate = sum(p * stats.norm.cdf(-abs(mu) / sd) for mu, sd, p in zip(opposite, s, priors, strict=True))
    exact, conservative = (float(f(opposite, s, priors, epsilon)) for f in (two_class_offset, separable_offset))
    assert np.isnan(conservative) == (epsilon <= error_rate)
    assert np.isnan(conservative) or conservative <= exact * (1 + 1e-9)


@checked
@given(model=gaussians(min_K=2, max_K=2, max_H=8), epsilon=levels, seed=seeds)
def test_corollary_1_1_gaussian_threshold_of_two_classes(model, epsilon, seed):
    """The mass inside, from the one-dimensional laws of g, is ε."""
    rng = np.random.default_rng(seed)
    head = Head(rng.standard_normal((2, model.H)), rng.standard_normal(2))
    v = head.weight[0] - head.weight[1]
    stds = np.sqrt(np.einsum("h,khl,l->k", v, model.covariances, v))
    assume((stds > 1e-6).all())
    L = gaussian_threshold(head, model, epsilon, "margin").margin
    centres = model.means @ v + head.bias[0] - head.bias[1]
    mass = sum(
        p * np.ptp(stats.norm(mu, sd).cdf([-L, L])) for mu, sd, p in zip(centres, stds, model.priors, strict=True)
    )
    assert mass == pytest.approx(epsilon, abs=1e-7)


@checked
@given(data=st.data(), epsilon=levels, name=names)
def test_theorems_2_6_and_2_7_linear_inside_exact_inside_outer(data, epsilon, name):
    l = data.draw(logits())
    assume(np.abs(l).max() < 1e200)
    head = Head(np.eye(l.shape[1]))
    threshold = empirical_threshold(l, epsilon, name)
    region, gap, slack = ValidRegion(head, threshold), margin(l), rounding(l)
    inside = log_score(name)(l) > threshold.log_score
    assert (inside == region.contains(l)).all()
    assert not ((gap < region.linear.L - slack - 1e-9) & ~inside).any()
    assert not ((gap > region.outer.L + slack + 1e-9) & inside).any()


@checked
@given(l=logits())
def test_theorem_2_6_floor_and_ceiling_in_log_odds(l):
    assume(np.abs(l).max() < 1e200)
    against, gap = log_odds_against(l), margin(l)
    assert (against >= -gap - rounding(l)).all()
    assert (against <= np.log(l.shape[1] - 1) - gap + rounding(l)).all()


@checked
@given(l=logits(min_K=2, max_K=20))
def test_theorem_2_7_entropy_between_the_two_vectors(l):
    gap, K = margin(l), l.shape[1]
    assume(np.abs(l).max() < 1e200)
    two, all_tied = np.zeros((len(l), 2)), np.zeros((len(l), K))
    two[:, 0] = all_tied[:, 0] = gap
    entropy = U_entropy(l)
    assert (U_entropy(two) <= entropy + 1e-10).all()
    assert (entropy <= U_entropy(all_tied) + 1e-10).all()
    assert (U_max(two) <= U_max(l) + 1e-10).all()


@checked
@given(data=st.data(), L=st.sampled_from((-1.0, 0.0, 1e-6, 0.5, 3.0, 40.0)))
def test_theorem_2_5_union_of_slabs(data, L):
    """Eq 28 with offsets and distances of the weights, written out, against the margin."""
    head = data.draw(heads(max_K=12))
    distances = head.squared_distances()
    assume((distances[~np.eye(head.K, dtype=bool)] > 1e-12 * distances.max()).all())
    z = data.draw(features_for(head))
    region, l = LinearRegion(head, L), head.logits(z)
    largest = l == l.max(axis=1, keepdims=True)
    gaps, half = np.abs(l[:, :, None] - l[:, None, :]), region.offsets * distances
    slabs = (largest[:, :, None] | largest[:, None, :]) & (gaps < np.where(np.eye(head.K, dtype=bool), -1, half))
    clear = np.abs(margin(l) - max(L, 0)) > rounding(l) + 1e-9 * abs(L)
    assert (slabs.any(axis=(1, 2)) == region.contains(z))[clear].all()
    np.testing.assert_allclose(region.widths, 2 * region.offsets * np.sqrt(distances) + 0 * region.widths, rtol=1e-9)


@checked
@given(K=st.integers(2, 50), L=st.floats(0.1, 5), seed=seeds)
def test_theorem_2_5_tube_of_equal_distances(K, L, seed):
    """For the simplex the step −(M/D²)(w_i−w_j) of length M/D ends on the decision boundary."""
    rng = np.random.default_rng(seed)
    c = 3.0
    head = Head(simplex(K, K - 1, scale=c, rng=rng), rng.normal(size=K))
    z = rng.normal(size=(20, K - 1))
    l = head.logits(z)
    i, j = np.argsort(l, axis=1)[:, [-1, -2]].T
    D = c * np.sqrt(2 * K / (K - 1))
    step = -(margin(l) / D**2)[:, None] * (head.weight[i] - head.weight[j])
    np.testing.assert_allclose(margin(head.logits(z + step)), 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(step, axis=1), margin(l) / D, rtol=1e-9)
    assert LinearRegion(head, L).widths[0, 1] == pytest.approx(2 * L / D)


@checked
@given(data=st.data())
def test_theorem_2_far_field_bound(data):
    head = data.draw(heads(min_K=3, max_K=10, max_H=8, biased=False))
    W = head.weight
    across = W[0] - W[1]
    assume(head.H > 1 and across @ across > 1e-6 * (W**2).sum())
    d = np.random.default_rng(data.draw(seeds)).standard_normal(head.H)
    size = np.linalg.norm(W) * np.linalg.norm(d)
    d -= across * (across @ d) / (across @ across)
    drops = W[2:] - W[0]
    gamma, C = -(drops @ d).max(), (drops @ across).max()
    assume(gamma > 1e-6 * size)  # collinear weights have no such d
    alpha = 1.5 / (across @ across)
    betas = np.geomspace(0.1, 1e3, 20) / gamma
    l = head.logits(betas[:, None] * d + alpha * across)
    p = np.exp(l[:, 0] - np.logaddexp.reduce(l, axis=1))
    with np.errstate(over="ignore"):
        bound = (head.K - 2) * np.exp(-betas * gamma + alpha * C)
    far = 1 / (1 + np.exp(-1.5))
    slack = 1e-9 + rounding(l) + 1e-15 * betas * size  # d is orthogonal to w_1 − w_2 up to rounding
    assert (p <= far + slack).all()
    assert (far - p <= bound + slack).all()


@checked
@given(data=st.data(), L=st.sampled_from((0.5, 3.0, 30.0)))
def test_theorem_2_8_no_step_within_the_radius_leaves_the_region(data, L):
    head = data.draw(heads())
    assume(head.squared_distances().max() > 0)
    z = data.draw(features_for(head))
    radius = stability_radius(head, z, L=L)
    rng = np.random.default_rng(data.draw(seeds))
    directions = rng.standard_normal(z.shape)
    top = head.logits(z).argmax(axis=1)
    towards = head.weight[top] - head.weight.mean(axis=0)
    directions[::2] = towards[::2] + 1e-12 * directions[::2]
    directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-300)
    moved = head.logits(z + np.abs(radius)[:, None] * (1 - 1e-9) * directions)
    slack = 1e-7 + rounding(moved, head.logits(z))
    against = log_odds_against(moved)
    assert (against >= -L - slack)[radius > 0].all()
    assert (against <= -L + slack)[radius < 0].all()


@checked
@given(model=gaussians(max_K=10, max_H=8, singular=False), seed=seeds, level=st.floats(0.05, 0.95))
def test_theorem_2_1_density_sandwich(model, seed, level):
    """{q_i > c_i + 2 log K ∀i} ⊂ {q̂ < t} ⊂ {q_i > c_i ∀i}, with q_i and c_i computed here."""
    density = DensityModel(model.priors, model.means, model.covariances)
    z = model.sample(60, rng=seed)
    region = density_region(density, z, level)
    radii = 2 * (np.log(model.priors) - region.log_density_threshold) - model.H * np.log(2 * np.pi)
    radii -= np.linalg.slogdet(model.covariances)[1]
    q = np.stack(
        [
            np.einsum("nh,hn->n", z.z - mean, np.linalg.solve(covariance, (z.z - mean).T))
            for mean, covariance in zip(model.means, model.covariances, strict=True)
        ],
        axis=1,
    )
    inside, outer, inner = (
        f(z.z) for f in (region.contains, region.contains_ellipsoids, region.contains_ellipsoids_inner)
    )
    slack = 1e-4 * (1 + np.abs(q).max() + np.abs(radii).max())
    assert np.mean(inside) <= level
    assert (q > radii - slack)[inside].all()
    assert inside[(q > radii + 2 * np.log(model.K) + slack).all(axis=1)].all()
    assert (outer | ~inside).all()
    assert (inside | ~inner).all()


def test_theorem_2_6_both_constants_are_attained():
    K = 50
    threshold = Threshold("U_max", 0.05, float(np.log(0.1)), "empirical")
    L, L_upper = threshold.margin, threshold.margin_upper(K)
    rows = np.zeros((2, K))
    rows[:, 0] = L + 1e-9, L_upper - 1e-9
    rows[0, 2:] = -100.0
    assert (log_score("U_max")(rows) > threshold.log_score).tolist() == [False, True]
