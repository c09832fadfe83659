import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import roc_auc_score, roc_curve

from softmax_geometry.auroc import Placements, auroc, auroc_contrast, auroc_covariance, fpr_at_tpr
from softmax_geometry.checks import InputError

coarse = st.lists(st.integers(-4, 4), min_size=2, max_size=30)
reals = st.lists(st.floats(-1e300, 1e300), min_size=2, max_size=30)
extended = st.lists(st.floats(allow_nan=False), min_size=1, max_size=20)


def labels_and_scores(x, y):
    return np.repeat([0, 1], [len(x), len(y)]), np.concatenate([x, y])


def kernel(x, y):
    """The (n_in, n_out) matrix 1[x < y] + 1[x = y]/2 that the code avoids."""
    x, y = np.asarray(x)[:, None], np.asarray(y)[None, :]
    return (x < y) + 0.5 * (x == y)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.one_of(st.tuples(coarse, coarse), st.tuples(reals, reals)))
def test_value_is_scikit_learns(pair):
    assert auroc(*pair).value == pytest.approx(roc_auc_score(*labels_and_scores(*pair)), abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(extended, extended)
def test_value_and_ties_are_those_of_all_pairs(x, y):
    result = auroc(x, y)
    psi = kernel(x, y)
    assert result.value == psi.sum() / psi.size
    assert result.tie_fraction == np.count_nonzero(psi == 0.5) / psi.size
    assert (result.n_in, result.n_out) == psi.shape


@settings(deadline=None, derandomize=True, max_examples=200)
@given(extended, extended)
def test_placements_are_the_means_over_all_pairs_in_the_order_of_the_points(x, y):
    placements = Placements.from_scores(x, y)
    np.testing.assert_allclose(placements.of_in, kernel(x, y).mean(axis=1), rtol=0, atol=1e-15)
    np.testing.assert_allclose(placements.of_out, kernel(x, y).mean(axis=0), rtol=0, atol=1e-15)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(coarse, coarse, st.data())
def test_covariance_is_delongs_by_the_definition(x, y, data):
    x2 = data.draw(st.lists(st.integers(-2, 2), min_size=len(x), max_size=len(x)))
    y2 = data.draw(st.lists(st.integers(-2, 2), min_size=len(y), max_size=len(y)))
    kernels = [kernel(x, y), kernel(x2, y2)]
    n, m = kernels[0].shape
    expected = np.zeros((2, 2))
    for r in range(2):
        for s in range(2):
            a, b = kernels[r], kernels[s]
            rows = (a.mean(axis=1) - a.mean()) @ (b.mean(axis=1) - b.mean()) / (n - 1)
            columns = (a.mean(axis=0) - a.mean()) @ (b.mean(axis=0) - b.mean()) / (m - 1)
            expected[r, s] = rows / n + columns / m
    placements = [Placements.from_scores(x, y), Placements.from_scores(x2, y2)]
    np.testing.assert_allclose(auroc_covariance(placements), expected, atol=1e-12)
    assert placements[0].auroc.standard_error == pytest.approx(expected[0, 0] ** 0.5, abs=1e-7)
    value, error = auroc_contrast(placements, [1, -1])
    assert value == pytest.approx(kernels[0].mean() - kernels[1].mean(), abs=1e-12)
    contrast = np.array([1, -1])
    assert error**2 == pytest.approx(contrast @ expected @ contrast, abs=1e-12)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(coarse, coarse)
def test_reversing_the_score_and_increasing_maps(x, y):
    result, reverse = auroc(x, y), auroc(-np.array(x), -np.array(y))
    assert result.value + reverse.value == pytest.approx(1, abs=1e-15)
    assert auroc(np.exp(np.array(x) - 50.0), np.exp(np.array(y) - 50.0)) == result


def test_binormal_value_and_standard_error_against_repeated_sampling():
    d, n, m, runs = 1.0, 150, 80, 2000
    rng = np.random.default_rng(7)
    results = [auroc(rng.normal(size=n), d + rng.normal(size=m)) for _ in range(runs)]
    values = np.array([r.value for r in results])
    spread = values.std(ddof=1)
    assert abs(values.mean() - norm.cdf(d / 2**0.5)) < 4 * spread / runs**0.5
    mean_variance = np.mean([r.standard_error**2 for r in results])
    assert abs(mean_variance**0.5 / spread - 1) < 5 / (2 * runs) ** 0.5  # s.e. of a standard deviation


def test_paired_difference_against_repeated_sampling():
    n, runs = 100, 1500
    rng = np.random.default_rng(8)
    values, variances, unpaired = np.empty(runs), np.empty(runs), np.empty(runs)
    for r in range(runs):
        x, y = rng.normal(size=n), 1 + rng.normal(size=n)
        a, b = Placements.from_scores(x, y), Placements.from_scores(x + rng.normal(size=n) / 2, y)
        values[r], error = auroc_contrast([a, b], [1, -1])
        variances[r] = error**2
        unpaired[r] = np.trace(auroc_covariance([a, b]))
    assert abs(variances.mean() ** 0.5 / values.std(ddof=1) - 1) < 5 / (2 * runs) ** 0.5
    assert unpaired.mean() > 2 * variances.mean()


@settings(deadline=None, derandomize=True, max_examples=200)
@given(coarse, coarse, st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.99]))
def test_fpr_is_scikit_learns_first_point_that_reaches_the_rate(x, y, tpr):
    fpr, rates, _ = roc_curve(*labels_and_scores(x, y), drop_intermediate=False)
    expected = fpr[np.flatnonzero(rates >= tpr - 1e-12)[0]]
    assert fpr_at_tpr(x, y, tpr) == pytest.approx(expected, abs=1e-12)


def test_fpr_counts_exactly():
    # 0.07 · 100 is 7.000000000000001 in floating point; detecting 7 of 100 is enough.
    out_scores = np.arange(100.0)
    assert fpr_at_tpr([92.5, 93.0, 0.0, 1.0], out_scores, tpr=0.07) == 0.25


def test_a_million_scores_need_no_pair_matrix():
    rng = np.random.default_rng(0)
    result = auroc(rng.normal(size=10**6), rng.normal(size=10**6))
    assert result.standard_error is not None
    assert abs(result.value - 0.5) < 5 * result.standard_error


def test_one_point_has_a_value_but_no_standard_error():
    assert auroc([0.0], [1.0, 2.0]).to_dict() == {
        "value": 1.0,
        "standard_error": None,
        "tie_fraction": 0.0,
        "n_in": 1,
        "n_out": 2,
    }
    with pytest.raises(InputError, match="at least 2 points"):
        auroc_contrast([Placements.from_scores([0.0], [1.0, 2.0])], [1])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([np.nan, 1.0], "in_scores: expected finite numbers, got nan at index"),
        ([], "in_scores: expected at least one entry"),
        ([[1.0]], "in_scores: expected an array of rank 1"),
        (["a"], "in_scores: expected real numbers"),
        ([True], "in_scores: expected real numbers"),
        ([[1.0], [1.0, 2.0]], "in_scores: expected a rectangular array"),
    ],
)
def test_bad_scores_are_refused(scores, message):
    with pytest.raises(InputError, match=message):
        auroc(scores, [1.0])


def test_scores_of_different_points_are_refused():
    a, b = Placements.from_scores([0, 1], [1, 2]), Placements.from_scores([0, 1, 2], [1, 2])
    with pytest.raises(InputError, match="same points"):
        auroc_covariance([a, b])
    with pytest.raises(InputError, match="one for each score"):
        auroc_contrast([a, a], [1])
    with pytest.raises(InputError, match="tpr"):
        fpr_at_tpr([0], [1], tpr=1)
