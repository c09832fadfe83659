from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from sklearn.mixture import GaussianMixture

from experiments import density_search
from experiments.data import Images
from experiments.density_search.search import OTHER, SAME, before_last_relu, choices, measured
from experiments.density_search.settings import (
    GRID,
    PAPER,
    Setting,
    around,
    fitted,
    log_likelihood,
    one_at_a_time,
    random_draws,
)
from experiments.networks import ResNet18
from experiments.running import Given, sweep
from experiments.training import captured, initial_weights_of
from softmax_geometry.checks import InputError

H, K = 6, 3
RNG = np.random.default_rng(0)
LABELS = RNG.integers(K, size=90)
Z = np.maximum(2 * RNG.normal(size=(K, H))[LABELS] + RNG.normal(size=(90, H)) + 1, 0)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    tiny = replace(density_search.PRESETS["smoke"][0], width=2, train_images=120, test_images=60, max_train=110)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(density_search.PRESETS, "smoke", (tiny,))
        return sweep("density_search", "smoke", [0, 1], Given(0), tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize("classes", [10, 100, 7])
def test_labels_tell_settings_apart(classes):
    settings = {*around(classes), *random_draws(20, classes, 0)}
    assert len({setting.label for setting in settings}) == len(settings)


def test_each_option_holds_the_papers_value_once():
    options = one_at_a_time(10)
    assert options.pop("KDE").keys() >= {"bandwidth 0.1", "log z, bandwidth of Scott"}
    for option, values in options.items():
        assert list(values.values()).count(PAPER) == 1, option
    assert list(options["components"]) == ["1", "K", "100"]
    assert list(one_at_a_time(7)["components"]) == ["1", "K", "10", "100"]


def test_the_grid_is_whole():
    assert len(set(GRID)) == 4 * 3 * 2
    assert set(GRID) <= set(around(10))


def test_random_draws_take_all_of_the_last_three_options():
    drawn = random_draws(1, 7, seed=0)
    assert len({(s.method, s.share, s.before, s.reg_covar) for s in drawn}) == 1
    sizes = {len(random_draws(1, 7, seed)) for seed in range(30)}
    assert sizes == {3, 6, 12, 24}  # per class or EM, with a logarithm or without
    many = random_draws(50, 7, seed=1)
    assert not any(s.before and s.log for s in many)
    assert all(s.components is None for s in many if s.method == "per_class")
    assert random_draws(50, 7, seed=1) == many != random_draws(50, 7, seed=2)


def test_em_is_scikit_learns():
    found = fitted(Setting(components=2, covariance="diag", reg_covar=1e-3), Z, LABELS, K, seed=0)(Z)
    start = int(np.random.default_rng(0).integers(2**31))
    expected = GaussianMixture(2, covariance_type="diag", reg_covar=1e-3, random_state=start).fit(Z)
    np.testing.assert_allclose(found, expected.score_samples(Z), rtol=1e-9)


def test_some_neurons_count():
    log_density = fitted(Setting(share=0.5), Z, LABELS, K, seed=0)
    moved = [not np.array_equal(log_density(Z + 0.3 * np.eye(H)[i]), log_density(Z)) for i in range(H)]
    assert sum(moved) == 3


@pytest.mark.parametrize(
    "setting",
    [
        Setting(),
        Setting(log=True),
        Setting("per_class", log=True, reg_covar=0.1),
        Setting("kde", bandwidth=0.5),
        Setting("kde", log=True),
    ],
)
def test_likelihoods_are_of_densities_of_z(setting):
    """Each integrates to one over z, where a logarithm or a scale did not change that."""
    z = 0.3 + Z[Z[:, 0] > 0][:, :1]
    labels = np.arange(len(z)) % 2
    log_density = fitted(setting, z, labels, 2, seed=0)
    lowest, highest = (0, 100) if setting.log else (-20, 40)
    edges = [lowest, 0.01, 0.1, 1, 2, 3, 5, 10, highest]
    total = sum(
        quad(lambda x: np.exp(log_likelihood(setting, log_density, np.array([[x]]))), *ends, limit=200)[0]
        for ends in pairwise(edges)
    )
    assert total == pytest.approx(1, abs=2e-3)


def test_likelihood_is_a_mean_for_each_feature():
    log_density = fitted(PAPER, Z, LABELS, K, seed=0)
    assert log_likelihood(PAPER, log_density, Z[:7]) == pytest.approx(log_density(Z[:7]).mean() / H)


def test_what_cannot_be_fitted_is_none():
    z = {"train": Z, "test": Z, "held out": Z, "far": Z + 5, "near": Z}
    with pytest.raises(InputError):
        fitted(Setting(components=100), Z, LABELS, K, seed=0)
    assert measured(Setting(components=100), z, LABELS, K, ("far", "near"), 0) == (None, None)
    aurocs, likelihood = measured(Setting(share=0.5), z, LABELS, K, ("far", "near"), 0)
    assert likelihood is None
    assert aurocs is not None
    assert aurocs["far"] > 0.95
    assert aurocs["near"] == 0.5


def test_choices():
    aurocs = {
        PAPER.label: {"a": 0.8, "b": 0.7, "c": 0.6},
        "good for a": {"a": 1.0, "b": 0.6, "c": 0.6},
        "good for b": {"a": 0.5, "b": 1.0, "c": 0.55},
        "KDE, bandwidth 0.5": {"a": 0.1, "b": 0.1, "c": 0.1},
        "impossible": None,
    }
    likelihoods = {**dict.fromkeys(aurocs, None), PAPER.label: -3.0, "good for b": -2.0}
    found = choices(aurocs, likelihoods)
    assert found[SAME] == {"setting": "good for a", "AUROC": pytest.approx(2.2 / 3)}
    assert found["likeliest held-out data"]["setting"] == "good for b"
    assert found["best KDE on the same OOD sets"]["AUROC"] == pytest.approx(0.1)
    assert found[OTHER]["setting"] == {"a": "good for b", "b": "good for a", "c": "good for a"}
    assert found[OTHER]["AUROC"] == pytest.approx((0.5 + 0.6 + 0.6) / 3)
    assert "untuned" not in found


def test_with_one_ood_set_there_are_no_others():
    aurocs = {PAPER.label: {"a": 0.8}, "KDE, bandwidth 1": {"a": 0.5}}
    assert OTHER not in choices(aurocs, dict.fromkeys(aurocs, -1.0))


def test_before_the_last_relu():
    with initial_weights_of(0):
        model = ResNet18(10, width=2)
    images = Images(RNG.integers(256, size=(6, 16, 16, 3), dtype=np.uint8), np.arange(6), "noise", {})
    found = before_last_relu(model, images, "cpu")
    block: Any = model.layer4[-1]
    taken = []
    handle = block.bn2.register_forward_hook(lambda module, inputs, output: taken.append(output.clone()))
    entering = []
    other = block.register_forward_pre_hook(lambda module, inputs: entering.append(inputs[0].clone()))
    z = captured(model, images).z
    handle.remove()
    other.remove()
    total = taken[0] + entering[0]
    np.testing.assert_allclose(found, total.mean(dim=(2, 3)).numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(torch.relu(total).mean(dim=(2, 3)).numpy(), z, rtol=1e-5, atol=1e-6)
    assert (found <= z + 1e-6).all()
    assert (found < 0).any()
    assert not block.relu._forward_pre_hooks


def test_run(records):
    metrics = records[0].metrics
    fitted_ones = [label for label, of in metrics["AUROC"].items() if of]
    assert len(fitted_ones) > 30
    assert all(0 <= of["digits"] <= 1 for of in metrics["AUROC"].values() if of)
    assert max(metrics["AUROC"][label]["digits"] for label in fitted_ones) == metrics["choices"][SAME]["AUROC"]
    assert metrics["log-likelihood"]["before ReLU"] is None
    assert metrics["log-likelihood"]["paper's best"] is not None
    assert metrics != records[1].metrics


def test_table_and_figures(records):
    shown = density_search.table(records)
    means = [record.metrics["choices"][SAME]["AUROC"] for record in records]
    assert f"{100 * np.mean(means):.1f} ± " in shown
    assert shown.count("log z, isotropic, reg 1e-7") >= 1
    figures = density_search.drawings(records)
    assert set(figures) == {"mnist5000-settings", "mnist5000-grid", "mnist5000-likelihood"}
    ticks = [tick.get_text() for tick in figures["mnist5000-settings"]().axes[0].get_yticklabels()]
    assert ticks[:3] == ["fit", "EM", "one Gaussian a class"]
    assert len(figures["mnist5000-grid"]().axes[0].texts) == len(GRID)
