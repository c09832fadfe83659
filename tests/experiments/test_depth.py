from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import entropy, linregress
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import cosine_similarity

from experiments import depth
from experiments.data import load_images
from experiments.networks import VGG, head_of
from experiments.running import Given, Record, mean_and_se
from experiments.training import captured, train

TINY = replace(depth.PRESETS["smoke"][0], train_images=100, test_images=60, ood_data="digits")


def load(name, split, root=None):
    """MNIST's digits, and as another set their negatives."""
    images = load_images("mnist5000", split, root)
    return images if name == "mnist5000" else replace(images, name=name, pixels=255 - images.pixels)


@pytest.fixture(scope="module", autouse=True)
def made_up_data():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depth, "load_images", load)
        yield


@pytest.fixture(scope="module")
def kept():
    """Outcome of a run, and the network that it trained."""
    models = []

    def remembered(model, *arguments, **how):
        models.append(model)
        return train(model, *arguments, **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(depth, "train", remembered)
        return depth.run(TINY, Given(seed=3)), models[0]


def of_values(name, values, seed=0, ood="other"):
    """Records of a seed whose accuracy, AUROC and ratios are given for each number of blocks."""
    found = []
    for blocks, value in values.items():
        config = {"data": name, "ood_data": ood, "blocks": blocks}
        halves = {"test": 2.0, "ood": 2 * value}
        metrics = {"accuracy": value, "AUROC": {"U_max": value, "U_entropy": value}, "norm": halves, "max cos": halves}
        found.append(Record(Path(), f"{name}-{blocks}blocks", config, seed, metrics, {}, {}))
    return found


@pytest.mark.parametrize("preset", ["quick", "paper"])
def test_one_to_four_blocks_both_ways(preset):
    configs = depth.PRESETS[preset]
    pairs = [("mnist", "fashion_mnist"), ("fashion_mnist", "mnist")]
    assert [(c.data, c.ood_data, c.blocks) for c in configs] == [(*pair, b) for pair in pairs for b in (1, 2, 3, 4)]
    assert len({config.label for config in configs}) == 8


def test_the_papers_protocol():
    for config in depth.PRESETS["paper"]:
        assert (config.train_images, config.test_images, config.epochs) == (60_000, 10_000, 12)


def test_the_network_is_as_deep_and_wide_as_asked(kept):
    _, model = kept
    assert isinstance(model, VGG)
    assert sum(type(module).__name__ == "MaxPool2d" for module in model.modules()) == TINY.blocks
    assert head_of(model).weight.shape == (10, 512)


def test_metrics_are_those_of_the_network(kept):
    outcome, model = kept
    rng = np.random.default_rng(3)
    names = {"train": (TINY.data, "train"), "test": (TINY.data, "test"), "ood": (TINY.ood_data, "test")}
    sizes = {"train": 100, "test": 60, "ood": 60}
    of = {split: captured(model, load(*name).sample(sizes[split], rng)) for split, name in names.items()}
    probabilities = {split: softmax(points.logits, axis=1) for split, points in of.items()}
    metrics, is_ood = outcome.metrics, [0] * 60 + [1] * 60
    for name, score in (("U_max", lambda p: -p.max(axis=1)), ("U_entropy", lambda p: entropy(p, axis=1))):
        scores = np.concatenate([score(probabilities["test"]), score(probabilities["ood"])])
        assert metrics["AUROC"][name] == pytest.approx(roc_auc_score(is_ood, scores), abs=1e-3)
    assert metrics["accuracy"] == np.mean(probabilities["test"].argmax(axis=1) == of["test"].labels)
    for split, points in of.items():
        assert metrics["norm"][split] == pytest.approx(np.sqrt((points.z**2).sum(axis=1)).mean())
        weight = points.head.weight
        cosines = cosine_similarity(points.z, weight - weight.mean(axis=0))
        assert metrics["max cos"][split] == pytest.approx(cosines.max(axis=1).mean())


def test_images_are_sampled_evenly_and_named(kept):
    outcome, _ = kept
    assert [(images.name, len(images)) for images in outcome.images] == [
        ("mnist5000", 100), ("mnist5000", 60), ("digits", 60)
    ]  # fmt: skip
    assert [np.bincount(images.labels).tolist() for images in outcome.images] == [[10] * 10, [6] * 10, [6] * 10]


def test_it_learns():
    outcome = depth.run(replace(TINY, train_images=400, epochs=2), Given(seed=0))
    assert outcome.metrics["accuracy"] > 0.5  # chance is 0.1


def test_the_seed_decides_everything(kept):
    outcome, _ = kept
    assert depth.run(TINY, Given(seed=3)).metrics == outcome.metrics
    assert depth.run(TINY, Given(seed=4)).metrics != outcome.metrics


def test_dropout_changes_the_training(kept):
    outcome, _ = kept
    assert depth.run(replace(TINY, dropout=0.0), Given(seed=3)).metrics["norm"] != outcome.metrics["norm"]


def test_a_killed_run_goes_on_from_its_checkpoint(kept, tmp_path):
    outcome, _ = kept
    assert depth.run(TINY, Given(seed=3, scratch=tmp_path)).metrics == outcome.metrics
    assert [path.name for path in tmp_path.iterdir()] == ["vgg.pt"]
    assert depth.run(TINY, Given(seed=3, scratch=tmp_path)).metrics == outcome.metrics


@pytest.mark.parametrize("measure", [*depth.MEASURES, *depth.FALLS])
def test_slopes_are_least_squares_for_each_seed(measure):
    values = [{1: 0.9, 2: 0.93, 3: 0.97, 4: 0.95}, {1: 0.8, 2: 0.9, 3: 0.85, 4: 0.99}]
    found = [record for seed, of in enumerate(values) for record in of_values("mnist", of, seed)]
    expected = [linregress(list(of), list(of.values())).slope for of in values]
    assert depth.slopes(found, measure) == {"mnist": pytest.approx(expected)}


def test_seeds_that_lack_a_depth_have_no_slope():
    whole, half = {1: 0.8, 2: 0.9, 3: 0.9}, {1: 0.8, 2: 0.9}
    found = of_values("mnist", whole, 0) + of_values("mnist", half, 1) + of_values("beans", {2: 0.5}, 0)
    assert depth.slopes(found, "accuracy") == {"mnist": pytest.approx([0.05])}


def test_table():
    values = [{1: 0.9, 2: 0.93}, {1: 0.8, 2: 0.9}, {1: 0.7, 2: 0.75}]
    found = [record for seed, of in enumerate(values) for record in of_values("mnist", of, seed)]
    header, one, two, trend = depth.table(found).splitlines()
    assert header.split("  ")[0] == "in-distribution"
    for line, start, per_seed in (
        (one, "mnist-1blocks", [90, 80, 70]),
        (two, "mnist-2blocks", [93, 90, 75]),
        (trend, "mnist, for each block", [3, 10, 5]),
    ):
        mean, error = mean_and_se(per_seed)
        assert line.startswith(start)
        assert line.count(f"{mean:.2f} ± {error:.2f}") == 5


def test_table_of_one_depth_has_no_slope():
    assert len(depth.table(of_values("mnist", {1: 0.9})).splitlines()) == 2


def test_figure_shows_means_and_errors_of_each_direction():
    values = [{1: 0.9, 2: 0.93}, {1: 0.8, 2: 0.9}]
    found = [record for seed, of in enumerate(values) for record in of_values("mnist", of, seed, ood="beans")]
    found += of_values("beans", {1: 0.5, 2: 0.6}, 0, ood="mnist")
    figure = depth.drawings(found)["figure-17"]()
    first, second = figure.axes
    titles = [axes.get_title(loc="left") for axes in (first, second)]
    assert titles == ["MNIST, OOD Beans", "Beans, OOD MNIST"]
    for axes, heights, errors in ((first, [85, 91.5], [5, 1.5]), (second, [50, 60], [0, 0])):
        assert len(axes.containers) == len(depth.MEASURES)
        for container in axes.containers:
            line, _, (bars,) = container
            np.testing.assert_allclose(line.get_xydata()[:, 1], heights)
            spans = [np.ptp(segment[:, 1]) / 2 for segment in bars.get_segments()]
            np.testing.assert_allclose(spans, errors, atol=1e-9)
    assert first.get_xticks().tolist() == [1, 2]
    assert first.get_ylabel() == "%, mean ± standard error"


def test_figure_tells_the_measures_apart():
    figure = depth.drawings(of_values("mnist", {1: 0.9, 2: 0.8}))["figure-17"]()
    assert figure.axes[0].get_ylabel() == "%"
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["accuracy", "AUROC of U_max", "AUROC of U_entropy"]
    lines = [container[0] for container in figure.axes[0].containers]
    assert len({line.get_color() for line in lines}) == len({line.get_marker() for line in lines}) == 3
