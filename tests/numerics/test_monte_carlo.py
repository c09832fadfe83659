import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, norm, t

from numerics.monte_carlo import Estimate, Proportion, RunningMean, estimate_mean, replicated_mean
from numerics.sampling import qmc_normal
from softmax_geometry.checks import InputError

repeatable = settings(deadline=None, derandomize=True, max_examples=60)


@repeatable
@given(st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), min_size=1, max_size=8), st.randoms())
def test_merging_batches_in_any_order_equals_one_pass(batches, random):
    everything = np.concatenate(batches)
    random.shuffle(batches)
    total = sum((RunningMean.of(b) for b in batches), RunningMean())
    assert total.n == len(everything)
    scale = max(1.0, np.abs(everything).max())
    np.testing.assert_allclose(total.mean, everything.mean(), atol=1e-12 * scale)
    np.testing.assert_allclose(
        total.squares, np.sum((everything - everything.mean()) ** 2), rtol=1e-9, atol=1e-9 * scale
    )


def test_a_large_offset_costs_no_digits():
    values = np.random.default_rng(0).standard_normal(10_000) + 1e9
    total = sum((RunningMean.of(b) for b in np.split(values, 100)), RunningMean())
    np.testing.assert_allclose(total.squares / (total.n - 1), values.var(ddof=1), rtol=1e-6)


def test_the_standard_error_is_the_textbook_one():
    values = np.random.default_rng(1).exponential(size=500)
    estimate = RunningMean.of(values).estimate()
    np.testing.assert_allclose(estimate.standard_error, values.std(ddof=1) / np.sqrt(500), rtol=1e-12)
    with pytest.raises(InputError, match="at least 2"):
        RunningMean.of([1.0]).estimate()


def test_intervals_cover_as_often_as_they_say():
    rng = np.random.default_rng(2)
    means = [RunningMean.of(rng.exponential(size=400)).estimate() for _ in range(2000)]
    covered = Proportion(sum(e.agrees_with(1.0, sigmas=2) for e in means), 2000)
    assert covered.agrees_with(1 - 2 * norm.sf(2), sigmas=5)
    assert not covered.agrees_with(1 - 2 * norm.sf(1.5), sigmas=5)


def test_few_degrees_of_freedom_widen_the_interval():
    low, high = Estimate(0.0, 1.0, 100, degrees=3).interval(2)
    np.testing.assert_allclose([-low, high], t.isf(norm.sf(2), 3))
    assert Estimate(0.0, 1.0, 100).interval(2) == (-2.0, 2.0)


@repeatable
@given(st.integers(1, 500), st.floats(0, 1), st.floats(1, 5))
def test_wilson_intervals_match_scipy(n, share, sigmas):
    k = round(share * n)
    oracle = binomtest(k, n).proportion_ci(1 - 2 * norm.sf(sigmas), method="wilson")
    np.testing.assert_allclose(Proportion(k, n).interval(sigmas), oracle, atol=1e-9)


def test_proportions_of_zero_and_one_still_disagree_with_the_wrong_value():
    assert Proportion(1000, 1000).standard_error == 0
    assert Proportion(1000, 1000).agrees_with(0.999)
    assert not Proportion(1000, 1000).agrees_with(0.9)
    with pytest.raises(InputError, match="at most n"):
        Proportion(3, 2)


def test_sequential_estimates_reach_their_target():
    estimate = estimate_mean(lambda rng, n: rng.standard_normal(n) ** 4, rng=3, standard_error=0.02)
    assert estimate.standard_error <= 0.02
    assert estimate.agrees_with(3.0)
    assert not estimate.agrees_with(3.2)


def test_sequential_estimates_stop_at_max_n_and_say_what_they_reached():
    estimate = estimate_mean(lambda rng, n: rng.random(n), rng=4, standard_error=1e-9, max_n=35_000)
    assert estimate.n == 30_000
    assert estimate.standard_error > 1e-4
    constant = estimate_mean(lambda rng, n: np.ones(n), rng=4, standard_error=1.0, max_n=50_000)
    assert constant.n == 50_000


def test_the_stopping_bias_is_what_the_docstring_says():
    rng = np.random.default_rng(5)
    runs = [
        estimate_mean(lambda g, n: g.exponential(size=n), rng, standard_error=0.1, batch=20).value for _ in range(4000)
    ]
    bias = RunningMean.of(runs).estimate()  # skewness 2 and n about 100: −2/√100 of a standard error of 0.1
    assert -0.04 < bias.value - 1 < -0.01


def test_the_same_seed_gives_the_same_estimate_and_another_seed_another():
    def run(seed):
        return estimate_mean(lambda rng, n: rng.random(n), seed, standard_error=1e-3)

    assert run(6) == run(6)
    assert run(6) != run(7)


def test_quasi_monte_carlo_is_right_and_sharper_than_monte_carlo():
    mean, covariance = [0.3, -0.2], [[1.0, 0.4], [0.4, 2.0]]

    def f(z):
        return np.exp(0.5 * z[:, 0] - 0.25 * z[:, 1])

    a = np.array([0.5, -0.25])
    truth = float(np.exp(a @ mean + a @ np.array(covariance) @ a / 2))
    quasi = replicated_mean(f, lambda rng: qmc_normal(10, mean, covariance, rng), rng=8)
    plain = replicated_mean(f, lambda rng: rng.multivariate_normal(mean, covariance, 1024), rng=8)
    assert quasi.n == 16 * 1024
    assert quasi.agrees_with(truth)
    assert plain.agrees_with(truth)
    assert 10 * quasi.standard_error < plain.standard_error


def test_quasi_monte_carlo_intervals_cover():
    estimates = [
        replicated_mean(
            lambda z: (z[:, 0] > 0.7) * 1.0, lambda rng: qmc_normal(6, [0.0], [[1.0]], rng), seed, replicates=5
        )
        for seed in range(300)
    ]
    covered = Proportion(sum(e.agrees_with(norm.sf(0.7), sigmas=2) for e in estimates), 300)
    assert covered.agrees_with(1 - 2 * norm.sf(2), sigmas=5)


@pytest.mark.parametrize(
    "wrong", [{"standard_error": 0.0}, {"standard_error": 0.1, "batch": 1}, {"standard_error": 0.1, "max_n": 5}]
)
def test_impossible_targets_are_refused(wrong):
    with pytest.raises(InputError):
        estimate_mean(lambda rng, n: rng.random(n), 0, **wrong)


def test_a_sampler_that_returns_nan_is_refused():
    with pytest.raises(InputError, match="finite"):
        estimate_mean(lambda rng, n: np.full(n, np.nan), 0, standard_error=1.0)
