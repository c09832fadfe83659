"""EM against scikit-learn's."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

import softmax_geometry.mixture as module
from softmax_geometry.checks import InputError
from softmax_geometry.mixture import fit_mixture


def overlapping(N=900, H=12, K=4, apart=0.6):
    """Points, not Gaussian, of groups that overlap, so that EM takes many iterations."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, K, N)
    shapes = rng.normal(size=(K, H, H)) / np.sqrt(H)
    z = rng.normal(size=(K, H))[labels] * apart + np.einsum("nh,nhj->nj", rng.laplace(size=(N, H)), shapes[labels])
    return np.maximum(z, -0.5)


@pytest.mark.parametrize("apart", [0.6, 40.0])
@pytest.mark.parametrize("block", [None, 700])
def test_parameters_are_scikit_learns(apart, block, monkeypatch):
    if block:
        monkeypatch.setattr(module, "_BLOCK", block)
    z = overlapping(apart=apart)
    theirs = GaussianMixture(4, reg_covar=1e-3, random_state=5).fit(z)
    weights, means, covariances = fit_mixture(z, 4, reg_covar=1e-3, seed=5)
    assert theirs.n_iter_ > 10 or apart == 40
    np.testing.assert_allclose(weights, theirs.weights_, rtol=1e-8)
    np.testing.assert_allclose(means, theirs.means_, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(covariances, theirs.covariances_, rtol=1e-8, atol=1e-9)


def test_points_of_weight_zero_are_left_out_and_change_nothing():
    z = overlapping(apart=40)
    responsibilities = module._expectation(z, *fit_mixture(z, 4, 1e-3, seed=0))[1]
    assert np.mean(responsibilities == 0) > 0.5
    np.testing.assert_allclose(responsibilities.sum(axis=1), 1)


def test_stopping_too_early_warns(monkeypatch):
    monkeypatch.setattr(module, "_ITERATIONS", 2)
    with pytest.warns(ConvergenceWarning, match="did not converge in 2 iterations"):
        fit_mixture(overlapping(), 4, reg_covar=1e-3, seed=0)


@pytest.mark.parametrize("kind", ["array", "tensor"])
def test_components_without_points_warn(kind):
    z = np.eye(2)[np.arange(12) % 2]
    if kind == "tensor":
        z = pytest.importorskip("torch").tensor(z)
    with pytest.warns(ConvergenceWarning, match="points to 2 of 3 components") as said:
        weights, *_ = fit_mixture(z, 3, reg_covar=1e-3, seed=0)
    assert len(said) == 1
    assert sorted(np.asarray(weights).round(9).tolist()) == [0, 0.5, 0.5]


def test_a_component_without_volume_is_named():
    z = np.concatenate([np.zeros((5, 2)), np.random.default_rng(0).normal(9, 1, (50, 2))])
    with pytest.raises(InputError, match=r"component \(class\) \d cannot be factored"):
        fit_mixture(z, 2, reg_covar=0.0, seed=0)


@pytest.mark.parametrize("block", [None, 1500])
def test_tensors_give_the_parameters_of_arrays(block, monkeypatch):
    torch = pytest.importorskip("torch")
    if block:
        monkeypatch.setattr(module, "_DEVICE_BLOCK", block)
    z = overlapping()
    arrays = fit_mixture(z, 4, reg_covar=1e-3, seed=5)
    tensors = fit_mixture(torch.from_numpy(z), 4, reg_covar=1e-3, seed=5)
    for array, tensor in zip(arrays, tensors, strict=True):
        assert isinstance(tensor, torch.Tensor)
        np.testing.assert_allclose(tensor.numpy(), array, rtol=1e-8, atol=1e-9)


def test_a_component_without_volume_is_named_on_a_device(monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(module, "_DEVICE_BLOCK", 1)  # one component at a time
    z = np.concatenate([np.zeros((5, 2)), np.random.default_rng(0).normal(9, 1, (50, 2))])
    with pytest.raises(InputError) as on_cpu:
        fit_mixture(z, 2, reg_covar=0.0, seed=0)
    with pytest.raises(InputError, match=r"component \(class\) \d cannot be factored") as on_device:
        fit_mixture(torch.from_numpy(z), 2, reg_covar=0.0, seed=0)
    assert str(on_device.value) == str(on_cpu.value)
