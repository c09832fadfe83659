import numpy as np
import pytest
from scipy.stats import beta, kstest, norm

from numerics.monte_carlo import RunningMean
from numerics.sampling import class_gaussians, in_ball, in_simplex, on_sphere, qmc_normal
from softmax_geometry.checks import InputError

N = 20_000


@pytest.mark.parametrize("H", [1, 2, 3, 10])
def test_sphere_points_have_the_law_of_their_first_coordinate(H):
    z = on_sphere(N, H, radius=3.0, rng=0)
    np.testing.assert_allclose(np.linalg.norm(z, axis=1), 3.0)
    if H == 1:
        assert RunningMean.of(z[:, 0]).estimate().agrees_with(0)
    else:  # (1 + cos)/2 is Beta((H−1)/2, (H−1)/2)
        assert kstest((1 + z[:, 0] / 3) / 2, beta((H - 1) / 2, (H - 1) / 2).cdf).pvalue > 1e-4


@pytest.mark.parametrize("H", [1, 2, 7])
def test_ball_radii_to_the_power_H_are_uniform(H):
    r = np.linalg.norm(in_ball(N, H, radius=2.0, rng=1), axis=1) / 2
    assert kstest(r**H, "uniform").pvalue > 1e-4
    assert kstest(r ** (H + 1), "uniform").pvalue < 1e-6


def test_simplex_points_have_beta_marginals():
    p = in_simplex(N, 4, concentration=0.5, rng=2)
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert kstest(p[:, 1], beta(0.5, 1.5).cdf).pvalue > 1e-4


@pytest.mark.parametrize(("K", "H"), [(2, 1), (3, 2), (10, 5)])
def test_class_gaussians_are_proper_mixtures(K, H):
    model = class_gaussians(K, H, separation=4.0, rng=3)
    np.testing.assert_allclose(np.linalg.norm(model.means, axis=1), 4.0)
    deviations = np.sqrt(np.linalg.eigvalsh(model.covariances))
    assert deviations.min() > 0.499
    assert deviations.max() < 2.001
    assert model.priors.min() >= 1 / (4 * K)
    np.testing.assert_array_equal(model.means, class_gaussians(K, H, separation=4.0, rng=3).means)


def test_quasi_normal_points_have_the_law_of_the_normal():
    covariance = np.array([[2.0, 0.6], [0.6, 0.5]])
    z = qmc_normal(14, [1.0, -1.0], covariance, rng=4)
    assert np.isfinite(z).all()
    np.testing.assert_allclose(z.mean(axis=0), [1.0, -1.0], atol=1e-3)
    np.testing.assert_allclose(np.cov(z.T), covariance, atol=3e-3)
    assert kstest(z[:, 0], norm(1, np.sqrt(2)).cdf).pvalue > 0.99  # evener than a random sample


def test_quasi_normal_points_of_a_singular_covariance_stay_on_its_line():
    z = qmc_normal(8, [0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]], rng=5)
    np.testing.assert_allclose(z[:, 0], z[:, 1], atol=1e-12)
    assert z[:, 0].std() > 0.9


@pytest.mark.parametrize(
    "call",
    [
        lambda: on_sphere(0, 2),
        lambda: on_sphere(2, 2, radius=-1.0),
        lambda: in_ball(2, 0),
        lambda: in_simplex(2, 1),
        lambda: in_simplex(2, 3, concentration=0.0),
        lambda: class_gaussians(1, 2),
        lambda: qmc_normal(31, [0.0], [[1.0]]),
        lambda: qmc_normal(3, [0.0], [[-1.0]]),
        lambda: qmc_normal(3, [0.0, 0.0], [[1.0]]),
    ],
)
def test_impossible_requests_are_refused(call):
    with pytest.raises(InputError):
        call()
