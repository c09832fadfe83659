from dataclasses import replace

import numpy as np
import pytest

from experiments import intro
from experiments.running import Given, sweep
from softmax_geometry.auroc import auroc
from softmax_geometry.estimators import U_entropy
from softmax_geometry.head import Head
from softmax_geometry.regions import valid_region

TINY = replace(intro.PRESETS["smoke"][0], epochs=1, train_per_class=20, test_per_class=20, ood_per_class=5)


@pytest.fixture(scope="module")
def outcome():
    return intro.run(TINY, Given(seed=3))


def test_shapes(outcome):
    shapes = {name: array.shape for name, array in outcome.arrays.items()}
    assert shapes["weight"] == (3, 16)
    assert [shapes[f"z_{split}"] for split in intro.SPLITS] == [(60, 16), (60, 16), (35, 16)]
    assert np.bincount(outcome.arrays["labels_ood"]).tolist() == [5] * 7


def test_it_learns(outcome):
    assert outcome.metrics["accuracy"] > 0.7  # chance is 1/3
    assert 0.5 < outcome.metrics["AUROC"]["U_max"] <= 1


def test_metrics_are_those_of_the_features_when_all_are_kept():
    whole = replace(TINY, train_per_class=400, test_per_class=100, ood_per_class=100)
    outcome = intro.run(whole, Given(seed=3))
    arrays = outcome.arrays
    head = Head(arrays["weight"], arrays["bias"])
    logits = {split: head.logits(arrays[f"z_{split}"]) for split in intro.SPLITS}
    assert outcome.metrics["accuracy"] == (logits["test"].argmax(axis=1) == arrays["labels_test"]).mean()
    entropy = auroc(U_entropy(logits["test"]), U_entropy(logits["ood"])).value
    assert outcome.metrics["AUROC"]["U_entropy"] == pytest.approx(entropy, abs=1e-4)
    region = valid_region(head, intro.Features(arrays["z_train"], arrays["labels_train"]), 0.05, estimator="U_entropy")
    assert outcome.metrics["inside the region"]["ood"] == pytest.approx(region.contains(arrays["z_ood"]).mean())


def test_the_seed_decides_everything(outcome):
    again, other = intro.run(TINY, Given(seed=3)), intro.run(TINY, Given(seed=4))
    assert again.metrics == outcome.metrics
    for name, array in outcome.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[name])
    assert not np.array_equal(other.arrays["weight"], outcome.arrays["weight"])


def test_table_and_figure(tmp_path, monkeypatch):
    monkeypatch.setitem(intro.PRESETS, "smoke", (TINY,))
    found = sweep("intro", "smoke", [0, 1], Given(0), tmp_path)
    shown = intro.table(found)
    accuracy = 100 * np.mean([record.metrics["accuracy"] for record in found])
    assert f"{accuracy:.2f} ± " in shown
    figure = intro.drawings(found)["mnist5000-plane"]()
    assert "component" in figure.axes[0].get_xlabel()
