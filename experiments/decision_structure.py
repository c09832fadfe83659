"""Figure 4: norms, biases and angles of trained heads, beside the optimal structure and beside random heads.

LeNets with Tanh on two and on five digits (which is our choice, as are Adam and two epochs: appendix C.2 names none),
a ResNet18, and the ImageNet head of a pretrained EfficientNet (the Lite variant, not the paper's B0). The paper looks
at the weights as stored; norms and angles of single weights change with the gauge, so the centred ones stand beside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.stats import skew

from experiments.data import Images, as_rgb32, load_images
from experiments.networks import LeNet, ResNet18, head_of, pretrained_efficientnet
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.head import Head
from softmax_geometry.plots.decision_structure import head_histograms
from softmax_geometry.structure import Structure, structure

BINS = 40


@dataclass(frozen=True)
class Config:
    """A network and its data; `lite0` and `b0` come trained, and need neither data nor seed."""

    network: str
    data: str = ""
    K: int = 1000
    H: int = 1280
    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 1e-3
    train_images: int = 10**9

    @property
    def label(self) -> str:
        """Network, data and number of classes."""
        return "-".join(filter(None, (self.network, self.data, f"K{self.K}")))


_LENETS = (Config("lenet", "mnist", K=2, H=4), Config("lenet", "mnist", K=5, H=32))
PRESETS = {
    "smoke": tuple(Config("lenet", "mnist5000", K=K, H=H, epochs=1, batch_size=32) for K, H in ((2, 4), (5, 32))),
    "quick": (
        *_LENETS,
        Config("resnet18", "cifar10", K=10, H=128, epochs=4, batch_size=64, learning_rate=0.05, train_images=10_000),
        Config("lite0"),
    ),
    "paper": (
        *_LENETS,
        Config("resnet18", "cifar10", K=10, H=512, epochs=100, batch_size=256, learning_rate=0.01),
        Config("resnet18", "cifar100", K=100, H=512, epochs=100, batch_size=256, learning_rate=0.01),
        Config("b0"),
    ),
}


def run(config: Config, given: Given) -> Outcome:
    """Train or load the network, and measure its head."""
    if not config.data:
        head, images, accuracy = Head(*_weights(pretrained_efficientnet(config.network, None))), (), None
    else:
        head, accuracy, images = _trained(config, given)
    found = structure(head)
    logits_scale = float(np.sqrt(np.mean(found.raw_norms**2)))
    off = np.triu_indices(config.K, 1)
    metrics: dict[str, Any] = {
        "accuracy": accuracy,
        "raw": _summary(found.raw_norms, found.raw_cosines[off]),
        "centred": _summary(found.norms, found.cosines[off]),
        "optimal cosine": -1 / (config.K - 1),
        "bias": {"mean absolute": float(np.abs(head.bias).mean()), "over mean norm": _over(head, logits_scale)},
        "distance from the simplex": found.etf_distance,
        "random heads": _random_heads(config.K, config.H, given.seed),
    }
    return Outcome(metrics, _histograms(found, head), images)


def _trained(config: Config, given: Given) -> tuple[Head, float, tuple[Images, ...]]:
    rng = np.random.default_rng(given.seed)
    splits = {split: load_images(config.data, split, given.data) for split in ("train", "test")}
    if config.network == "lenet":
        splits = {split: those.of_classes(range(config.K)) for split, those in splits.items()}
        with initial_weights_of(given.seed):
            model = LeNet(config.H, config.K, "tanh")
        recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    else:
        splits = {split: as_rgb32(those) for split, those in splits.items()}
        splits["train"] = splits["train"].sample(config.train_images, rng)
        scaled = splits["train"].pixels.reshape(-1, 3) / 255
        with initial_weights_of(given.seed):
            model = ResNet18(config.K, config.H // 8, mean=scaled.mean(axis=0), std=scaled.std(axis=0))
        decay = 1e-2 if config.H == 512 else 5e-4
        recipe = Recipe(
            config.epochs, config.batch_size, "sgd", config.learning_rate, weight_decay=decay,
            schedule="warmup_cosine", augment="crop_flip",
        )  # fmt: skip
    how = {"device": given.device, "checkpoint": given.checkpoint("network"), "progress": given.progress}
    train(model, splits["train"], recipe, given.seed, **how)
    test = captured(model, splits["test"], given.device)
    return test.head, float(np.mean(test.logits.argmax(axis=1) == test.labels)), tuple(splits.values())


def _weights(model: Any) -> tuple[NDArray, NDArray]:
    head = head_of(model)
    return head.weight.detach().numpy(), head.bias.detach().numpy()


def _summary(norms: NDArray, cosines: NDArray) -> dict[str, float]:
    return {
        "norm mean": float(norms.mean()),
        "norm variation": float(norms.std() / norms.mean()),
        "cosine mean": float(cosines.mean()),
        "cosine deviation": float(cosines.std()),
        "cosine skewness": float(skew(cosines)) if len(cosines) > 2 else 0.0,
    }


def _over(head: Head, norm: float) -> float:
    """Mean |b| over the root mean square weight norm: the length of z that outweighs a bias."""
    return float(np.abs(head.bias).mean() / norm)


def _random_heads(K: int, H: int, seed: int) -> dict[str, float]:
    """Distance from the simplex of Gaussian random heads of this size: mean and least."""
    rng = np.random.default_rng(seed)
    draws = 200 if K <= 100 else 3
    distances = [structure(Head(rng.standard_normal((K, H)))).etf_distance for _ in range(draws)]
    return {"mean": float(np.mean(distances)), "least": float(np.min(distances))}


def _histograms(found: Structure, head: Head) -> dict[str, NDArray]:
    off = np.triu_indices(found.K, 1)
    values = {
        "norms": found.raw_norms,
        "biases": head.bias,
        "cosines": found.raw_cosines[off],
        "centred norms": found.norms,
        "centred cosines": found.cosines[off],
    }
    arrays: dict[str, NDArray] = {"K": np.array(found.K)}
    for name, of in values.items():
        limits = (-1.0, 1.0) if "cosines" in name else (0.0, 1.5 * float(of.max())) if "norms" in name else None
        if limits is None:
            widest = 3 * max(float(np.abs(of).max()), 1e-9)
            limits = (-widest, widest)
        arrays[f"{name} counts"], arrays[f"{name} edges"] = np.histogram(of, BINS, limits)
    return arrays


def table(records: Sequence[Record]) -> str:
    """Each head in the paper's gauge and the centred one, mean ± standard error over seeds."""
    header = ["head", "seeds", "accuracy (%)", "|b| / ‖w‖", "‖w‖ variation", "mean cos", "−1/(K−1)", "sd cos", "skew"]
    first = []
    for label, runs in of_each_config(records).items():
        accuracy = with_error((run.metrics["accuracy"] for run in runs), 1, percent=True)
        for gauge in ("raw", "centred"):
            names = ("norm variation", "cosine mean", "cosine deviation", "cosine skewness")
            variation, mean, deviation, skewness = (
                with_error((run.metrics[gauge][name] for run in runs), 3) for name in names
            )
            bias = with_error((run.metrics["bias"]["over mean norm"] for run in runs), 3)
            cells = [len(runs), accuracy, bias, variation, mean, f"{runs[0].metrics['optimal cosine']:.3f}"]
            first.append([f"{label}, {gauge}", *cells, deviation, skewness])
    second = []
    for label, runs in of_each_config(records).items():
        distance = with_error((run.metrics["distance from the simplex"] for run in runs), 3)
        random = [mean_and_se(run.metrics["random heads"][name] for run in runs)[0] for name in ("mean", "least")]
        second.append([label, distance, *(f"{value:.3f}" for value in random)])
    return (
        text_table(header, first)
        + "\n\n"
        + text_table(["head", "distance from the simplex", "random heads: mean", "least"], second)
    )


def figures(records: Sequence[Record]) -> dict[str, Figure]:
    """Figure 4 for the first seed of each head."""
    return {"figure-4": head_histograms({label: runs[0].arrays for label, runs in of_each_config(records).items()})}
