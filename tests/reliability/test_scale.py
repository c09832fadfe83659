"""The measurement of scale: its data, and how it compares and weighs."""

import numpy as np
import pytest

from reliability.scale import data
from reliability.scale.measured import cost, largest_difference


def test_the_first_shards_are_the_first_features(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "SHARD", 100)
    means = data.class_means(3, 5)
    data.write_shards(tmp_path / "train", 250, 0, means)
    assert [len(np.load(tmp_path / "train" / f"z-{n}.npy")) for n in range(3)] == [100, 100, 50]
    for n, shards in [(30, 1), (200, 2)]:
        data.first_shards(tmp_path / "first", n, tmp_path / "train")
        assert len(list((tmp_path / "first").glob("z-*.npy"))) == shards
        np.testing.assert_array_equal(
            np.load(tmp_path / "first" / "z-0.npy"), np.load(tmp_path / "train" / "z-0.npy")[:n]
        )


def test_features_lie_around_the_means_of_their_classes_and_ood_points_between(tmp_path):
    means = data.class_means(3, 5)
    for ood in (False, True):
        data.write_shards(tmp_path / str(ood), 20_000, 1, means, ood)
        z, labels = (np.load(tmp_path / str(ood) / f"{name}-0.npy") for name in ("z", "labels"))
        for i in range(3):
            expected = (means[i] + means.mean(axis=0)) / 2 if ood else means[i]
            assert np.abs(z[labels == i].mean(axis=0) - expected).max() < 5 * 1.5 / np.sqrt((labels == i).sum())


def test_a_command_has_seconds_a_peak_and_numbers(tmp_path):
    means = data.class_means(3, 5)
    np.savez(tmp_path / "head.npz", weight=4 * means)
    data.write_shards(tmp_path / "train", 50, 0, means)
    spent = cost("region head.npz --train train", tmp_path)
    assert spent.seconds > 0
    assert 0.02 < spent.gigabytes < 1
    assert spent.numbers["number_of_pairs"] == 3
    with pytest.raises(RuntimeError, match="nowhere"):
        cost("region head.npz --train nowhere", tmp_path)


@pytest.mark.parametrize(
    ("a", "b", "difference"),
    [
        ({"x": [1.0, None, "s"]}, {"x": [1.0, None, "s"]}, 0.0),
        ({"x": [1.0, 2.0]}, {"x": [1.0, 2.5]}, 0.2),
        ({"x": 1.0}, {"y": 1.0}, np.inf),
        ([1.0], [1.0, 2.0], np.inf),
        (1, 2, np.inf),
        ([], [], 0.0),
        (1e-9, 0.0, 1e-3),
    ],
)
def test_the_largest_difference_is_relative(a, b, difference):
    assert largest_difference(a, b) == pytest.approx(difference)
