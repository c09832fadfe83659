from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from sklearn.metrics import roc_auc_score

from experiments import activations
from experiments.data import Images
from experiments.running import Given, sweep
from softmax_geometry.capture import Captured
from softmax_geometry.head import Head

CONFIG = activations.Config(
    "no boots", "fashion_mnist", (0, 1, 8), "mnist", ood_images=80, H=12, epochs=4, batch_size=30, learning_rate=2e-3
)
SPLITS = ("train", "test", "ood")


def load(name, split, root=None):
    """Ten classes with bands, bright or faint, in different places; a quarter of the second set is turned."""
    rng = np.random.default_rng([len(name), len(split)])
    labels = np.arange(300) % 10
    pixels = rng.integers(0, 100, (300, 28, 28))
    for image, label in zip(pixels, labels, strict=True):
        image[2 * label + 2 : 2 * label + 8] += rng.integers(0, 150)
    if name == "mnist":
        pixels[::4] = pixels[::4].swapaxes(1, 2)
    return Images(pixels.astype(np.uint8), labels.astype(np.int64), name, {})


@pytest.fixture(scope="module")
def run():
    """An outcome, and what was captured on the way to it."""
    of = {}

    def captured(model, images, device):
        split = SPLITS[len(of)]
        of[split] = capture(model, images, device)
        return of[split]

    capture = activations.captured
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activations, "load_images", load)
        patch.setattr(activations, "captured", captured)
        return activations.run(CONFIG, Given(seed=0)), of


def cosines(head, z):
    centred = head.weight - head.weight.mean(axis=0)
    lengths = np.linalg.norm(z, axis=1, keepdims=True) * np.linalg.norm(centred, axis=1)
    return np.max(z @ centred.T / lengths, axis=1)


def test_sets_and_classes(run):
    _, of = run
    assert [len(of[split].z) for split in SPLITS] == [90, 90, 80]
    assert np.bincount(of["test"].labels).tolist() == [30] * 3
    assert np.bincount(of["ood"].labels).tolist() == [8] * 10


def test_auroc_of_each_score_is_that_of_scikit_learn(run):
    outcome, of = run
    assert outcome.metrics["accuracy"] == np.mean(of["test"].logits.argmax(axis=1) == of["test"].labels) > 0.5

    def one_minus_confidence(points):
        l = np.sort(points.logits.astype(float), axis=1)
        return logsumexp(l[:, :-1], axis=1) - logsumexp(l, axis=1)

    scores = {
        "U_max": one_minus_confidence,
        "−‖z‖": lambda points: -np.linalg.norm(points.z, axis=1),
        "−max cos": lambda points: -cosines(points.head, points.z),
    }
    for name, score in scores.items():
        x = np.concatenate([score(of["test"]), score(of["ood"])])
        assert outcome.metrics["AUROC"][name] == pytest.approx(roc_auc_score([0] * 90 + [1] * 80, x), abs=2e-3)
    assert set(outcome.metrics["AUROC"]) == set(activations.SCORES)


def test_means_are_those_of_the_captured_features(run):
    outcome, of = run
    for split, points in of.items():
        assert outcome.metrics["norm"][split] == pytest.approx(np.linalg.norm(points.z, axis=1).mean())
        assert outcome.metrics["max cos"][split] == pytest.approx(cosines(points.head, points.z).mean(), abs=1e-5)
    assert outcome.metrics["dead features"] == np.mean((of["train"].z == 0).all(axis=0))


def test_confident_ood_images_are_counted_by_predicted_class(run):
    outcome, of = run

    def confidence(points):
        return points.logits.max(axis=1) - logsumexp(points.logits, axis=1)

    least = np.sort(confidence(of["train"]))[4]  # a twentieth of 90, rounded down, may be less sure
    confident, predicted = confidence(of["ood"]) >= least - 1e-6, of["ood"].logits.argmax(axis=1)
    shares = outcome.metrics["OOD confident as"]
    assert list(shares) == ["T-shirt", "trouser", "bag"]
    assert list(shares.values()) == pytest.approx([np.mean(confident & (predicted == i)) for i in range(3)], abs=0.02)
    assert sum(shares.values()) > 0.02


def test_familiarity_is_a_mean_cosine_to_the_predicted_class():
    head = Head(np.eye(2), np.zeros(2))
    z = np.array([[3.0, 0.0], [1.0, 0.0], [0.0, 5.0]])
    train = Captured(z, head.logits(z), np.array([0, 0, 1]), head)
    of = np.array([[4.0, 3.0], [0.0, 2.0], [0.0, 0.0]])
    assert activations.familiarity(train, Captured(of, head.logits(of), None, head)) == pytest.approx((0.8 + 1) / 3)


def test_neurons_are_grouped_by_class_and_silent_ones_are_last(run):
    outcome, of = run
    arrays = dict(outcome.arrays)
    test, order = of["test"], arrays["order"]
    means = np.stack([test.z[test.labels == i].mean(axis=0) for i in range(3)])[:, order]
    assert sorted(order) == list(range(12))
    assert (np.diff(means.argmax(axis=0)) >= 0).all()
    for i in range(3):
        np.testing.assert_allclose(arrays[f"z {i}"], test.z[test.labels == i][:25, order], rtol=1e-3, atol=1e-6)
        arrays[f"z {i}"] = np.where(np.arange(12) == 4, 0, arrays[f"z {i}"] + np.float16(1))
    shown = activations.groups(arrays, ["a", "b", "c"])
    assert all((z[:, -1] == 0).all() and (z[:, :-1] > 0).all() for name, z in shown.items() if name.startswith("test"))


def test_ood_images_are_shown_by_predicted_class_unless_these_are_few():
    head = Head(np.eye(3), np.zeros(3))
    ood = np.zeros((100, 3), dtype=np.float16)
    ood[:1, 2], ood[1:70, 1], ood[70:, 0] = 1, 2, 3
    arrays = {f"z {i}": np.ones((4, 3)) for i in range(3)}
    arrays |= {"z ood": ood, "order": np.array([1, 0, 2], dtype=np.uint8), "weight": head.weight, "bias": head.bias}
    shown = activations.groups(arrays, ["a", "b", "c"])
    assert list(shown)[3:] == ["OOD, taken for\na (30 %)", "OOD, taken for\nb (69 %)"]
    np.testing.assert_array_equal(shown["OOD, taken for\na (30 %)"], np.tile([0, 3, 0], (25, 1)))


@pytest.mark.parametrize("preset", ["quick", "paper"])
def test_set_ups_of_the_paper(preset):
    digits, boots, control = activations.PRESETS[preset]
    assert (digits.data, digits.ood_data) == ("mnist", "fashion_mnist")
    assert [activations.class_name(boots.data, label) for label in boots.classes][-1] == "ankle boot"
    assert control == replace(boots, name="no boots", classes=(0, 1, 8))
    assert all((config.H, len(config.classes)) == (64, 3) for config in (digits, boots, control))


def test_table_and_figures(run, tmp_path, monkeypatch):
    outcome, _ = run
    monkeypatch.setitem(activations.PRESETS, "smoke", (CONFIG,))
    monkeypatch.setattr(activations, "run", lambda config, given: outcome)
    found = sweep("activations", "smoke", [0, 1], Given(0), tmp_path)
    shown = activations.table(found)
    assert f"{100 * outcome.metrics['OOD confident as']['bag']:.1f} ± 0.0" in shown
    assert f"{outcome.metrics['norm']['ood']:.2f} ± 0.00" in shown
    figures = activations.drawings(found)
    assert list(figures) == ["activations-no-boots", "norm-and-angle-no-boots"]
    labels = [label.get_text() for label in figures["activations-no-boots"]().axes[0].get_yticklabels()]
    assert labels[:3] == ["test, T-shirt", "test, trouser", "test, bag"]
