"""Figure 7: of many random inputs, those that a network is surest of look like digits.

A network trained on 9×9 binary MNIST for 15 epochs (appendix C.4.2; Adam is our choice) is bombarded with uniform
binary inputs, 2^27 in the paper, and the most confident of each class are kept. The paper judges by eye that they
resemble digits; we also measure it, over the 8×8 pixels that reach the network's logits:

- agreement: how often a second network, trained from another seed, names the same class;
- distance: in how many pixels an input differs from the nearest training digit of its class;
- correlation: of the mean input of a class with the mean training digit of that class, and of the other classes.

Beside the confident inputs stand three groups: the same ones with their pixels shuffled (as much ink, no shape), random
inputs under the class that the network takes them for, and test digits. Agreement and distance are means over classes,
so that chance agreement is 1/K.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from experiments.bombardment.fast_network import FastBombardedNet, weights_of
from experiments.bombardment.inputs import inputs, inputs_at, seen_words
from experiments.bombardment.likeness import (
    Labelled,
    correlations,
    mean_over_classes,
    most_typical,
    own_and_other,
    pixels_to_nearest,
    with_the_same_ink,
)
from experiments.bombardment.shards import (
    BLOCK,
    Found,
    Shard,
    bombarded,
    histogram,
    log_odds,
    merged,
)
from experiments.bombardment.shown import GROUPS, K, drawings, table
from experiments.data import Images, as_binary9, load_images
from experiments.networks import BombardedNet
from experiments.running import Given, Outcome
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.checks import InputError

__all__ = ["GROUPS", "PRESETS", "SHARDED", "Config", "drawings", "run", "table"]

SHARDED = True
SECOND_NETWORK = 1000  # added to the seed
COMPARED = 2**14  # random inputs
SHUFFLES = 50  # of each confident input
TIMED = 2**14


@dataclass(frozen=True)
class Config:
    """Inputs and shards as powers of two, the number kept of each class, and the training."""

    log2_inputs: int = 27
    log2_shard: int = 20
    k: int = 16
    data: str = "mnist"
    epochs: int = 15
    batch_size: int = 128
    learning_rate: float = 1e-3

    def __post_init__(self) -> None:
        if not 10 <= self.log2_shard <= self.log2_inputs <= 60:
            raise InputError(
                f"log2_shard, log2_inputs: expected 10 ≤ shard ≤ inputs ≤ 60, got {self.log2_shard}, {self.log2_inputs}"
            )
        if self.k < 1:
            raise InputError(f"k: expected at least 1, got {self.k}")

    @property
    def label(self) -> str:
        """The data set and the binary logarithm of the number of inputs."""
        return f"{self.data}-log2-{self.log2_inputs}"


PRESETS = {
    "smoke": (Config(14, 12, 8, "mnist5000", epochs=2, batch_size=32),),
    "quick": (Config(24),),
    "paper": (Config(27, 23),),
}


def run(config: Config, given: Given) -> Outcome:
    """Train two networks, bombard the first shard by shard, and compare what it is surest of with digits."""
    digits, test = (as_binary9(load_images(config.data, split, given.data)) for split in ("train", "test"))
    first, second = (_trained(config, digits, given, seed) for seed in (given.seed, given.seed + SECOND_NETWORK))
    found = _bombarded(config, given, first)
    kept = found.index >= 0
    confident = Labelled(inputs_at(given.seed, found.index[kept]), np.nonzero(kept)[0])
    sample = inputs(given.seed, 0, COMPARED)
    of_test, of_sample = captured(first, test, given.device).logits, _logits(first, sample, given.device)
    groups = {
        "confident": confident,
        "same ink": with_the_same_ink(confident, SHUFFLES, np.random.default_rng(given.seed)),
        "random": Labelled(sample, of_sample.argmax(axis=1)),
        "digits": Labelled(_binary(test), test.labels),
    }
    known = Labelled(_binary(digits), digits.labels)
    surest = {name: log_odds(torch.from_numpy(of))[0] for name, of in (("random", of_sample), ("digits", of_test))}
    distance = {name: pixels_to_nearest(group, known) for name, group in groups.items()}
    metrics: dict[str, Any] = {
        "accuracy": float(np.mean(of_test.argmax(axis=1) == test.labels)),
        "inputs": int(found.counts.sum()),
        "taken for": {str(i): float(share) for i, share in enumerate(found.counts / found.counts.sum())},
        "log-odds": {
            "confident": float(found.log_odds[kept].mean()),
            **{name: float(values.mean()) for name, values in surest.items()},
        },
        "AUROC U_max": auroc(-surest["digits"].numpy(), -surest["random"].numpy()).value,
        "likeness": {
            name: _likeness(group, distance[name], known, _logits(second, group.images, given.device), config.k)
            for name, group in groups.items()
        },
        "farther than the confident": _farther(distance),
        "timing": _timing(first, sample, given),
    }
    arrays = {
        "confident": np.packbits(confident.images),
        "labels": confident.labels.astype(np.uint8),
        "digits": np.packbits(most_typical(known)),
        "mean confident": _means(confident).astype(np.float16),
        "mean digits": _means(known).astype(np.float16),
        "histogram random": found.histogram,
        "histogram digits": histogram(surest["digits"]),
        **{f"distance {name}": np.bincount(of, minlength=65) for name, of in distance.items()},
    }
    return Outcome(metrics, arrays, (digits, test))


def _trained(config: Config, digits: Images, given: Given, seed: int) -> BombardedNet:
    with initial_weights_of(seed):
        network = BombardedNet(K)
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    checkpoint = given.checkpoint(f"network{seed}")
    train(network, digits, recipe, seed, device=given.device, checkpoint=checkpoint, progress=given.progress)
    return network


def _bombarded(config: Config, given: Given, network: BombardedNet) -> Found:
    """What is found in all inputs. Each shard is kept in the scratch folder as it is done, and not done again."""
    weights, size = weights_of(network), 2**config.log2_shard
    done, missing = [], []
    for start in range(0, 2**config.log2_inputs, size):
        path = _path(given, start)
        if path is not None and path.exists():
            done.append(Found.load(path))
        else:
            missing.append(Shard(weights, given.seed, start, start + size, config.k, given.device, given.threads))
    with tqdm(
        total=2**config.log2_inputs,
        initial=len(done) * size,
        desc="bombard",
        unit="input",
        unit_scale=True,
        disable=not given.progress,
    ) as bar:
        for shard, found in given.workers.map(bombarded, missing):
            if (path := _path(given, shard.start)) is not None:
                found.save(path)
            done.append(found)
            bar.update(size)
    return merged(done)


def _path(given: Given, start: int) -> Path | None:
    return None if given.scratch is None else given.scratch / f"shard{start}.npz"


def _likeness(
    group: Labelled, distance: NDArray[np.int64], digits: Labelled, second_logits: NDArray, k: int
) -> dict[str, Any]:
    few = group.first_of_each(k)
    own, others = own_and_other(correlations(few, digits), few.labels)
    return {
        "agreement": mean_over_classes(second_logits.argmax(axis=1) == group.labels, group.labels)[0],
        "distance": dict(zip(("mean", "se"), mean_over_classes(distance, group.labels), strict=True)),
        "correlation": {"own class": own, "other classes": others},
    }


def _farther(distance: dict[str, NDArray[np.int64]]) -> dict[str, dict[str, float]]:
    """AUROC of the distance, confident inputs against another group, and their gap in standard deviations of it."""
    confident = distance["confident"]
    return {
        name: {
            "AUROC": auroc(confident, of).value,
            "gap in SD": float((of.mean() - confident.mean()) / max(of.std(), 1e-9)),
        }
        for name, of in distance.items()
        if name != "confident"
    }


def _timing(network: BombardedNet, sample: NDArray[np.uint8], given: Given) -> dict[str, float]:
    """Inputs per second of the plain float32 network, its inputs ready made, and of the look-up from words on."""
    fast, device = FastBombardedNet(weights_of(network), given.device), torch.device(given.device)
    ready, words = _as_tensor(sample[:TIMED]).to(device), seen_words(given.seed, 0, TIMED)
    batch, block = (128, BLOCK["cpu"]) if device.type == "cpu" else (TIMED, TIMED)  # each at its fastest
    speed = {
        "plain": TIMED / _seconds(lambda: [network(some).cpu() for some in ready.split(batch)]),
        "fast": TIMED / _seconds(lambda: [fast.logits(words[i : i + block]).cpu() for i in range(0, TIMED, block)]),
    }
    return {**speed, "fast over plain": speed["fast"] / speed["plain"]}


def _seconds(call: Callable[[], Any]) -> float:
    """The shortest of three times, after a first one for warming up."""
    taken = []
    with torch.inference_mode():
        for _ in range(4):
            start = time.perf_counter()
            call()
            taken.append(time.perf_counter() - start)
    return min(taken[1:])


def _logits(network: BombardedNet, images: NDArray[np.uint8], device: str) -> NDArray:
    return captured(network, (_as_tensor(images), torch.zeros(len(images), dtype=torch.int64)), device).logits


def _as_tensor(images: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(images[:, None].astype(np.float32))


def _binary(images: Images) -> NDArray[np.uint8]:
    return (images.pixels > 0).astype(np.uint8)


def _means(group: Labelled) -> NDArray[np.float64]:
    """Mean image of each of the K classes; NaN where there is none."""
    means = np.full((K, 9, 9), np.nan)
    for i in np.unique(group.labels):
        means[i] = group.images[group.labels == i].mean(axis=0)
    return means
