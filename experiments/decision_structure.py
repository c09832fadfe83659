"""Figure 4: norms, biases and angles of trained heads, beside the optimal structure and beside random heads.

LeNets with Tanh on two and on five digits (which is our choice, as are Adam and two epochs: appendix C.2 names none),
a ResNet18, and the ImageNet head of a pretrained EfficientNet (in `quick` the Lite variant, not the paper's B0; and no
head of 100 classes: `benchmark` measures one). The paper looks at the weights as stored; norms and angles of single
weights change with the gauge, so the centred ones stand beside. Rows of a random head in many dimensions have similar
norms and small cosines too, so random heads of the same size stand beside as well. Two classes are a simplex in the
centred gauge whatever their weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import skew

from experiments.data import Images, as_rgb32, load_images, title_of
from experiments.networks import LeNet, ResNet18, head_of, pretrained_efficientnet
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array
from softmax_geometry.head import Head
from softmax_geometry.plots.decision_structure import head_counts, head_histograms
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.structure import structure

NETWORKS = {"lenet": "LeNet", "resnet18": "ResNet18", "lite0": "EfficientNet-Lite0", "b0": "EfficientNet-B0"}
ROUNDING = 1e-9  # of cosines: what differs by less has no skewness
RANDOM = {"mean": "mean", "least": "least", "norm variation": "‖w‖ variation", "cosine deviation": "sd cos"}


@dataclass(frozen=True)
class Config:
    """A network and its data; `lite0` and `b0` come trained: without data, and the same for every seed."""

    network: str
    data: str = ""
    K: int = 1000
    H: int = 1280
    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 1e-3
    weight_decay: float = 0.0  # of the ResNet18
    train_images: int = 10**9

    @property
    def label(self) -> str:
        """Network, data and number of classes."""
        return "-".join(filter(None, (self.network, self.data, f"K{self.K}")))


_LENETS = (Config("lenet", "mnist", K=2, H=4), Config("lenet", "mnist", K=5, H=32))
PRESETS = {
    "smoke": tuple(Config("lenet", "mnist5000", K=K, H=H, epochs=1, batch_size=32) for K, H in ((2, 4), (5, 32))),
    "quick": (
        *(replace(config, train_images=10_000) for config in _LENETS),
        Config(
            "resnet18", "cifar10", K=10, H=128, epochs=4, batch_size=64, learning_rate=0.01, weight_decay=1e-2,
            train_images=10_000,
        ),
        Config("lite0"),
    ),
    "paper": (
        *_LENETS,
        *(
            Config("resnet18", data, K=K, H=512, epochs=100, batch_size=256, learning_rate=0.01, weight_decay=1e-2)
            for data, K in (("cifar10", 10), ("cifar100", 100))
        ),
        Config("b0"),
    ),
}  # fmt: skip


def run(config: Config, given: Given) -> Outcome:
    """Train or load the network, and measure its head.

    Biases are measured against the root mean square ‖w‖, which gives the ‖z‖ that outweighs them (`centred` is the
    same without the part of w and b that all classes share), and against the spread of w·z over the test images.
    """
    if config.data:
        test, images = _trained(config, given)
        head = test.head
        accuracy = float(np.mean(test.logits.argmax(axis=1) == test.labels))
        spread = float((test.logits - head.bias).std())
    else:
        head, images, accuracy, spread = head_as_loaded(config.network), (), None, None
    found = structure(head)
    size = float(np.abs(head.bias).mean())
    off = np.triu_indices(head.K, 1)
    metrics: dict[str, Any] = {
        "accuracy": accuracy,
        "raw": _summary(found.raw_norms, found.raw_cosines[off]),
        "centred": _summary(found.norms, found.cosines[off]),
        "optimal cosine": -1 / (head.K - 1),
        "bias": {
            "mean absolute": size,
            "over mean norm": size / float(np.sqrt(np.mean(found.raw_norms**2))),
            "centred over mean norm": found.bias_spread,
            "over spread of w·z": None if spread is None else size / spread,
        },
        "distance from the simplex": found.etf_distance,
        "least distance possible": found.etf_distance_least,
        "random heads": random_heads(head.K, head.H, given.seed),
    }
    return Outcome(metrics, head_counts(head), images)


def head_as_loaded(network: str) -> Head:
    """The ImageNet head of a pretrained network."""
    layer = head_of(pretrained_efficientnet(network, None))
    return Head(layer.weight.detach().numpy(), layer.bias.detach().numpy())


def _trained(config: Config, given: Given) -> tuple[Captured, tuple[Images, ...]]:
    rng = np.random.default_rng(given.seed)
    splits = {split: load_images(config.data, split, given.data) for split in ("train", "test")}
    if config.network == "lenet":
        splits = {split: those.of_classes(range(config.K)) for split, those in splits.items()}
        splits["train"] = splits["train"].sample(config.train_images, rng)
        with initial_weights_of(given.seed):
            model = LeNet(config.H, config.K, "tanh")
        recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    else:
        splits = {split: as_rgb32(those) for split, those in splits.items()}
        splits["train"] = splits["train"].sample(config.train_images, rng)
        scaled = splits["train"].pixels.reshape(-1, 3) / 255
        with initial_weights_of(given.seed):
            model = ResNet18(config.K, config.H // 8, mean=scaled.mean(axis=0), std=scaled.std(axis=0))
        recipe = Recipe(
            config.epochs, config.batch_size, "sgd", config.learning_rate, weight_decay=config.weight_decay,
            schedule="warmup_cosine", augment="crop_flip",
        )  # fmt: skip
    how = {"device": given.device, "checkpoint": given.checkpoint("network"), "progress": given.progress}
    train(model, splits["train"], recipe, given.seed, **how)
    return captured(model, splits["test"], given.device), tuple(splits.values())


def _summary(norms: Array, cosines: Array) -> dict[str, float | None]:
    return {
        "norm mean": float(norms.mean()),
        "norm variation": float(norms.std() / norms.mean()),
        "cosine mean": float(cosines.mean()),
        "cosine deviation": float(cosines.std()),
        "cosine skewness": float(skew(cosines)) if cosines.std() > ROUNDING else None,
    }


def random_heads(K: int, H: int, seed: int) -> dict[str, float]:
    """Heads with Gaussian weights: distance from the simplex, mean and least, and mean spreads of the raw weights."""
    rng = np.random.default_rng(seed)
    drawn = [structure(Head(rng.standard_normal((K, H)))) for _ in range(200 if K <= 100 else 3)]
    off = np.triu_indices(K, 1)
    distances = [of.etf_distance for of in drawn]
    return {
        "mean": float(np.mean(distances)),
        "least": float(np.min(distances)),
        "norm variation": float(np.mean([of.raw_norms.std() / of.raw_norms.mean() for of in drawn])),
        "cosine deviation": float(np.mean([of.raw_cosines[off].std() for of in drawn])),
    }


def table(records: Sequence[Record]) -> str:
    """Each head in the paper's gauge and the centred one, mean ± standard error over seeds; then random heads."""
    names = {
        "norm variation": "‖w‖ variation",
        "cosine mean": "mean cos",
        "cosine deviation": "sd cos",
        "cosine skewness": "skew cos",
    }
    header = ["head", "seeds", "accuracy (%)", "|b| / ‖w‖", "|b| / sd w·z", *names.values(), "−1/(K−1)"]
    first, second = [], []
    for label, runs in _trained_apart(records).items():
        of = [run.metrics for run in runs]
        accuracy = with_error((m["accuracy"] for m in of), 2, percent=True)
        for gauge, bias in (("raw", "over mean norm"), ("centred", "centred over mean norm")):
            biases = [with_error((m["bias"][bias] for m in of), 3)]
            biases.append(with_error((m["bias"]["over spread of w·z"] for m in of), 3) if gauge == "raw" else "")
            cells = [with_error((m[gauge][name] for m in of), 3) for name in names]
            cosine = f"{of[0]['optimal cosine']:.3f}"
            first.append([f"{label}, {gauge}", len(runs), accuracy, *biases, *cells, cosine])
        distance = with_error((m["distance from the simplex"] for m in of), 3)
        random = [mean_and_se(m["random heads"][name] for m in of)[0] for name in RANDOM]
        second.append([label, distance, *(f"{value:.3f}" for value in random)])
    columns = ["head", "distance from the simplex", *(f"random heads: {text}" for text in RANDOM.values())]
    return text_table(header, first) + "\n\n" + text_table(columns, second)


def _trained_apart(records: Sequence[Record]) -> dict[str, list[Record]]:
    """The runs by label; of a network that comes trained the first only, since its others are the same."""
    return {label: runs if runs[0].config["data"] else runs[:1] for label, runs in of_each_config(records).items()}


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Figure 4 for the first seed of each head."""
    heads = {}
    for runs in of_each_config(records).values():
        config = runs[0].config
        data = title_of(config["data"]) if config["data"] else "ImageNet"
        heads[f"{NETWORKS[config['network']]}\n{data}\nK = {config['K']}"] = runs[0].arrays
    return {"figure-4": partial(head_histograms, heads)}
