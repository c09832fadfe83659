"""Moments added over batches are those of one pass, whatever the batches."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import softmax_geometry.moments as module
from softmax_geometry.checks import InputError
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.moments import ClassMoments

K, H = 3, 4


def points(seed, n=60, far=0.0):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.repeat(np.arange(K), 2), rng.integers(0, K, n)])
    return far + rng.normal(size=(len(labels), H)) * [1, 0.1, 10, 1], labels


def assert_are_those_of(moments, z, labels, rtol=1e-10):
    law = ClassGaussians.from_moments(moments)
    for i in range(K):
        mine = z[labels == i]
        np.testing.assert_allclose(law.means[i], mine.mean(axis=0), rtol=rtol, atol=1e-12)
        np.testing.assert_allclose(law.covariances[i], np.cov(mine, rowvar=False), rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(law.priors, np.bincount(labels, minlength=K) / len(labels))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 66), max_size=6))
def test_batches_give_the_moments_of_one_pass(seed, cuts):
    z, labels = points(seed)
    moments = ClassMoments(K, H)
    for part in np.split(np.arange(len(z)), sorted(cuts)):
        if len(part):
            moments.add(z[part], labels[part])
    assert_are_those_of(moments, z, labels)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 65))
def test_merging_is_adding(seed, cut):
    z, labels = points(seed)
    parts = [ClassMoments(K, H), ClassMoments(K, H)]
    parts[0].add(z[:cut], labels[:cut])
    parts[1].add(z[cut:], labels[cut:])
    assert_are_those_of(parts[0] + parts[1], z, labels)
    assert_are_those_of(sum(parts[::-1], ClassMoments(K, H)), z, labels)


def test_small_blocks_change_nothing(monkeypatch):
    z, labels = points(1)
    monkeypatch.setattr(module, "_BLOCK", 3 * H)
    moments = ClassMoments(K, H)
    moments.add(z, labels)
    assert_are_those_of(moments, z, labels)


def test_means_far_from_zero_cost_no_digits():
    """Σ z² − (Σ z)²/n would lose every digit of the covariance here."""
    z, labels = points(2, far=1e8)
    moments = ClassMoments(K, H)
    for start in range(0, len(z), 5):
        moments.add(z[start : start + 5], labels[start : start + 5])
    assert_are_those_of(moments, z, labels, rtol=1e-5)


def test_one_batch_of_float32_is_summed_in_float64():
    z, labels = points(3)
    single = z.astype(np.float32)
    law = ClassGaussians.from_features(Features(single, labels))
    assert law.covariances.dtype == np.float64
    np.testing.assert_allclose(law.covariances[0], np.cov(single[labels == 0].astype(float), rowvar=False), rtol=1e-12)


@pytest.mark.parametrize(
    ("z", "labels", "message"),
    [
        ([[0.0] * 3], [0], "z: expected 4 features, got 3"),
        ([[0.0] * 4], [3], r"labels: expected labels in 0..2"),
        ([[np.nan] * 4], [0], "z: expected finite numbers"),
        ([[0.0] * 4], [0, 1], "labels: expected 1 labels"),
    ],
)
def test_bad_batches_add_nothing(z, labels, message):
    moments = ClassMoments(K, H)
    with pytest.raises(InputError, match=message):
        moments.add(z, labels)
    assert moments.counts.sum() == 0


def test_moments_that_do_not_fit_are_refused():
    with pytest.raises(InputError, match=r"moments: expected equal \(K, H\)"):
        ClassMoments(2, 3) + ClassMoments(3, 3)
    with pytest.raises(InputError, match="K, H: expected whole numbers >= 1"):
        ClassMoments(0, 3)
    with pytest.raises(InputError, match="at least 2 samples of every class, got 0 of class 0"):
        ClassGaussians.from_moments(ClassMoments(2, 3))


def test_the_variances_are_those_of_all_points_whatever_their_class():
    z, labels = points(5, far=3.0)
    moments = ClassMoments(K + 1, H)  # the last class stays empty
    moments.add(z, labels)
    np.testing.assert_allclose(moments.variances, z.var(axis=0), rtol=1e-12)


def test_adding_in_place_changes_the_left_side_alone():
    z, labels = points(6)
    left, right = ClassMoments(K, H), ClassMoments(K, H)
    left.add(z[:30], labels[:30])
    right.add(z[30:], labels[30:])
    before = right.scatters.copy()
    total = left + right
    left += right
    np.testing.assert_array_equal(right.scatters, before)
    np.testing.assert_allclose(left.scatters, total.scatters, rtol=1e-12, atol=1e-12)
    with pytest.raises(InputError, match=r"expected equal \(K, H\), got \(3, 4\) and \(3, 5\)"):
        left += ClassMoments(K, H + 1)
    with pytest.raises(TypeError):
        left += 1


def test_moments_that_no_memory_holds_are_refused_in_gigabytes():
    with pytest.raises(InputError, match="fit into memory, got 80,000,000 GB for K=1000000 and H=100000"):
        ClassMoments(10**6, 10**5)


@pytest.mark.parametrize("scale", [1e200, 1.7e308])
def test_overflow_is_refused_where_the_moments_are_used(scale):
    moments = ClassMoments(2, 1)
    for _ in range(2):
        moments.add(scale * np.array([[1.0], [-1.0], [1.0], [-0.5]]), [0, 0, 1, 1])
    assert not np.isfinite((moments + moments).variances).any()
    with pytest.raises(InputError, match=r"^covariances: expected finite numbers"):
        ClassGaussians.from_moments(moments)
