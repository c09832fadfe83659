"""Figures 5 and 13: the head of a LeNet frozen in other structures than the optimal one, and what that costs.

The paper fixes the weights of the last layer from initialisation, except for `stack`, whose weights it had to evolve
during training (appendix C.3). It prints no coordinates but the sandwich's, no scale, and does not speak of biases
or of how a plane of structures lies in R^16. Ours: `structure.named_structure`, rows of root mean square norm
`scale`, in a random plane, biases trained; the stack starts as the optimal structure and moves there on a line, and
its middle class, which only a bias lets win, starts with one. What is said of the stack hangs on that schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch
from scipy.special import log_softmax
from torch import Tensor, nn

from experiments.data import load_images
from experiments.networks import LeNet
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.features import ClassGaussians
from softmax_geometry.plots.counterfactual import structure_bars, structure_planes
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.regions import valid_region
from softmax_geometry.structure import Name, named_structure

TRAINABLE = "trainable"
STRUCTURES = (TRAINABLE, "optimal", "sandwich", "stack", "unequal", "bunched")
EPSILON = 0.05
POINTS = 150
STACK_BIAS = 5.0  # of the middle class, at `scale` 1: about half the length of the features of the other classes


@dataclass(frozen=True)
class Config:
    """A structure of the head, and the set-up of figure 1b; digits and optimiser are our choice, as there."""

    structure: str
    data: str = "mnist"
    classes: tuple[int, ...] = (0, 1, 2)
    ood_data: str = "fashion_mnist"
    ood_classes: tuple[int, ...] = tuple(range(10))
    ood_images: int = 3000
    H: int = 16
    scale: float = 1.0
    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 1e-3

    @property
    def label(self) -> str:
        """The structure."""
        return self.structure


PRESETS = {
    "smoke": tuple(
        Config(
            name, "mnist5000", ood_data="mnist5000", ood_classes=(3, 4, 5, 6), ood_images=200, epochs=1, batch_size=32
        )
        for name in STRUCTURES
    ),
    "quick": tuple(Config(name) for name in STRUCTURES),  # the paper's set-up in full
    "paper": tuple(Config(name, ood_images=10_000) for name in STRUCTURES),
}


def run(config: Config, given: Given) -> Outcome:
    """Train with the structure, and measure accuracy, loss, AUROC, and how much the valid region covers."""
    rng = np.random.default_rng(given.seed)
    images = {
        "train": load_images(config.data, "train", given.data).of_classes(config.classes),
        "test": load_images(config.data, "test", given.data).of_classes(config.classes),
        "ood": load_images(config.ood_data, "test", given.data)
        .of_classes(config.ood_classes)
        .sample(config.ood_images, rng),
    }
    with initial_weights_of(given.seed):
        model = LeNet(config.H, len(config.classes))
        if config.structure == "stack":
            nn.init.constant_(model.head.bias[1], STACK_BIAS * config.scale)
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    frozen = None if config.structure == TRAINABLE else head_weights(config, given.seed)
    checkpoint = given.checkpoint(config.structure)
    how = {"device": given.device, "checkpoint": checkpoint, "progress": given.progress}
    train(model, images["train"], recipe, given.seed, head_weights=frozen, **how)
    of = {split: captured(model, those, given.device) for split, those in images.items()}
    region = valid_region(of["train"].head, of["train"].features, EPSILON)
    gaussians = ClassGaussians.from_features(of["train"].features)
    log_probabilities = log_softmax(of["test"].logits.astype(float), axis=1)
    metrics = {
        "accuracy": float(np.mean(of["test"].logits.argmax(axis=1) == of["test"].labels)),
        "cross-entropy": float(-log_probabilities[np.arange(len(log_probabilities)), of["test"].labels].mean()),
        "AUROC": {
            name: auroc(score(of["test"].logits), score(of["ood"].logits)).value
            for name, score in (("U_max", U_max_log), ("U_entropy", U_entropy_log))
        },
        "inside the region": {split: float(region.contains(of[split].z).mean()) for split in of},
        "width": float(np.nanmean(region.widths)),
        "width in std": float(np.nanmean(region.linear.widths_in_std(gaussians))),
        "norm": {split: float(np.linalg.norm(of[split].z, axis=1).mean()) for split in of},
    }
    arrays = _in_the_plane(of) | {"log threshold": np.array(region.threshold.log_score)}
    return Outcome(metrics, arrays, tuple(images.values()))


def head_weights(config: Config, seed: int) -> Callable[[float], Tensor]:
    """The weight (3, H) at progress t of the training: fixed, or for the stack on the way from the optimal one."""
    frame, _ = np.linalg.qr(np.random.default_rng([seed, 5]).standard_normal((config.H, 2)))

    def embedded(name: str) -> Tensor:
        weight = named_structure(cast(Name, name))
        return torch.tensor(config.scale * weight / np.sqrt(np.mean(np.sum(weight**2, axis=1))) @ frame.T).float()

    first = embedded("optimal" if config.structure == "stack" else config.structure)
    last = embedded(config.structure)
    return lambda t: (1 - t) * first + t * last


def _in_the_plane(of: dict[str, Captured]) -> dict[str, Array]:
    """Points and head in the plane that the centred weights of three classes span: there logits are exact."""
    head = of["train"].head.centred()
    _, _, axes = np.linalg.svd(head.weight, full_matrices=False)
    kept = {split: slice(None, None, max(len(of[split].z) // POINTS, 1)) for split in ("test", "ood")}
    points = {f"u {split}": (of[split].z[chosen] @ axes[:2].T).astype(np.float32) for split, chosen in kept.items()}
    labels = of["test"].labels[kept["test"]].astype(np.uint8)
    return {"weight": head.weight @ axes[:2].T, "bias": head.bias, "labels": labels, **points}


COLUMNS = {
    "accuracy": lambda m: m["accuracy"],
    "cross-entropy": lambda m: m["cross-entropy"],
    "AUROC U_max": lambda m: m["AUROC"]["U_max"],
    "AUROC U_entropy": lambda m: m["AUROC"]["U_entropy"],
    "OOD inside": lambda m: m["inside the region"]["ood"],
    "test inside": lambda m: m["inside the region"]["test"],
    "width in std": lambda m: m["width in std"],
}
SHOWN = {
    "accuracy": "test accuracy (%)",
    "AUROC U_max": "AUROC of U_max (%)",
    "OOD inside": "OOD in region (%)",
    "cross-entropy": "cross-entropy (nats)",
}
IN_PERCENT = ("accuracy", "AUROC U_max", "AUROC U_entropy", "OOD inside", "test inside")


def table(records: Sequence[Record]) -> str:
    """Means ± standard errors over seeds, and differences to the optimal structure paired by seed."""
    by_structure = of_each_config(records)
    rows, differences = [], []
    optimal = {run.seed: run.metrics for run in by_structure.get("optimal", [])}
    for name, runs in by_structure.items():
        cells = [
            with_error((of(run.metrics) for run in runs), 2 if column in IN_PERCENT else 4, column in IN_PERCENT)
            for column, of in COLUMNS.items()
        ]
        rows.append([name, len(runs), *cells])
        paired = [run for run in runs if run.seed in optimal and name != "optimal"]
        if paired:
            cells = [
                with_error(
                    (of(run.metrics) - of(optimal[run.seed]) for run in paired),
                    2 if column in IN_PERCENT else 4,
                    column in IN_PERCENT,
                )
                for column, of in COLUMNS.items()
            ]
            differences.append([f"{name} − optimal", len(paired), *cells])
    header = ["structure", "seeds", *(f"{c} (%)" if c in IN_PERCENT else c for c in COLUMNS)]
    return text_table(header, rows) + "\n\n" + text_table(header, differences)


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Figure 5 as bars, and for the first seed the plane of each structure's weights, where its region is exact."""
    by_structure = of_each_config(records)
    bars = {
        name: {c: mean_and_se(of(run.metrics) for run in runs) for c, of in COLUMNS.items()}
        for name, runs in by_structure.items()
    }
    return {
        "figure-5": partial(structure_bars, bars, SHOWN),
        "planes": partial(structure_planes, {name: runs[0].arrays for name, runs in by_structure.items()}),
    }
