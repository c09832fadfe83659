from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from experiments import toy
from experiments.networks import ToyMLP
from experiments.running import Given, sweep
from experiments.training import initial_weights_of

CONFIG = replace(toy.PRESETS["smoke"][0], per_class=50, epochs=10, learning_rate=0.01, radii=(0, 3, 10_000))


@pytest.fixture(scope="module")
def outcome():
    return toy.run(CONFIG, Given(seed=1))


def at(outcome, x, y):
    """The log entropy at the point of the grid nearest to (x, y)."""
    axis = outcome.arrays["axis"]
    return float(outcome.arrays["log entropy"][np.abs(axis - y).argmin(), np.abs(axis - x).argmin()])


def test_clusters_are_round_around_centres_on_the_unit_circle():
    points, labels = toy.clusters(replace(CONFIG, per_class=20_000), np.random.default_rng(0))
    assert np.bincount(labels).tolist() == [20_000] * 3
    for i, angle in enumerate((90, 210, 330)):
        mine = points[labels == i]
        centre = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
        np.testing.assert_allclose(mine.mean(axis=0), centre, atol=0.01)
        np.testing.assert_allclose(np.cov(mine.T), CONFIG.spread**2 * np.eye(2), atol=1e-3)


def test_between_the_clusters_it_is_unsure_and_far_away_it_is_certain(outcome):
    metrics = outcome.metrics
    assert metrics["accuracy"] > 0.95
    assert metrics["confident"]["0"] == 0  # the middle is inside the valid region
    assert metrics["AUROC"]["0"] > 0.99
    assert 1 / 3 <= metrics["confidence"]["0"] < metrics["confidence"]["3"] < metrics["confidence"]["10000"]
    assert metrics["confident"]["10000"] > 0.99
    assert metrics["AUROC"]["10000"] < 0.01
    assert metrics["confidence"]["10000"] == pytest.approx(1, abs=0.01)
    assert metrics["rays to certainty"] == 1


def test_rows_of_the_grid_are_the_second_input(outcome):
    """Up is a class; its mirror image along the diagonal, to the right, is near the border of two."""
    inside = outcome.arrays["log threshold"]
    assert at(outcome, 0, 1) < inside < at(outcome, 0, 0)
    assert at(outcome, 0, -1) > at(outcome, -1, 0)  # between two classes, and near the centre of one


def test_a_twentieth_of_the_training_points_lies_in_the_region(outcome):
    points = outcome.arrays["points"]
    assert len(points) == len(outcome.arrays["labels"]) == 150
    share = np.mean([at(outcome, *point) > outcome.arrays["log threshold"] for point in points])
    assert share == pytest.approx(0.05, abs=0.03)  # 7 of 150, up to the steps of the grid


def test_slopes_are_differences_of_the_network_far_out():
    with initial_weights_of(2):
        model = ToyMLP().double()
    u = np.random.default_rng(0).standard_normal((50, 2))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    with torch.no_grad():
        near, far = (model(torch.tensor(r * u)).numpy() for r in (1e6, 2e6))
        found = toy.slopes(model.float(), u)
    np.testing.assert_allclose(found, (far - near) / 1e6, atol=1e-4)
    assert np.abs(found).max() > 1e-2


def test_where_no_feature_rises_the_slopes_are_zero():
    with initial_weights_of(0):
        model = ToyMLP()
    first = model.body[0]
    assert isinstance(first, nn.Linear)
    with torch.no_grad():
        first.weight.copy_(first.weight.abs())  # every neuron of the first layer sleeps down and to the left
    gaps = np.ptp(toy.slopes(model, np.array([[-0.6, -0.8], [0.6, 0.8]])), axis=1)
    assert gaps[0] == 0 < gaps[1]


def test_the_seed_decides_everything(outcome):
    again, other = (toy.run(CONFIG, Given(seed=seed)) for seed in (1, 2))
    assert again.metrics == outcome.metrics
    for name, array in outcome.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[name])
    assert not np.array_equal(other.arrays["points"], outcome.arrays["points"])


def test_table_and_figure(outcome, tmp_path, monkeypatch):
    monkeypatch.setitem(toy.PRESETS, "smoke", (CONFIG,))
    monkeypatch.setattr(toy, "run", lambda config, given: outcome)
    found = sweep("toy", "smoke", [0, 1], Given(0), tmp_path)
    shown = toy.table(found)
    line = next(line for line in shown.splitlines() if "radius 3 " in line)
    assert f"{100 * outcome.metrics['confident']['3']:.1f} ± 0.0" in line
    assert "along 100.0 ± 0.0 % of all rays the confidence tends to 1" in shown
    assert list(toy.drawings(found)) == ["figure-1a-3clusters"]
