from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import softmax
from sklearn.metrics import roc_auc_score

from experiments import implicit_biases
from experiments.data import LICENCES, Images
from experiments.networks import head_of
from experiments.running import Given, mean_and_se, sweep
from softmax_geometry.capture import Captured
from softmax_geometry.head import Head
from softmax_geometry.structure import simplex, structure

CONFIG = implicit_biases.Config(
    (0, 1, 2), 8, "first", "second", (0, 1, 2), train_images=60, test_images=60, epochs=1, batch_size=20,
    learning_rate=3e-3, members=2, dropout=(0.5,),
)  # fmt: skip
METHODS = ["standard", "dropout 0.5", "ensemble", "wide"]


def load(name, split, root=None, size=None):
    """Three classes with a bright band in different places; the second set has no bands."""
    rng = np.random.default_rng([len(name), len(split)])
    labels = np.arange(60) % 3
    pixels = rng.integers(0, 100, (60, 28, 28)).astype(np.uint8)
    if name == "first":
        for i in range(3):
            pixels[labels == i, 8 * i : 8 * i + 8] += 120
    return Images(pixels, labels.astype(np.int64), name, {})


@pytest.fixture(scope="module", autouse=True)
def made_up_data():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(implicit_biases, "load_images", load)
        yield


@pytest.fixture(scope="module")
def outcome():
    return implicit_biases.run(CONFIG, Given(seed=3))


def population(seed, weight=None):
    rng = np.random.default_rng(seed)
    head = Head(rng.standard_normal((3, 5)) if weight is None else weight, rng.standard_normal(3))
    of = {}
    for split, n in (("train", 30), ("test", 20), ("ood", 25)):
        z = np.abs(rng.standard_normal((n, 5)))
        of[split] = Captured(z, head.logits(z), rng.integers(0, 3, n), head)
    return of


def test_an_ensemble_of_heads_is_a_head_on_features_side_by_side():
    members = [population(seed)["test"] for seed in range(3)]
    ensemble = implicit_biases.joined(members)
    mean = np.mean([of.head.logits(of.z) for of in members], axis=0)
    np.testing.assert_allclose(ensemble.head.logits(ensemble.z), mean, atol=1e-12)
    np.testing.assert_allclose(ensemble.logits, mean, atol=1e-12)
    assert ensemble.head.H == 15


def test_its_gram_matrix_is_the_mean_of_theirs():
    members = [population(seed)["test"] for seed in range(3)]
    grams = [of.head.weight @ of.head.weight.T for of in members]
    joined = implicit_biases.joined(members).head.weight
    np.testing.assert_allclose(joined @ joined.T, np.mean(grams, axis=0) / 3, atol=1e-12)


def test_members_that_are_alike_change_neither_structure_nor_cosines():
    of = population(0)
    twice = {split: implicit_biases.joined([points, points]) for split, points in of.items()}
    one, two = implicit_biases.measured(of), implicit_biases.measured(twice)
    longer = {"bias_spread": 2**0.5 * one["structure"]["bias_spread"]}  # in units of ‖z‖
    assert two["structure"] == pytest.approx(one["structure"] | longer)
    assert two["max cos"] == pytest.approx(one["max cos"])
    assert two["norm"]["test"] == pytest.approx(2**0.5 * one["norm"]["test"])
    assert two["AUROC"] == pytest.approx(one["AUROC"])


def test_the_optimal_structure_has_no_distance_left_after_averaging():
    members = [population(seed, simplex(3, 5, scale=seed + 1.0, rng=seed))["test"] for seed in range(3)]
    assert structure(implicit_biases.joined(members).head).gram_distance < 1e-12


def test_measures_are_those_of_their_definitions():
    of = population(1)
    metrics = implicit_biases.measured(of)
    truth = [0] * 20 + [1] * 25
    both = np.concatenate([of["test"].z, of["ood"].z])
    centred = of["train"].head.weight - of["train"].head.weight.mean(axis=0)
    cosines = (both @ centred.T / np.linalg.norm(centred, axis=1)).max(axis=1) / np.linalg.norm(both, axis=1)
    confidence = softmax(of["train"].head.logits(both), axis=1).max(axis=1)
    assert metrics["AUROC"]["−‖z‖"] == pytest.approx(roc_auc_score(truth, -np.linalg.norm(both, axis=1)))
    assert metrics["AUROC"]["−max cos"] == pytest.approx(roc_auc_score(truth, -cosines))
    assert metrics["AUROC"]["U_max"] == pytest.approx(roc_auc_score(truth, -confidence))
    assert metrics["max cos"]["OOD over test"] == pytest.approx(cosines[20:].mean() / cosines[:20].mean())
    lengths = [np.linalg.norm(of[split].z, axis=1).mean() for split in ("ood", "test")]
    assert metrics["norm"]["OOD over test"] == pytest.approx(lengths[0] / lengths[1])


def test_a_network_whose_features_are_all_dead_has_no_ratios():
    of = {split: replace(points, z=np.zeros_like(points.z)) for split, points in population(1).items()}
    metrics = implicit_biases.measured(of)
    assert np.isnan(metrics["norm"]["OOD over test"])
    assert np.isnan(metrics["max cos"]["OOD over test"])
    assert metrics["AUROC"]["−‖z‖"] == 0.5


def test_averaged_scores_are_of_the_mean_softmax():
    of, other = population(1), population(2)
    several = {split: [of[split].logits, other[split].logits] for split in ("test", "ood")}
    metrics = implicit_biases.measured(of, several)
    mean = {split: np.mean([softmax(l, axis=1) for l in logits], axis=0) for split, logits in several.items()}
    scores = -np.concatenate([mean["test"].max(axis=1), mean["ood"].max(axis=1)])
    assert metrics["AUROC"]["averaged U_max"] == pytest.approx(roc_auc_score([0] * 20 + [1] * 25, scores))


def test_dropout_acts_on_the_features():
    model = implicit_biases.network(H=200, K=3, dropout=0.5).train()
    seen = []
    head_of(model).register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    with torch.random.fork_rng():
        torch.manual_seed(0)
        x = torch.rand(20, 1, 28, 28)
        model(x)
        model.eval()(x)
    dropped, whole = seen
    alive = whole > 0
    assert dropped[alive].eq(0).float().mean().item() == pytest.approx(0.5, abs=0.05)
    kept = alive & (dropped > 0)
    torch.testing.assert_close(dropped[kept], 2 * whole[kept])


def test_standard_is_the_mean_over_networks_of_other_seeds(outcome):
    """All 60 images are used whatever the seed, so that a member is what a run of its own seed trains."""
    alone = replace(CONFIG, members=1, dropout=())
    apart = [implicit_biases.run(alone, Given(seed)).metrics for seed in (3, 3 + implicit_biases.MEMBER_SEEDS)]
    for metrics in apart:
        assert metrics["ensemble"]["structure"] == pytest.approx(metrics["standard"]["structure"])
    expected = implicit_biases.mean_of([metrics["standard"] for metrics in apart])
    for measure in ("structure", "norm", "max cos", "AUROC"):
        assert outcome.metrics["standard"][measure] == pytest.approx(expected[measure])


def test_methods_and_arrays(outcome):
    assert list(outcome.metrics) == METHODS
    assert "averaged U_entropy" in outcome.metrics["dropout 0.5"]["AUROC"]
    assert "averaged U_entropy" not in outcome.metrics["standard"]["AUROC"]
    assert outcome.arrays["ensemble: norm train"].sum() == 60
    assert outcome.metrics["dropout 0.5"]["structure"] != outcome.metrics["standard"]["structure"]


def test_each_training_goes_on_from_its_own_checkpoint(outcome, tmp_path):
    given = Given(seed=3, scratch=tmp_path)
    assert implicit_biases.run(CONFIG, given).metrics == outcome.metrics
    assert len(list(tmp_path.iterdir())) == 4
    assert implicit_biases.run(CONFIG, given).metrics == outcome.metrics


def test_table_and_figures(tmp_path, monkeypatch):
    monkeypatch.setitem(implicit_biases.PRESETS, "smoke", (CONFIG,))
    for name in ("first", "second"):
        monkeypatch.setitem(LICENCES, name, "none")
    found = sweep("implicit_biases", "smoke", [0, 1], Given(0), tmp_path)
    biases, aurocs, change, gains = implicit_biases.table(found).split("\n\n")
    assert [line.split("  ")[0] for line in biases.splitlines()[1:]] == [f"3-classes, {name}" for name in METHODS]
    assert [line.split("  ")[0] for line in gains.splitlines()[1:]] == [f"3-classes, {name}" for name in METHODS[1:]]
    differences = [
        run.metrics["ensemble"]["structure"]["gram_distance"] - run.metrics["standard"]["structure"]["gram_distance"]
        for run in found
    ]
    mean, error = mean_and_se(differences)
    assert f"{mean:.3f} ± {error:.3f}" in change.splitlines()[2]
    assert aurocs.splitlines()[1].count("–") == 3  # one softmax has no average
    drawn = implicit_biases.drawings(found)
    assert set(drawn) == {"biases-3-classes", "histograms-3-classes"}
    ticks = drawn["biases-3-classes"]().axes[0].get_yticklabels()
    assert [tick.get_text() for tick in ticks] == METHODS
