"""Figure 17: VGG-like networks of one to four blocks on MNIST or Fashion-MNIST, the other one being OOD."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from experiments.data import load_images, title_of
from experiments.networks import VGG
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.scoring import max_cosines
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.plots.depth import depth_lines
from softmax_geometry.plots.drawing import Drawing


@dataclass(frozen=True)
class Config:
    """The number of blocks and the data; the optimiser (Adam) and the dropout rate are our choice."""

    blocks: int
    data: str
    ood_data: str
    train_images: int = 60_000
    test_images: int = 10_000
    epochs: int = 12
    batch_size: int = 128
    learning_rate: float = 1e-3
    dropout: float = 0.5

    @property
    def label(self) -> str:
        """The in-distribution set and the number of blocks."""
        return f"{self.data}-{self.blocks}blocks"


_BOTH_WAYS = (("mnist", "fashion_mnist"), ("fashion_mnist", "mnist"))
_SMALL = {"train_images": 4000, "test_images": 1000, "epochs": 2, "batch_size": 64}
PRESETS = {
    "smoke": tuple(Config(b, "mnist5000", "mnist5000", 200, 100, epochs=1, batch_size=32) for b in (1, 4)),
    "quick": tuple(Config(b, *sets, **_SMALL) for sets in _BOTH_WAYS for b in (1, 2, 3, 4)),
    "paper": tuple(Config(b, *sets) for sets in _BOTH_WAYS for b in (1, 2, 3, 4)),
}


def run(config: Config, given: Given) -> Outcome:
    """Train on all classes and measure accuracy, AUROC, and the means of ‖z‖ and max cos."""
    rng = np.random.default_rng(given.seed)
    images = {
        "train": load_images(config.data, "train", given.data).sample(config.train_images, rng),
        "test": load_images(config.data, "test", given.data).sample(config.test_images, rng),
        "ood": load_images(config.ood_data, "test", given.data).sample(config.test_images, rng),
    }
    with initial_weights_of(given.seed):
        model = VGG(config.blocks, int(images["train"].labels.max()) + 1, config.dropout)
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    how = {"device": given.device, "checkpoint": given.checkpoint("vgg"), "progress": given.progress}
    train(model, images["train"], recipe, given.seed, **how)
    of = {split: captured(model, those, given.device) for split, those in images.items()}
    metrics = {
        "accuracy": float(np.mean(of["test"].logits.argmax(axis=1) == of["test"].labels)),
        "AUROC": {
            name: auroc(score(of["test"].logits), score(of["ood"].logits)).value
            for name, score in (("U_max", U_max_log), ("U_entropy", U_entropy_log))
        },
        "norm": {split: float(np.linalg.norm(points.z, axis=1).mean()) for split, points in of.items()},
        "max cos": {split: float(max_cosines(points.head, points.z).mean()) for split, points in of.items()},
    }
    return Outcome(metrics, images=tuple(images.values()))


MEASURES = ("accuracy", "U_max", "U_entropy")
FALLS = ("norm", "max cos")


def value_of(record: Record, measure: str) -> float:
    """Accuracy or AUROC of a run; for "norm" and "max cos" the mean of OOD images over that of test images."""
    metrics = record.metrics
    if measure in FALLS:
        return metrics[measure]["ood"] / metrics[measure]["test"]
    return metrics["accuracy"] if measure == "accuracy" else metrics["AUROC"][measure]


def slopes(records: Sequence[Record], measure: str) -> dict[str, list[float]]:
    """Least-squares slope of `value_of` over the number of blocks; for each set a value of each seed with all depths.

    Depths of one seed share their images, so a standard error over seeds is that of paired differences.
    """
    found: dict[str, list[float]] = {}
    for name in dict.fromkeys(record.config["data"] for record in records):
        mine = [record for record in records if record.config["data"] == name]
        depths = {record.config["blocks"] for record in mine}
        for seed in sorted({record.seed for record in mine}):
            values = {record.config["blocks"]: value_of(record, measure) for record in mine if record.seed == seed}
            if values.keys() == depths and len(depths) > 1:
                slope = np.polyfit(list(values), list(values.values()), 1)[0]
                found.setdefault(name, []).append(float(slope))
    return found


def table(records: Sequence[Record]) -> str:
    """In percent, mean ± standard error over seeds: accuracy, AUROC, ‖z‖ and max cos of OOD images over test images.

    By depth, and then the slope of each for a block more, in points.
    """
    measures = (*MEASURES, *FALLS)
    rows = [
        [label, len(runs), *(with_error((value_of(run, m) for run in runs), percent=True) for m in measures)]
        for label, runs in of_each_config(records).items()
    ]
    by_measure = {measure: slopes(records, measure) for measure in measures}
    trend = [
        [f"{name}, for each block", len(by_measure["accuracy"][name])]
        + [with_error(by_measure[measure][name], percent=True) for measure in measures]
        for name in by_measure["accuracy"]
    ]
    header = ["in-distribution", "seeds", "accuracy", "AUROC U_max", "AUROC U_entropy"]
    return text_table([*header, "‖z‖ OOD/test", "max cos OOD/test"], [*rows, *trend])


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Accuracy and AUROC against the number of blocks."""
    lines: dict[str, dict[str, list[tuple[int, float, float | None]]]] = {}
    for runs in of_each_config(records).values():
        config = runs[0].config
        of_sets = lines.setdefault(f"{title_of(config['data'])}, OOD {title_of(config['ood_data'])}", {})
        for measure in MEASURES:
            point = (config["blocks"], *mean_and_se(value_of(run, measure) for run in runs))
            of_sets.setdefault(measure, []).append(point)
    return {"figure-17": partial(depth_lines, lines)}
