from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from experiments import transfer
from experiments.networks import head_of, pretrained_efficientnet
from experiments.running import Given
from experiments.running.records import read_record, record_path, write_record
from experiments.training import captured
from softmax_geometry.capture import Captured
from softmax_geometry.head import Head
from softmax_geometry.plots.transfer import stage_dots

TINY = replace(transfer.PRESETS["smoke"][0], train_images=60, head_epochs=30)
NAMES = ("train", "test", "digits")


@pytest.fixture(scope="module")
def populations():
    rng = np.random.default_rng(0)
    known = {split: transfer.prepared(TINY, (split,), TINY.data, Given(3), rng) for split in ("train", "test")}
    return {**known, "digits": transfer.prepared(TINY, ("test",), "digits", Given(3), rng)}


@pytest.fixture(scope="module")
def members(populations):
    return list(transfer.fine_tuned(TINY, Given(3), populations))


@pytest.fixture(scope="module")
def outcome(members):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transfer, "fine_tuned", lambda *_: iter(members))
        return transfer.run(TINY, Given(3))


def test_the_first_stage_leaves_the_body_as_imagenet_left_it(populations, members):
    model = pretrained_efficientnet(TINY.network, 10)
    for member in members:
        np.testing.assert_allclose(
            member["last layer"]["test"].z, captured(model, populations["test"]).z, rtol=1e-4, atol=1e-4
        )
        assert not np.allclose(member["full"]["test"].z, member["last layer"]["test"].z, atol=0.05)


def test_the_first_stage_learns(members):
    train = members[0]["last layer"]["train"]
    assert np.mean(train.logits.argmax(axis=1) == train.labels) > 0.5  # chance is 1/10


def test_members_differ_and_only_the_first_has_training_features(members):
    first, second = (member["last layer"] for member in members)
    assert set(first) == set(NAMES)
    assert set(second) == set(NAMES) - {"train"}
    assert not np.allclose(first["test"].head.weight, second["test"].head.weight, atol=1e-3)


def test_batch_normalisation_is_frozen_and_all_else_is_trained(populations, monkeypatch):
    kept = []
    monkeypatch.setattr(
        transfer, "pretrained_efficientnet", lambda *a: kept.append(pretrained_efficientnet(*a)) or kept[-1]
    )
    list(transfer.fine_tuned(replace(TINY, members=1), Given(3), populations))
    before = pretrained_efficientnet(TINY.network, 10).state_dict()
    after = kept[0].state_dict()
    frozen = {name for name in after if "_bn" in name}
    changed = {name for name in after if not torch.equal(before[name], after[name])}
    assert len(frozen) > 100
    assert changed == set(after) - frozen


def test_the_seed_decides_everything(populations, members):
    again = next(transfer.fine_tuned(TINY, Given(3), populations))
    for stage in transfer.STAGES:
        np.testing.assert_array_equal(again[stage]["test"].logits, members[0][stage]["test"].logits)


def test_an_interrupted_run_goes_on_to_the_same_end(populations, members, tmp_path):
    given = Given(3, scratch=tmp_path)
    for _ in range(2):  # the second time every training is resumed at its end
        first = next(transfer.fine_tuned(TINY, given, populations))
        assert {path.name for path in tmp_path.iterdir()} == {"head0.pt", "full0.pt"}
        for stage in transfer.STAGES:
            np.testing.assert_array_equal(first[stage]["digits"].logits, members[0][stage]["digits"].logits)


def test_dropout_is_the_networks_own():
    model = pretrained_efficientnet("lite0", 4)
    assert transfer.dropout_of(model).p == 0.2
    assert transfer.dropout_of(model) in transfer.trainable_of(model)
    assert head_of(model) in transfer.trainable_of(model)


def test_each_stage_is_measured(outcome, members):
    for stage, metrics in (("full", outcome.metrics), ("last layer", outcome.metrics["last layer"])):
        test, ood = members[0][stage]["test"], members[0][stage]["digits"]
        assert metrics["accuracy"] == np.mean(test.logits.argmax(axis=1) == test.labels)
        expected = _auroc(*(1 - softmax(of.logits.astype(float), axis=1).max(axis=1) for of in (test, ood)))
        assert metrics["AUROC"]["U_max_log"]["digits"] == pytest.approx(expected)
        assert metrics["norm"]["digits"] == pytest.approx(np.linalg.norm(ood.z, axis=1).mean())
        assert 0 < metrics["structure"]["etf_distance"] < 1
        mean = [
            np.mean([softmax(member[stage][name].logits.astype(float), axis=1) for member in members], axis=0)
            for name in ("test", "digits")
        ]
        expected = _auroc(*(1 - p.max(axis=1) for p in mean))
        assert metrics["AUROC"]["ensemble U_max"]["digits"] == pytest.approx(expected)
        assert 0 <= metrics["AUROC"]["MC dropout mutual information"]["all"] <= 1
    assert {images.name for images in outcome.images} == {"mnist5000", "digits"}


def _auroc(test, ood):
    return roc_auc_score(np.repeat([0, 1], [len(test), len(ood)]), np.concatenate([test, ood]))


def test_without_dropout_all_passes_are_the_network():
    rng = np.random.default_rng(0)
    z, head = rng.random((5, 6)), Head(rng.normal(size=(3, 6)), np.zeros(3))
    base = {name: Captured(z, head.logits(z), None, head) for name in NAMES}
    scores = transfer._dropout(TINY, base, 0.0, 0)
    np.testing.assert_allclose(scores["MC dropout mutual information"][0], 0, atol=1e-12)
    of_test, of_ood = scores["MC dropout U_max"]
    np.testing.assert_allclose(np.exp(of_test), 1 - softmax(head.logits(z), axis=1).max(axis=1))
    assert set(of_ood) == {"digits"}


def test_a_network_alone_is_no_ensemble(members):
    assert transfer._ensemble([members[0]["full"]]) == {}


def test_ood_images_come_from_every_split_asked_for():
    wide = replace(TINY, ood_images=10**9)
    rng = np.random.default_rng(0)
    sizes = {
        splits: len(transfer.prepared(wide, splits, "digits", Given(0), rng))
        for splits in (("train",), ("test",), ("train", "test"))
    }
    assert sizes["train", "test"] == 1797 == sizes["train",] + sizes["test",]
    both = transfer.prepared(wide, ("train", "test"), "digits", Given(0), rng)
    assert set(both.checksums) == {"train pixels and labels", "test pixels and labels"}
    assert both.pixels.shape[1:] == (32, 32, 3)


def test_photographs_are_read_at_the_size_of_the_configuration(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for label in ("bad", "good"):
            (tmp_path / "beans" / split / label).mkdir(parents=True)
            for i in range(3):
                pixels = rng.integers(0, 256, (50, 70, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(tmp_path / "beans" / split / label / f"{i}.png")
    config = transfer.Config("beans", ("pets",), size=40, train_images=4)
    images = transfer.prepared(config, ("train",), "beans", Given(0, data=tmp_path), rng)
    assert images.pixels.shape == (4, 40, 40, 3)
    assert np.bincount(images.labels).tolist() == [2, 2]


def test_presets():
    paper = {config.data: config for config in transfer.PRESETS["paper"]}
    assert {name: (c.size, c.head_epochs, c.full_epochs) for name, c in paper.items()} == {
        "satellite": (224, 16, 32),
        "cancer": (150, 16, 32),
        "pets": (224, 16, 32),
        "flowers": (224, 16, 64),
        "beans": (224, 16, 32),
    }  # table 3
    assert {config.network for config in paper.values()} == {"b1"}
    for config in (*paper.values(), *transfer.PRESETS["quick"]):
        assert set(config.ood) == set(transfer.SETS) - {config.data}


@pytest.fixture
def recorded(outcome, tmp_path):
    paths = [record_path(tmp_path, TINY, seed) for seed in (0, 1)]
    for seed, path in enumerate(paths):
        accuracy = outcome.metrics["last layer"]["accuracy"] + (0.125, 0.375)[seed]
        changed = replace(outcome, metrics=outcome.metrics | {"accuracy": accuracy})
        write_record(path, TINY, seed, changed, {})
    return [read_record(path) for path in paths]


def test_table(recorded, outcome):
    shown = transfer.table(recorded)
    last, full = shown.split("After training the whole network:")
    before = 100 * outcome.metrics["last layer"]["accuracy"]
    assert f" {before:.1f} ± 0.0 " in last
    assert f" {before + 25:.1f} ± 12.5 " in full
    (gain,) = (line for line in full.splitlines() if line.startswith("accuracy (%)"))
    assert "25.00 ± 12.50" in gain


def test_figures(recorded):
    figures = transfer.drawings(recorded)
    assert {"auroc-by-score", "pairs", "causes", "drop", "stages"} <= set(figures)
    labels = [ax.get_xlabel() for ax in figures["stages"]().axes]
    assert "‖z‖, OOD / test" in labels


def test_stage_dots_has_a_panel_for_each_quantity_and_a_row_for_each_set():
    of_set = {"beans": {"a": (1.0, 0.1), "b": (2.0, None)}, "pets": {"a": (3.0, 0.1), "b": (4.0, 0.2)}}
    figure = stage_dots({f"q{i}": of_set for i in range(4)})
    shown = [ax for ax in figure.axes if ax.get_visible()]
    assert [ax.get_xlabel() for ax in shown] == ["q0", "q1", "q2", "q3"]
    assert [text.get_text() for text in shown[0].get_yticklabels()] == ["beans", "pets"]
    drawn = [np.asarray(line.get_xdata()).tolist() for line in shown[0].lines if line.get_marker() in ("o", "s")]
    assert drawn == [[1.0, 3.0], [2.0, 4.0]]
