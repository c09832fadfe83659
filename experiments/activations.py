"""Figures 6 and 16: the final-layer features that in-distribution and OOD images activate.

The paper trains a LeNet with H = 64 for 40 epochs on three classes. `digits` is figure 6 (three digits, Fashion-MNIST
being OOD; which three is our choice). `boots` is figure 16 (three classes of Fashion-MNIST, ankle boots among them,
MNIST being OOD; the two other classes are our choice), `no boots` its control: the same without ankle boots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from experiments.data import load_images
from experiments.networks import LeNet
from experiments.running import Given, Outcome, Record, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.scoring import max_cosines
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.capture import Captured
from softmax_geometry.density import U_density, fit_density
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.head import Head
from softmax_geometry.plots.activations import activation_image
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.plots.histograms import norm_and_angle
from softmax_geometry.regions import valid_region

EPSILON = 0.05
SHOWN = 25  # images of each class, and OOD images of each predicted class
LEAST_SHARE = 0.02
FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")


@dataclass(frozen=True)
class Config:
    """Classes and data; H and K as in the paper, Adam our choice."""

    name: str
    data: str
    classes: tuple[int, ...]
    ood_data: str
    ood_classes: tuple[int, ...] = tuple(range(10))
    ood_images: int = 10_000
    train_images: int = 18_000
    H: int = 64
    epochs: int = 40
    batch_size: int = 128
    learning_rate: float = 1e-3

    @property
    def label(self) -> str:
        """The name of the set-up."""
        return self.name.replace(" ", "-")


def _configs(**numbers: int) -> tuple[Config, ...]:
    setups = (
        Config("digits", "mnist", (0, 1, 2), "fashion_mnist"),
        Config("boots", "fashion_mnist", (0, 1, 9), "mnist"),
        Config("no boots", "fashion_mnist", (0, 1, 8), "mnist"),
    )
    return tuple(replace(config, **numbers) for config in setups)


PRESETS = {
    "smoke": (Config("digits", "mnist5000", (0, 1, 2), "mnist5000", (3, 4, 5), 100, epochs=1, batch_size=32),),
    "quick": _configs(epochs=6, ood_images=2000, train_images=4000),
    "paper": _configs(),
}


def run(config: Config, given: Given) -> Outcome:
    """Train, and measure how strongly and how familiarly each population activates the features."""
    rng = np.random.default_rng(given.seed)
    images = {
        "train": load_images(config.data, "train", given.data)
        .of_classes(config.classes)
        .sample(config.train_images, rng),
        "test": load_images(config.data, "test", given.data).of_classes(config.classes),
        "ood": load_images(config.ood_data, "test", given.data)
        .of_classes(config.ood_classes)
        .sample(config.ood_images, rng),
    }
    with initial_weights_of(given.seed):
        model = LeNet(config.H, len(config.classes))
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    how = {"device": given.device, "checkpoint": given.checkpoint("lenet"), "progress": given.progress}
    train(model, images["train"], recipe, given.seed, **how)
    of = {split: captured(model, those, given.device) for split, those in images.items()}
    head, test, ood = of["train"].head, of["test"], of["ood"]
    density = fit_density(of["train"].features, n_components=head.K, rng=given.seed)
    scores = {
        "U_max": lambda points: U_max_log(points.logits),
        "U_entropy": lambda points: U_entropy_log(points.logits),
        "U_density": lambda points: U_density(points.z, density),
        "−‖z‖": lambda points: -np.linalg.norm(points.z, axis=1),
        "−max cos": lambda points: -max_cosines(head, points.z),
    }
    region = valid_region(head, of["train"].features, EPSILON)
    confident = ~region.contains(ood.z)
    predicted = ood.logits.argmax(axis=1)
    metrics = {
        "accuracy": float(np.mean(test.logits.argmax(axis=1) == test.labels)),
        "AUROC": {name: auroc(score(test), score(ood)).value for name, score in scores.items()},
        "norm": {split: float(np.linalg.norm(points.z, axis=1).mean()) for split, points in of.items()},
        "max cos": {split: float(max_cosines(head, points.z).mean()) for split, points in of.items()},
        "familiarity": {split: familiarity(of["train"], points) for split, points in of.items()},
        "dead features": float(np.mean(of["train"].z.max(axis=0) == 0)),
        "OOD confident as": {
            class_name(config.data, label): float(np.mean(confident & (predicted == i)))
            for i, label in enumerate(config.classes)
        },
    }
    return Outcome(metrics, _shown(head, test, ood), tuple(images.values()))


def familiarity(train: Captured, points: Captured) -> float:
    """Mean cosine of z with the mean training feature of the class that it is predicted as; 0 for a feature of 0."""
    means = np.stack([train.z[train.labels == i].mean(axis=0) for i in range(train.head.K)])
    means = means / np.linalg.norm(means, axis=1, keepdims=True)
    lengths = np.linalg.norm(points.z, axis=1)
    cosines = np.sum(points.z * means[points.logits.argmax(axis=1)], axis=1) / np.maximum(lengths, 1e-30)
    return float(cosines.mean())


def class_name(data: str, label: int) -> str:
    """What a class of a data set shows."""
    return FASHION[label] if data == "fashion_mnist" else f"digit {label}"


def _shown(head: Head, test: Captured, ood: Captured) -> dict[str, NDArray]:
    """Some features of each class and of OOD, neurons grouped by the class they are most activated for (C.4.1)."""
    per_class = np.stack([test.z[test.labels == i].mean(axis=0) for i in range(head.K)])
    order = np.lexsort((-per_class.max(axis=0), per_class.argmax(axis=0)))
    rows = [test.z[test.labels == i][:SHOWN] for i in range(head.K)] + [ood.z[:SHOWN]]
    arrays = {f"z {i}": z[:, order].astype(np.float16) for i, z in enumerate(rows)}
    sample = {"z test": test.z[::5][:400].astype(np.float16), "z ood": ood.z[:400].astype(np.float16)}
    return {**arrays, **sample, "order": order.astype(np.uint8), "weight": head.weight, "bias": head.bias}


SCORES = ("U_max", "U_entropy", "U_density", "−‖z‖", "−max cos")


def table(records: Sequence[Record]) -> str:
    """AUROC in percent; ‖z‖, max cos and familiarity of test and OOD; where confident OOD images go."""
    first, second, third = [], [], []
    for label, runs in of_each_config(records).items():
        aurocs = [with_error((run.metrics["AUROC"][score] for run in runs), 1, percent=True) for score in SCORES]
        accuracy = with_error((run.metrics["accuracy"] for run in runs), 2, percent=True)
        first.append([label, len(runs), accuracy, *aurocs])
        pairs = [(m, split) for m in ("norm", "max cos", "familiarity") for split in ("test", "ood")]
        second.append([label, *(with_error((run.metrics[m][split] for run in runs), 2) for m, split in pairs)])
        for name in runs[0].metrics["OOD confident as"]:
            share = with_error((run.metrics["OOD confident as"][name] for run in runs), 1, percent=True)
            third.append([f"{label}: {name}", share])
    return "\n\n".join(
        (
            text_table(["set-up", "seeds", "accuracy", *(f"AUROC {score}" for score in SCORES)], first),
            text_table(
                ["set-up", "‖z‖ test", "‖z‖ OOD", "max cos test", "max cos OOD", "familiarity test", "familiarity OOD"],
                second,
            ),
            text_table(["outside the valid region, share of OOD images (%)", "taken for it"], third),
        )
    )


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Activations as an image, and ‖z‖ and max cos of test and OOD, for the first seed of each set-up."""
    drawn = {}
    for label, runs in of_each_config(records).items():
        arrays, config = runs[0].arrays, runs[0].config
        names = [class_name(config["data"], label) for label in config["classes"]]
        drawn[f"activations-{label}"] = partial(activation_image, groups(arrays, names))
        head = Head(arrays["weight"], arrays["bias"])
        populations = {"test": arrays["z test"], "OOD": arrays["z ood"]}
        drawn[f"norm-and-angle-{label}"] = partial(
            norm_and_angle, head, {name: z.astype(float) for name, z in populations.items()}
        )
    return drawn


def groups(arrays: Mapping[str, NDArray], names: Sequence[str]) -> dict[str, NDArray]:
    """Features of test images by class and of OOD images by predicted class, neurons silent on the former last.

    Predictions of fewer than one in 50 OOD images are left out.
    """
    shown = {f"test, {name}": arrays[f"z {i}"] for i, name in enumerate(names)}
    ood = arrays["z ood"]
    predicted = Head(arrays["weight"], arrays["bias"]).logits(ood.astype(float)).argmax(axis=1)
    for i, name in enumerate(names):
        share = np.mean(predicted == i)
        if share >= LEAST_SHARE:
            shown[f"OOD, taken for\n{name} ({100 * share:.0f} %)"] = ood[predicted == i][:SHOWN, arrays["order"]]
    silent = np.all([np.all(arrays[f"z {i}"] == 0, axis=0) for i in range(len(names))], axis=0)
    order = np.argsort(silent, kind="stable")
    return {name: z[:, order] for name, z in shown.items()}
