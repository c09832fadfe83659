"""Valid regions: containment, widths, invariances, and Gaussian masses against Monte Carlo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ortho_group

from softmax_geometry.checks import InputError
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.gaussian_regions import _orthant, gaussian_mass, gaussian_threshold, margin_mass
from softmax_geometry.head import Head
from softmax_geometry.regions import LinearRegion, ValidRegion, valid_region
from softmax_geometry.thresholds import Threshold, log_score

seeds = st.integers(0, 2**32 - 1)
estimators = st.sampled_from(["U_max", "U_entropy", "margin"])
many = settings(deadline=None, derandomize=True, max_examples=60)


def instance(seed, K=None):
    rng = np.random.default_rng(seed)
    K = K or int(rng.integers(2, 8))
    H = int(rng.integers(2, 8))
    head = Head(rng.normal(size=(K, H)) * rng.uniform(0.2, 4), rng.normal(size=K))
    return head, Features(rng.normal(size=(300, H)) * 2, rng.integers(0, K, 300)), rng


@many
@given(seeds, estimators)
def test_linear_inside_exact_inside_outer(seed, estimator):
    head, train, rng = instance(seed)
    region = valid_region(head, train, 0.2, estimator)
    z = rng.normal(size=(500, head.H)) * 3
    inside = region.contains(z)
    assert not (region.linear.contains(z) & ~inside).any()
    assert not (inside & ~LinearRegion(head, region.outer.L * (1 + 1e-12) + 1e-12).contains(z)).any()


@many
@given(seeds, estimators)
def test_regions_do_not_depend_on_gauge_class_order_or_feature_rotation(seed, estimator):
    head, train, rng = instance(seed)
    z = rng.normal(size=(200, head.H)) * 2
    inside = valid_region(head, train, 0.1, estimator).contains(z)
    order, turn = rng.permutation(head.K), ortho_group.rvs(head.H, random_state=rng)
    other = Head((head.weight[order] + rng.normal(size=head.H)) @ turn.T, head.bias[order] + 3)
    turned = valid_region(other, Features(train.z @ turn.T), 0.1, estimator)
    assert np.mean(turned.contains(z @ turn.T) != inside) <= 0.005  # rounding at the boundary


@many
@given(seeds, st.floats(0.1, 10))
def test_scaling_features_down_and_weights_up_scales_the_widths(seed, c):
    head, train, _ = instance(seed)
    region = valid_region(head, train, 0.1)
    scaled = valid_region(Head(head.weight * c, head.bias), Features(train.z / c), 0.1)
    np.testing.assert_allclose(scaled.widths, region.widths / c, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(scaled.offsets, region.offsets / c**2, rtol=1e-7, atol=1e-9)


@many
@given(seeds)
def test_for_two_classes_the_linear_region_is_the_exact_one(seed):
    """Proposition 3, for every pair of weights and biases."""
    head, train, rng = instance(seed, K=2)
    z = rng.normal(size=(500, head.H)) * 3
    regions = [valid_region(head, train, 0.3, name) for name in ("U_max", "U_entropy", "margin")]
    for region in regions:
        assert np.mean(region.contains(z) != regions[2].linear.contains(z)) <= 0.002


def test_width_is_the_distance_between_the_hyperplanes_of_a_pair():
    """Walk along w_i − w_j from a far point of the boundary of a pair and measure where membership ends."""
    head = Head([[2.0, 0.5], [-1.0, 1.0], [0.0, -8.0]], [0.1, -0.2, 0.0])
    region = LinearRegion(head, L=1.5)
    d = head.weight[0] - head.weight[1]
    along = np.array([-d[1], d[0]]) / np.linalg.norm(d)
    start = along * 50 - d * (d @ along * 50 + head.bias[0] - head.bias[1]) / (d @ d)
    steps = np.linspace(-3, 3, 600_001)
    inside = region.contains(start + steps[:, None] * d / np.linalg.norm(d))
    assert np.ptp(steps[inside]) == pytest.approx(region.widths[0, 1], abs=3e-5)
    assert region.offsets[0, 1] * np.linalg.norm(d) == pytest.approx(region.widths[0, 1] / 2)


def test_widths_in_standard_deviations():
    law = ClassGaussians([[0.0, 0], [3, 0]], [np.diag([4.0, 1]), np.diag([16.0, 1])])
    region = LinearRegion(Head([[1.0, 0], [-1, 0]]), L=2.0)
    assert region.widths_in_std(law)[0, 1] == pytest.approx(2.0 / np.sqrt(10))
    flat = ClassGaussians([[0.0, 0], [3, 0]], [np.diag([0.0, 1])] * 2)
    assert region.widths_in_std(flat)[0, 1] == np.inf


def test_an_empty_linear_region_is_said_and_does_not_fail():
    head = Head(np.eye(3))
    region = ValidRegion(head, Threshold("U_max", 0.05, float(np.log(1 - 0.45)), "empirical"))
    assert region.linear.is_empty
    assert not region.linear.contains(np.zeros((1, 3))).any()
    assert region.contains(np.zeros((1, 3))).all()
    assert (region.widths[~np.eye(3, dtype=bool)] == 0).all()


def test_equal_weight_rows_have_no_boundary():
    region = LinearRegion(Head([[1.0, 0], [0, 1], [1, 0]]), L=1.0)
    for attribute in ("widths", "offsets"):
        with pytest.raises(InputError, match="equal rows 0 and 2"):
            getattr(region, attribute)


@pytest.mark.parametrize("K", [2, 3, 6])
@pytest.mark.parametrize("estimator", ["U_max", "U_entropy", "margin"])
def test_gaussian_thresholds_flag_epsilon_of_independent_draws(K, estimator):
    """Unequal priors, general (for K = 6 singular) covariances; 2·10⁶ draws, 4 joint standard errors."""
    rng = np.random.default_rng(K)
    head = Head(rng.normal(size=(K, 8)), rng.normal(size=K))
    roots = rng.normal(size=(K, 8, 3 if K == 6 else 8)) / 2
    law = ClassGaussians(head.weight * 1.5, roots @ roots.transpose(0, 2, 1), rng.dirichlet(np.full(K, 5.0)))
    threshold = gaussian_threshold(head, law, 0.1, estimator)
    n = 2 * 10**6
    share = np.mean(ValidRegion(head, threshold).contains(law.sample(n, rng=99).z))
    mass = gaussian_mass(head, law, threshold)
    assert abs(share - mass.value) < 4 * np.hypot(np.sqrt(share * (1 - share) / n), mass.standard_error) + 1e-5
    slack = 0.0 if threshold.standard_error is None else 8 * threshold.standard_error
    low, high = (
        gaussian_mass(head, law, Threshold(estimator, 0.1, threshold.log_score + s, "gaussian")).value
        for s in (slack, -slack)
    )
    assert low - 1e-3 <= 0.1 <= high + 1e-3


def test_margin_mass_by_orthants_agrees_with_sampling_and_with_the_exact_two_class_mass():
    rng = np.random.default_rng(5)
    head, roots = Head(rng.normal(size=(4, 5)), rng.normal(size=4)), rng.normal(size=(4, 5, 5))
    law = ClassGaussians(rng.normal(size=(4, 5)) * 2, roots @ roots.transpose(0, 2, 1))
    n = 10**6
    share = np.mean(LinearRegion(head, 0.7).contains(law.sample(n, rng=6).z))
    assert abs(margin_mass(head, law, 0.7).value - share) < 5 * np.sqrt(share * (1 - share) / n)
    two = Head(head.weight[:2], head.bias[:2])
    pair = ClassGaussians(law.means[:2], law.covariances[:2], [0.4, 0.6])
    exact = gaussian_mass(two, pair, Threshold("margin", 0.1, -0.7, "gaussian"))
    assert margin_mass(two, pair, 0.7).value == pytest.approx(exact.value, abs=1e-9)


def test_conformal_regions_keep_their_promise_on_fresh_data():
    """Theorem 1.2: over many calibration sets of 99 the average flagged share is at most ε, and above ε − 1/100."""
    rng = np.random.default_rng(8)
    head = Head(rng.normal(size=(3, 2)))
    law = ClassGaussians(head.weight * 2, [np.eye(2)] * 3)
    fresh = law.sample(20_000, rng=0).z
    shares = [
        np.mean(valid_region(head, law.sample(99, rng=rng), 0.1, source="conformal").contains(fresh))
        for _ in range(400)
    ]
    error = np.std(shares) / np.sqrt(400) + np.sqrt(0.09 / 20_000)
    assert 0.09 - 4 * error < np.mean(shares) < 0.1 + 4 * error


@pytest.mark.parametrize("estimator", ["U_max", "U_entropy", "margin"])
def test_analytic_regions_of_features_are_those_of_their_gaussians(estimator):
    head, train, _ = instance(9, K=2)
    law = ClassGaussians.from_features(train, 2)
    expected = gaussian_threshold(head, law, 0.2, estimator)
    for region in (valid_region(head, train, 0.2, estimator, "gaussian"), valid_region(head, law, 0.2, estimator)):
        assert region.threshold == expected
        assert region.threshold.estimator == estimator
        assert region.head is head


def test_bad_input_to_valid_region_is_refused():
    head = Head(np.eye(3))
    law = ClassGaussians(np.eye(3), [np.eye(3)] * 3)
    for call, message in [
        (lambda: valid_region(head, Features(np.ones((5, 2)))), "train features: expected 3 features"),
        (lambda: valid_region(head, law, source="empirical"), "expected 'gaussian' for class Gaussians"),
        (
            lambda: valid_region(head, Features(np.ones((5, 3))), source="gaussian"),
            "expected class labels, got none",
        ),
        (lambda: valid_region(Head(np.eye(2)), law), "expected K=2 classes"),
        (lambda: valid_region(head, law, epsilon=1.0), "epsilon"),
        (
            lambda: gaussian_mass(Head(np.eye(2)), law, Threshold("U_max", 0.1, -1.0, "gaussian")),
            "expected 2 features",
        ),
    ]:
        with pytest.raises(InputError, match=message):
            call()


def test_orthant_masses_state_their_error():
    """Against a million independent draws."""
    rng = np.random.default_rng(6)
    mean, root = rng.normal(size=5), rng.normal(size=(5, 5))
    value, error = _orthant(mean + 2, root @ root.T, 1e-9)
    draws = rng.standard_normal((10**6, 5)) @ root.T + mean + 2
    share = np.mean((draws > 0).all(axis=1))
    assert abs(share - value) < 5 * np.hypot(error, np.sqrt(share * (1 - share) / 10**6))
    assert 0 < error < 1e-3


@pytest.mark.parametrize("scale", [1e-13, 1.0, 1e6])
def test_margin_mass_does_not_depend_on_the_unit_of_the_logits(scale):
    law = ClassGaussians(4 * np.eye(3), [np.eye(3)] * 3)
    assert margin_mass(Head(scale * np.eye(3)), law, scale).value == pytest.approx(0.0308, abs=1e-3)


def test_a_class_that_does_not_vary_across_the_boundary_is_no_obstacle():
    head = Head([[1.0, 0.0], [-1.0, 0.0]])
    law = ClassGaussians([[2.0, 0.0], [-2.0, 0.0]], [np.diag([0.0, 1.0]), np.eye(2)])
    threshold = gaussian_threshold(head, law, 0.1)
    z = law.sample(200_000, rng=0).z
    share = np.mean(ValidRegion(head, threshold).contains(z))
    assert share == pytest.approx(0.1, abs=0.004)
    assert gaussian_mass(head, law, threshold).value == pytest.approx(share, abs=0.004)


def test_points_for_each_class_are_rounded_up_to_a_power_of_two():
    law = ClassGaussians(np.eye(3), [np.eye(3)] * 3)
    a, b = (gaussian_threshold(Head(np.eye(3)), law, n=n).log_score for n in (1000, 1024))
    assert a == b
    with pytest.raises(InputError, match="n: expected at least 1"):
        gaussian_threshold(Head(np.eye(3)), law, n=0)


@pytest.mark.parametrize("block", [None, 7])
def test_scoring_block_by_block_is_scoring_all_logits(block, monkeypatch):
    import softmax_geometry.head as module

    if block:
        monkeypatch.setattr(module, "_BLOCK", block)
    rng = np.random.default_rng(4)
    head, z = Head(rng.normal(size=(3, 5)), rng.normal(size=3)), rng.normal(size=(50, 5)).astype(np.float32)
    np.testing.assert_allclose(head.logits(z), z.astype(float) @ head.weight.T + head.bias, rtol=1e-12, atol=1e-12)
    for estimator in ("U_max", "U_entropy", "margin"):
        region = valid_region(head, Features(z), 0.2, estimator)
        inside = log_score(estimator)(head.logits(z)) > region.threshold.log_score
        np.testing.assert_array_equal(region.contains(z), inside)
        assert inside.sum() == 9  # of 50 points; the tenth lies on the threshold


def test_blocks_of_widths_are_the_widths():
    rng = np.random.default_rng(5)
    weight = rng.normal(size=(11, 4)) + 1e6
    weight[7] = weight[3] + 1e-7  # so close that the Gram product loses it
    region = LinearRegion(Head(weight), L=2.0)
    distances = np.linalg.norm(weight[:, None] - weight[None], axis=2)
    np.fill_diagonal(distances, np.nan)
    exact = 4.0 / distances
    np.testing.assert_allclose(region.widths, exact, rtol=1e-6)
    for size in (1, 4, 11, 50):
        blocks = list(region.width_blocks(size))
        assert [len(block) for _, block in blocks] == [rows.stop - rows.start for rows, _ in blocks]
        np.testing.assert_allclose(np.concatenate([block for _, block in blocks]), region.widths, rtol=1e-12)
    equal = LinearRegion(Head([[1.0], [2.0], [1.0]]), L=1.0)
    with pytest.raises(InputError, match="got equal rows 0 and 2"):
        next(equal.width_blocks(1))
    with pytest.raises(InputError, match="rows: expected a whole number >= 1, got 0"):
        next(region.width_blocks(0))


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_widths_in_std_do_not_depend_on_the_unit_of_the_logits(scale):
    """Classes at ±1 along the first axis with standard deviation 2: the band of width L/scale is L/2 of them."""
    law = ClassGaussians([[1.0, 0.0], [-1.0, 0.0]], [np.diag([4.0, 1.0])] * 2)
    region = LinearRegion(Head([[scale, 0.0], [-scale, 0.0]]), L=3.0 * scale)
    assert region.widths_in_std(law)[0, 1] == pytest.approx(1.5)
    assert np.isnan(np.diagonal(region.widths_in_std(law))).all()


def test_widths_in_std_where_the_data_do_not_vary():
    law = ClassGaussians([[1.0, 0.0], [-1.0, 0.0]], [np.diag([0.0, 1.0])] * 2)
    head = Head([[1.0, 0.0], [-1.0, 0.0]])
    assert np.isinf(LinearRegion(head, 1.0).widths_in_std(law)[0, 1])
    assert np.isnan(LinearRegion(head, -1.0).widths_in_std(law)[0, 1])


def test_logits_whose_variance_overflows_are_refused():
    law = ClassGaussians(np.eye(3), [np.eye(3)] * 3)
    with pytest.raises(InputError, match="gaussians: expected logits of finite variance, got an overflow in class 0"):
        gaussian_threshold(Head(1e200 * np.eye(3)), law)
