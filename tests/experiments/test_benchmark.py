from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from experiments import benchmark
from experiments.data import LICENCES, Images, jpeg_coded
from experiments.running import Given, Record, mean_and_se, sweep
from experiments.training import captured
from softmax_geometry.capture import Captured
from softmax_geometry.head import Head

CONFIG = benchmark.Config(
    "first", ("second", "third"), width=2, train_images=60, test_images=40, epochs=4, batch_size=10,
    learning_rate=0.05, weight_decay=1e-4, augment="none", members=2, dropout=0.3, dropout_passes=3,
)  # fmt: skip


def load(name, split, root=None, size=None):
    """Three classes that differ in colour; the sets differ in their noise and size."""
    rng = np.random.default_rng([len(name), len(split)])
    labels = np.arange(90 if name == "third" else 120) % 3
    pixels = rng.integers(0, 60 + 15 * len(name), (len(labels), 32, 32, 3)).astype(np.uint8)
    pixels[np.arange(len(labels)), :, :, labels] += 90
    return Images(pixels, labels.astype(np.int64), name, {}, caveat="made up")


@pytest.fixture(scope="module", autouse=True)
def made_up_data():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(benchmark, "load_images", load)
        yield


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    return benchmark.run(CONFIG, Given(seed=3, scratch=tmp_path_factory.mktemp("scratch")))


@pytest.fixture(scope="module")
def base():
    rng = np.random.default_rng(0)
    head = Head(rng.standard_normal((4, 6)), rng.standard_normal(4))
    populations = {}
    for name, n in (("train", 50), ("a", 20), ("b", 30)):
        z = np.abs(rng.standard_normal((n, 6)))
        populations[name] = Captured(z, head.logits(z), None, head)
    return populations


@pytest.mark.parametrize("preset", ["quick", "paper"])
def test_each_of_five_sets_is_in_distribution_once_against_the_other_four(preset):
    configs = benchmark.PRESETS[preset]
    names = {config.data for config in configs}
    assert len(configs) == len(names) == 5
    for config in configs:
        assert set(config.ood) == names - {config.data}
        assert len(config.ood) == 4


def test_the_papers_protocol():
    config = benchmark.PRESETS["paper"][0]
    assert (8 * config.width, config.epochs, config.members, config.dropout) == (512, 100, 1, 0.0)
    assert {config.data for config in benchmark.PRESETS["paper"]} == set(benchmark.FIVE)


def test_what_is_measured(outcome):
    metrics = outcome.metrics
    assert metrics["accuracy"] > 0.6  # chance is 1/3
    ours = {f"{method} {score}" for method in ("ensemble", "MC dropout") for score in ("U_max", "U_entropy")}
    assert ours | set(benchmark.PAPER_SCORES) <= set(metrics["AUROC"])
    assert {score for pair in benchmark.PAIRS for score in pair} <= set(metrics["AUROC"])
    assert set(metrics["AUROC"]["U_max"]) == {"second", "third", "all"}
    assert set(metrics["norm"]) == {"train", "test", "second", "third"}
    causes = metrics["causes"]
    assert causes["1"] + causes["2"] + causes["3"] == pytest.approx(1 - metrics["AUROC"]["U_entropy"]["all"])
    assert all(isinstance(value, float) for value in metrics["structure"].values())
    assert [images.name for images in outcome.images] == ["first", "first", "second", "third"]
    assert [len(images) for images in outcome.images] == [60, 40, 40, 40]


def test_the_base_network_is_what_is_measured(outcome):
    rng = np.random.default_rng(3)
    images = [benchmark.prepared(CONFIG, split, "first", Given(3), rng) for split in ("train", "test")]
    ood = benchmark.prepared(CONFIG, "test", "second", Given(3), rng)
    model = benchmark.trained(CONFIG, Given(3), images[0], 0)
    test, out = captured(model, images[1]), captured(model, ood)
    np.testing.assert_array_equal(outcome.arrays["weight"], test.head.weight)
    assert outcome.metrics["accuracy"] == np.mean(test.logits.argmax(axis=1) == test.labels)
    scores = -np.concatenate([np.linalg.norm(of.z, axis=1) for of in (test, out)])
    expected = roc_auc_score([0] * 40 + [1] * 40, scores)
    assert outcome.metrics["AUROC"]["−‖z‖"]["second"] == pytest.approx(expected)


def test_members_differ_and_inputs_are_normalised_by_the_training_images():
    images = load("first", "train")
    first, again, second = (benchmark.trained(CONFIG, Given(0), images, member) for member in (0, 0, 1))
    weights = [model.fc.weight.detach().numpy() for model in (first, again, second)]
    np.testing.assert_array_equal(weights[0], weights[1])
    assert np.abs(weights[0] - weights[2]).max() > 0.05
    scaled = images.pixels.reshape(-1, 3) / 255
    np.testing.assert_allclose(first.mean.ravel(), scaled.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(first.std.ravel(), scaled.std(axis=0), rtol=1e-5)


def test_every_training_goes_on_from_its_own_checkpoint(outcome, tmp_path, monkeypatch):
    finished = benchmark.train
    done = []

    def train(model, images, recipe, seed, **how):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(how["checkpoint"].name)
        return finished(model, images, recipe, seed, **how)

    monkeypatch.setattr(benchmark, "train", train)
    given = Given(3, scratch=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        benchmark.run(CONFIG, given)
    monkeypatch.setattr(benchmark, "train", finished)
    assert benchmark.run(CONFIG, given).metrics == outcome.metrics
    names = {path.name for path in tmp_path.iterdir()}
    assert done == ["member0.pt", "member1.pt"]
    assert names == {"member0.pt", "member1.pt", "member0-dropout0.3.pt"}


def test_the_seed_decides_the_images():
    chosen = [benchmark.prepared(CONFIG, "train", "first", Given(0), np.random.default_rng(s)) for s in (0, 0, 1)]
    np.testing.assert_array_equal(chosen[0].pixels, chosen[1].pixels)
    assert not np.array_equal(chosen[0].pixels, chosen[2].pixels)


def test_the_same_images_are_re_encoded():
    coded = replace(CONFIG, jpeg_quality=75)
    plain = benchmark.prepared(CONFIG, "test", "second", Given(0), np.random.default_rng(1))
    found = benchmark.prepared(coded, "test", "second", Given(0), np.random.default_rng(1))
    np.testing.assert_array_equal(found.pixels, jpeg_coded(plain, 75).pixels)
    assert found.caveat == "made up; coded here as JPEG (quality 75)"
    assert (CONFIG.label, coded.label) == ("first", "first-jpeg75")


def test_histograms_count_every_point(base):
    arrays = benchmark.histograms(base, ("a", "b"))
    for group, n in (("train", 50), ("ood", 50)):
        assert arrays[f"norm {group}"].sum() == arrays[f"max cos {group}"].sum() == n
        assert arrays[f"other cos {group}"].sum() == 3 * n


def test_histograms_are_of_norms_and_cosines(base):
    arrays = benchmark.histograms(base, ("a", "b"))
    train = base["train"]
    cosines = np.sort(cosine_similarity(train.z, train.head.weight - train.head.weight.mean(axis=0)), axis=1)
    for quantity, values in (("max cos", cosines[:, -1]), ("other cos", cosines[:, :-1].ravel())):
        expected, _ = np.histogram(values, np.linspace(-1, 1, benchmark.BINS + 1))
        np.testing.assert_array_equal(arrays[f"{quantity} train"], expected)
    norms = {name: np.linalg.norm(of.z, axis=1) for name, of in base.items()}
    last = arrays["norm edges"][-1]
    assert last == pytest.approx(np.quantile(np.concatenate(list(norms.values())), 0.999))
    expected, _ = np.histogram(np.minimum(norms["train"], last), arrays["norm edges"])
    np.testing.assert_array_equal(arrays["norm train"], expected)


def test_a_point_of_zeros_is_counted(base):
    zeros = replace(base["a"], z=np.zeros((20, 6)))
    arrays = benchmark.histograms({**base, "a": zeros}, ("a",))
    assert arrays["norm ood"][0] == 20
    assert arrays["max cos ood"].sum() == 20


def test_means_over_sets_take_only_seeds_that_all_sets_have():
    def records(*seeds):
        return [Record(Path(), "", {}, seed, {"x": 10.0 * len(seeds) + seed}, {}, {}) for seed in seeds]

    by_set = {"a": records(0, 1, 2), "b": records(2, 1)}
    assert benchmark.over_sets(by_set, lambda run: run.metrics["x"]) == [26.0, 27.0]


def test_table_and_figures(tmp_path, monkeypatch):
    swapped = replace(CONFIG, data="second", ood=("first", "third"))
    monkeypatch.setitem(benchmark.PRESETS, "smoke", (CONFIG, swapped))
    for name in ("first", "second", "third"):
        monkeypatch.setitem(LICENCES, name, "none")
    found = sweep("benchmark", "smoke", [0, 1], Given(0), tmp_path)
    paper, further, paired = benchmark.table(found).split("\n\n")
    first = [record.metrics for record in found if record.label == "first"]
    mean, error = mean_and_se(metrics["AUROC"]["U_entropy"]["all"] for metrics in first)
    assert f"{100 * mean:.1f} ± {100 * error:.1f}" in paper.splitlines()[1]
    assert [line.split()[0] for line in paper.splitlines()] == ["in-distribution", "first", "second", "mean"]
    assert "MC dropout U_entropy" in further
    aurocs = [[of.metrics["AUROC"][score]["all"] for of in found] for score in ("energy", "U_entropy_log")]
    gains = np.subtract(*aurocs).reshape(2, 2).mean(axis=0)  # found by set, then by seed
    (line,) = (line for line in paired.splitlines() if line.startswith("energy − U_entropy_log"))
    mean, error = mean_and_se(gains)
    assert line.endswith(f"{100 * mean:.1f} ± {100 * error:.1f}")
    drawn = benchmark.drawings(found)
    assert set(drawn) == {"auroc-by-score", "causes", "figure-14", "figure-15"}
    matrices = drawn["figure-14"]().axes[:3]
    assert [ax.get_title(loc="left") for ax in matrices] == ["U_max", "U_entropy", "U_density"]
    assert [tick.get_text() for tick in matrices[0].get_yticklabels()] == ["first", "second"]
    mean, _ = mean_and_se(metrics["AUROC"]["U_density"]["second"] for metrics in first)
    assert {text.get_position(): text.get_text() for text in matrices[2].texts}[1, 0] == f"{100 * mean:.0f}"
    assert len(drawn["figure-15"]().axes) == 6
