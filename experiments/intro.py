"""Figure 1b: a LeNet on three classes of MNIST, with Fashion-MNIST as OOD data. Writes the bundled example.

The paper gives the network, the number of epochs and the data sets (appendix C.1). It does not say which
three digits it takes, nor the optimiser: 0, 1, 2 and Adam are our choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from experiments.data import Images, balanced_sample, load_images
from experiments.networks import Activation, LeNet
from experiments.training import batches, initial_weights_of, train
from softmax_geometry.capture import capture
from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy, U_max
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.writing import write_npz


@dataclass(frozen=True)
class Config:
    """The set-up; the sample sizes say how many features of each class are kept."""

    data: str = "mnist"
    classes: tuple[int, ...] = (0, 1, 2)
    ood_data: str = "fashion_mnist"
    ood_classes: tuple[int, ...] = tuple(range(10))
    H: int = 16
    activation: Activation = "relu"
    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 1e-3
    train_per_class: int = 2000
    test_per_class: int = 800
    ood_per_class: int = 240


PRESETS = {
    "smoke": Config(
        data="mnist5000",
        ood_data="mnist5000",
        ood_classes=(3, 4, 5, 6, 7, 8, 9),
        batch_size=32,
        train_per_class=100,
        test_per_class=50,
        ood_per_class=20,
    ),
    "quick": Config(),  # the paper's set-up in full: it takes a minute
}


@dataclass(frozen=True, eq=False)
class Result:
    """The trained head, samples of the features in front of it, and what was measured on all images.

    Labels of `ood` number the OOD classes, not those of the head.
    """

    head: Head
    train: Features
    test: Features
    ood: Features
    metrics: dict[str, float]
    images: tuple[Images, ...]


def run(config: Config, seed: int = 0, data: Path | None = None, device: str = "cpu", progress: bool = False) -> Result:
    """Train the network, measure it on all test images, and keep class-balanced random samples of features.

    Raises
    ------
    InputError
        If the data sets are missing or damaged.
    """
    images = {
        "train": load_images(config.data, "train", data).of_classes(config.classes),
        "test": load_images(config.data, "test", data).of_classes(config.classes),
        "ood": load_images(config.ood_data, "test", data).of_classes(config.ood_classes),
    }
    with initial_weights_of(seed):
        model = LeNet(config.H, len(config.classes), config.activation)
    train(
        model,
        images["train"],
        epochs=config.epochs,
        batch_size=config.batch_size,
        learning_rate=config.learning_rate,
        seed=seed,
        device=device,
        progress=progress,
    )
    captured = {split: capture(model, batches(those), head="head") for split, those in images.items()}
    logits = {split: those.logits for split, those in captured.items()}
    rng = np.random.default_rng(seed)
    kept = {"train": config.train_per_class, "test": config.test_per_class, "ood": config.ood_per_class}
    samples = {split: _sample(captured[split].features, per_class, rng) for split, per_class in kept.items()}
    return Result(
        captured["train"].head,
        **samples,
        metrics={
            "accuracy": float(np.mean(logits["test"].argmax(axis=1) == images["test"].labels)),
            "AUROC U_max": _auroc(U_max(logits["test"]), U_max(logits["ood"])),
            "AUROC U_entropy": _auroc(U_entropy(logits["test"]), U_entropy(logits["ood"])),
        },
        images=tuple(images.values()),
    )


def write(result: Result, folder: Path) -> None:
    """Write head and features to `lenet_mnist.npz`."""
    arrays = {"weight": result.head.weight, "bias": result.head.bias}
    for split in ("train", "test", "ood"):
        features = getattr(result, split)
        arrays |= {f"z_{split}": features.z, f"labels_{split}": features.labels.astype(np.uint8)}
    write_npz(folder / "lenet_mnist.npz", **arrays)


def _sample(features: Features, per_class: int, rng: np.random.Generator) -> Features:
    assert features.labels is not None
    chosen = balanced_sample(features.labels, per_class, rng)
    return Features(features.z[chosen], features.labels[chosen])


def _auroc(known: Array, ood: Array) -> float:
    """AUROC with OOD as the positive class and higher scores meaning more OOD."""
    return float(roc_auc_score(np.repeat([0, 1], [len(known), len(ood)]), np.concatenate([known, ood])))
