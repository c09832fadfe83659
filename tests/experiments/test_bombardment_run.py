from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from experiments import bombardment
from experiments.bombardment import Config
from experiments.bombardment.likeness import (
    Labelled,
    correlations,
    mean_over_classes,
    most_typical,
    own_and_other,
    pixels_to_nearest,
    with_the_same_ink,
)
from experiments.running import Given, sweep, workers_at
from softmax_geometry.checks import InputError
from softmax_geometry.plots.bombardment import confident_inputs

TINY = Config(12, 10, 3, "mnist5000", epochs=1, batch_size=64)


def labelled(rng, n, K=3):
    return Labelled(rng.integers(0, 2, (n, 9, 9), dtype=np.uint8), np.arange(n) % K)


def test_pixels_to_the_nearest_digit_of_the_class():
    rng = np.random.default_rng(0)
    group, digits = labelled(rng, 1300), labelled(rng, 50)
    mine, known = (those.images[:, :8, :8].reshape(-1, 64).astype(float) for those in (group, digits))
    apart = np.where(group.labels[:, None] == digits.labels, 64 * cdist(mine, known, "hamming"), np.inf)
    assert np.array_equal(pixels_to_nearest(group, digits), apart.min(axis=1).round())
    with pytest.raises(InputError, match="digits: expected some of every class in the group, got none of class 2"):
        pixels_to_nearest(group, labelled(rng, 2))


def test_shuffling_keeps_the_ink_and_the_pixels_that_are_not_seen():
    rng = np.random.default_rng(0)
    group = labelled(rng, 20)
    shuffled = with_the_same_ink(group, 30, rng)
    same = np.repeat(group.images, 30, axis=0)
    assert np.array_equal(shuffled.labels, np.repeat(group.labels, 30))
    ink = [images[:, :8, :8].sum(axis=(1, 2)) for images in (shuffled.images, same)]
    assert np.array_equal(*ink)
    assert np.array_equal(shuffled.images[:, 8], same[:, 8])
    assert np.array_equal(shuffled.images[:, :, 8], same[:, :, 8])
    expected = group.images[0, :8, :8].mean()
    assert np.abs(shuffled.images[:30, :8, :8].mean(axis=0) - expected).max() < 5 * 0.5 / np.sqrt(30)


def test_means_over_classes():
    values, labels = np.array([1.0, 3.0, 10.0, 10.0]), np.array([0, 0, 1, 1])
    assert mean_over_classes(values, labels) == (6.0, pytest.approx(0.5))
    assert mean_over_classes(values[:3], labels[:3]) == (6.0, None)
    assert mean_over_classes(values == 10, labels) == (0.5, pytest.approx(0))


def test_correlation_of_means():
    rng = np.random.default_rng(1)
    group, digits = labelled(rng, 30), labelled(rng, 60)
    means = [
        [those.images[those.labels == i][:, :8, :8].mean(axis=0).ravel() for i in range(3)] for those in (group, digits)
    ]
    found = correlations(group, digits)
    np.testing.assert_allclose(found, np.corrcoef(np.concatenate(means))[:3, 3:])
    own, other = own_and_other(found, group.labels)
    assert own == pytest.approx(np.trace(found) / 3)
    assert other == pytest.approx((found.sum() - np.trace(found)) / 6)
    assert own_and_other(correlations(digits, digits), digits.labels)[0] == pytest.approx(1)
    blank = Labelled(np.zeros((1, 9, 9), np.uint8), np.array([0]))
    assert np.isnan(correlations(blank, digits)).all()


def test_the_typical_digit_is_the_one_at_the_mean():
    square = np.zeros((9, 9), np.uint8)
    square[2:6, 2:6] = 1
    rng = np.random.default_rng(0)
    noise = (rng.random((20, 9, 9)) < 0.1).astype(np.uint8)
    digits = Labelled(np.concatenate([square[None] ^ noise, square[None]]), np.zeros(21, np.int64))
    assert np.array_equal(most_typical(digits), square[None])


def test_the_first_of_each():
    group = Labelled(np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((9, 9), np.uint8), np.array([1, 0, 1, 1, 0]))
    few = group.first_of_each(2)
    assert few.images[:, 0, 0].tolist() == [1, 4, 0, 2]
    assert few.labels.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("change", [{"log2_shard": 9}, {"log2_shard": 13}, {"log2_inputs": 61}, {"k": 0}])
def test_configurations_that_cannot_be(change):
    with pytest.raises(InputError, match="expected"):
        replace(TINY, **change)


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(bombardment.PRESETS, "smoke", (TINY,))
    monkeypatch.setattr(bombardment, "COMPARED", 2**11)
    monkeypatch.setattr(bombardment, "TIMED", 2**8)


def untimed(record):
    return {name: value for name, value in record.metrics.items() if name != "timing"}


class Killed(BaseException):
    pass


def test_a_run_that_is_killed_goes_on_with_the_next_shard(tiny, tmp_path, monkeypatch):
    expected = sweep("bombardment", "smoke", [0], Given(0), tmp_path / "whole")
    shards, original = [], bombardment.bombarded

    def counted(shard):
        if len(shards) == 3:
            raise Killed
        shards.append(shard.start)
        return original(shard)

    monkeypatch.setattr(bombardment, "bombarded", counted)
    with pytest.raises(Killed):
        sweep("bombardment", "smoke", [0], Given(0), tmp_path / "killed")
    assert shards == [0, 1024, 2048]
    shards.clear()
    found = sweep("bombardment", "smoke", [0], Given(0), tmp_path / "killed")
    assert shards == [3072]
    assert untimed(found[0]) == untimed(expected[0])
    np.testing.assert_equal(found[0].arrays, expected[0].arrays)
    assert not any((tmp_path / "killed" / "bombardment" / "smoke" / ".scratch").iterdir())

    metrics = found[0].metrics
    assert metrics["inputs"] == 2**12
    assert sum(metrics["taken for"].values()) == pytest.approx(1)
    assert metrics["log-odds"]["confident"] > metrics["log-odds"]["random"]
    assert metrics["likeness"]["digits"]["distance"]["mean"] < metrics["likeness"]["random"]["distance"]["mean"]
    assert set(metrics["timing"]) == {"plain", "fast", "fast over plain"}
    assert found[0].caveats.keys() == {"mnist5000"}
    text = bombardment.table(found)
    assert all(f"mnist5000-log2-12: {group}" in text for group in bombardment.GROUPS)
    figures = bombardment.drawings(found)
    assert set(figures) == {"inputs-mnist5000-log2-12", "log-odds-and-distances-mnist5000-log2-12"}
    pictures = [ax.images[0] for ax in figures["inputs-mnist5000-log2-12"]().axes if ax.images]
    confident = sum(min(3, round(2**12 * share)) for share in metrics["taken for"].values())
    present = sum(share > 0 for share in metrics["taken for"].values())
    assert len(pictures) == 10 + confident + present + 10


def test_a_class_that_nothing_is_taken_for():
    digits = np.zeros((2, 9, 9))
    digits[:, 2:5, 2:5] = 1
    means = np.stack([digits[0], np.full((9, 9), np.nan)])
    figure = confident_inputs([digits, digits[:0]], digits, means, digits)
    assert [text.get_text() for ax in figure.axes for text in ax.texts] == ["0", "1", "none"]
    first = np.asarray(figure.axes[0].images[0].get_array())
    assert np.all(first[8] == first[0, 0])


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_a_cluster_finds_the_same(tiny, tmp_path):
    distributed = pytest.importorskip("dask.distributed")
    expected = sweep("bombardment", "smoke", [1], Given(0), tmp_path / "here")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, protocol="tcp://"
        ) as cluster,
        workers_at(cluster.scheduler_address) as workers,
    ):
        found = sweep("bombardment", "smoke", [1], Given(0, workers=workers), tmp_path / "there")
    assert untimed(found[0]) == untimed(expected[0])
