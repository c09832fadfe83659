"""Features and class Gaussians."""

import numpy as np
import pytest

from softmax_geometry.checks import InputError
from softmax_geometry.features import ClassGaussians, Features


def test_moments_agree_with_numpy():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    z = rng.normal(size=(200, 4)).astype(np.float32)
    law = ClassGaussians.from_features(Features(z, labels))
    for i in range(3):
        np.testing.assert_allclose(law.means[i], z[labels == i].astype(float).mean(axis=0), rtol=1e-12)
        np.testing.assert_allclose(law.covariances[i], np.cov(z[labels == i].astype(float), rowvar=False), rtol=1e-12)
    np.testing.assert_allclose(law.priors, np.bincount(labels) / 200)


def test_sampling_and_fitting_are_inverse_up_to_monte_carlo_error():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(2, 3, 3))
    law = ClassGaussians(rng.normal(size=(2, 3)), root @ root.transpose(0, 2, 1), [0.2, 0.8])
    n = 400_000
    again = ClassGaussians.from_features(law.sample(n, rng=2))
    assert abs(again.priors[0] - 0.2) < 5 * np.sqrt(0.16 / n)
    for i in range(2):
        variances = np.diagonal(law.covariances[i])
        assert (np.abs(again.means[i] - law.means[i]) < 5 * np.sqrt(variances / (n * law.priors[i]))).all()
        error = np.sqrt((np.outer(variances, variances) + law.covariances[i] ** 2) / (n * law.priors[i]))
        assert (np.abs(again.covariances[i] - law.covariances[i]) < 5 * error).all()


def test_a_singular_covariance_is_allowed_and_sampled_on_its_support():
    law = ClassGaussians([[0, 1], [5, 1]], [np.diag([1.0, 0.0])] * 2)
    assert np.ptp(law.sample(100, rng=0).z[:, 1]) == 0


def test_same_seed_same_sample():
    law = ClassGaussians([[0.0], [1.0]], [[[1.0]], [[1.0]]])
    np.testing.assert_array_equal(law.sample(5, rng=3).z, law.sample(5, rng=np.random.default_rng(3)).z)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[0.0], [1.0]], [[[1.0]]]), "covariances: expected shape"),
        (([[0.0, 0], [1, 1]], [[[1, 0.5], [0, 1]]] * 2), "symmetric"),
        (([[0.0], [1.0]], [[[1.0]], [[-1.0]]]), "class 1 has eigenvalue -1"),
        (([[0.0], [1.0]], [[[1.0]], [[1.0]]], [0.5, 0.6]), "priors"),
        (([[0.0], [1.0]], [[[1.0]], [[1.0]]], [1.0, 0.0]), "priors"),
        (([[0.0], [np.nan]], [[[1.0]], [[1.0]]]), "means: expected finite"),
        (([0.0, 1.0], [[[1.0]], [[1.0]]]), "means: expected an array of rank 2"),
    ],
)
def test_bad_gaussians_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        ClassGaussians(*arguments)


@pytest.mark.parametrize(
    ("features", "K", "message"),
    [
        (Features(np.ones((4, 2))), None, "expected class labels, got none"),
        (
            Features(np.ones((4, 2)), [0, 0, 0, 1]),
            None,
            "at least 2 samples of every class, got 1 of class 1",
        ),
        (Features(np.ones((4, 2)), [0, 0, 1, 1]), 3, "got 0 of class 2"),
        (Features(np.ones((4, 2)), [0, 0, 2, 2]), 2, r"labels in 0..1"),
    ],
)
def test_classes_that_cannot_be_fitted_are_named(features, K, message):
    with pytest.raises(InputError, match=message):
        ClassGaussians.from_features(features, K)


def test_negative_labels_and_bad_shapes_are_refused():
    with pytest.raises(InputError, match="labels"):
        Features(np.ones((2, 2)), [0, -1])
    with pytest.raises(InputError, match="rank 2"):
        Features(np.ones(3))
