"""Figure 1b: a LeNet on three classes of MNIST, with Fashion-MNIST as OOD data.

The paper gives the network, the number of epochs and the data sets (appendix C.1). It does not say which
three digits it takes, nor the optimiser: 0, 1, 2 and Adam are our choice. The preset `example` keeps more of the
features; its arrays are the bundled example of the package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiments.data import balanced_sample, load_images
from experiments.networks import LeNet
from experiments.running import Given, Outcome, Record, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.plots.plane import fit_plane, pca_plane
from softmax_geometry.regions import valid_region

SPLITS = ("train", "test", "ood")
EPSILON = 0.05
POINTS = 100  # of the test set and of the OOD set, as in the paper's figure


@dataclass(frozen=True)
class Config:
    """The set-up; the sample sizes say how many features of each class are kept."""

    data: str = "mnist"
    classes: tuple[int, ...] = (0, 1, 2)
    ood_data: str = "fashion_mnist"
    ood_classes: tuple[int, ...] = tuple(range(10))
    H: int = 16
    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 1e-3
    train_per_class: int = 200
    test_per_class: int = 100
    ood_per_class: int = 30

    @property
    def label(self) -> str:
        """The data set."""
        return self.data


PRESETS = {
    "smoke": (
        Config(
            data="mnist5000",
            ood_data="mnist5000",
            ood_classes=(3, 4, 5, 6, 7, 8, 9),
            batch_size=32,
            train_per_class=100,
            test_per_class=50,
            ood_per_class=20,
        ),
    ),
    "quick": (Config(),),  # the paper's set-up in full: it takes a minute
    "paper": (Config(),),
    "example": (Config(train_per_class=2000, test_per_class=800, ood_per_class=240),),
}


def run(config: Config, given: Given) -> Outcome:
    """Train the network, measure it on all test images, and keep class-balanced random samples of features.

    Labels of the OOD features number the OOD classes, not those of the head.
    """
    images = {
        "train": load_images(config.data, "train", given.data).of_classes(config.classes),
        "test": load_images(config.data, "test", given.data).of_classes(config.classes),
        "ood": load_images(config.ood_data, "test", given.data).of_classes(config.ood_classes),
    }
    with initial_weights_of(given.seed):
        model = LeNet(config.H, len(config.classes))
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    checkpoint = given.checkpoint("lenet")
    train(
        model, images["train"], recipe, given.seed, device=given.device, checkpoint=checkpoint, progress=given.progress
    )
    of = {split: captured(model, those, given.device) for split, those in images.items()}
    region = valid_region(of["train"].head, of["train"].features, EPSILON, estimator="U_entropy")
    metrics = {
        "accuracy": float(np.mean(of["test"].logits.argmax(axis=1) == images["test"].labels)),
        "AUROC": {
            name: auroc(score(of["test"].logits), score(of["ood"].logits)).value
            for name, score in (("U_max", U_max_log), ("U_entropy", U_entropy_log))
        },
        "inside the region": {split: float(region.contains(of[split].z).mean()) for split in SPLITS},
    }
    rng = np.random.default_rng(given.seed)
    head = of["train"].head
    arrays: dict[str, Array] = {"weight": head.weight, "bias": head.bias}
    for split, per_class in zip(
        SPLITS, (config.train_per_class, config.test_per_class, config.ood_per_class), strict=True
    ):
        kept = balanced_sample(of[split].labels, per_class, rng)
        arrays |= {f"z_{split}": of[split].z[kept], f"labels_{split}": of[split].labels[kept].astype(np.uint8)}
    return Outcome(metrics, arrays, tuple(images.values()))


def table(records: Sequence[Record]) -> str:
    """Accuracy, AUROC and shares inside the valid region, in percent, mean ± standard error over seeds."""
    header = ["in-distribution", "seeds", "accuracy", "AUROC U_max", "AUROC U_entropy", "test inside", "OOD inside"]
    rows = []
    for label, runs in of_each_config(records).items():
        measured = [
            [run.metrics["accuracy"] for run in runs],
            *([run.metrics["AUROC"][score] for run in runs] for score in ("U_max", "U_entropy")),
            *([run.metrics["inside the region"][split] for run in runs] for split in ("test", "ood")),
        ]
        rows.append([label, len(runs), *(with_error(values, percent=True) for values in measured)])
    return text_table(header, rows)


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """The plane of the first two principal components with the valid region, for the first seed of each set."""
    drawn = {}
    for label, runs in of_each_config(records).items():
        arrays = runs[0].arrays
        head = Head(arrays["weight"], arrays["bias"])
        known, test, ood = (Features(arrays[f"z_{split}"], arrays[f"labels_{split}"]) for split in SPLITS)
        region = valid_region(head, known, EPSILON, estimator="U_entropy")
        plane = fit_plane(known.z, ood.z)
        drawn[f"{label}-plane"] = partial(pca_plane, region, plane, _some(test, POINTS), _some(ood, POINTS))
    return drawn


def _some(features: Features, points: int) -> Features:
    chosen = np.random.default_rng(0).permutation(len(features.z))[:points]
    return Features(features.z[chosen], None if features.labels is None else features.labels[chosen])
