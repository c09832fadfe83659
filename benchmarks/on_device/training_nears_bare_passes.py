"""ResNet18 trains at no less than 60 % of the images a second of its bare forward and backward passes.

The other side has one random batch on the device, the same precision and memory order, and no optimiser: what is left
of ours is drawing, gathering, cropping, mirroring and scaling images, the optimiser, and a seed for each step. At the
rate measured, all 25 trainings of table 1 (five data sets, five seeds, the epochs of the `paper` preset) must fit into
four hours; capturing features afterwards, one forward pass in a hundred epochs, is not counted.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from benchmarks.on_device.device import waiting_for
from benchmarks.rows import Row
from benchmarks.timing import Call, medians
from experiments import benchmark
from experiments.data import Images
from experiments.networks import ResNet18
from experiments.training import Recipe, train

WIDTH, BATCH, STEPS, REPEATS = 64, 256, 100, 3
CLASSES, SEEDS, HOURS, LEAST = 10, 5, 4, 0.6
TRAIN_IMAGES = {"mnist": 60_000, "fashion_mnist": 60_000, "svhn": 73_257, "cifar10": 50_000, "cifar100": 50_000}


def rows(device: str) -> list[Row]:
    ours, bare = medians(our_epoch(device), bare_passes(device), repeats=REPEATS, wait=waiting_for(device))
    rate = BATCH * STEPS / ours
    case = f"width {WIDTH}, {STEPS} batches of {BATCH}"
    return [
        Row("ResNet18: images/s, ours / bare forward and backward", case, bare / ours, LEAST, at_most=False),
        Row("ResNet18: images in a second", case, rate, unit="images/s"),
        Row(f"hours for the {runs()} runs of table 1", f"{images()} images", images() / rate / 3600, HOURS, unit="h"),
    ]


def our_epoch(device: str) -> Call:
    rng, n = np.random.default_rng(0), BATCH * STEPS
    images = Images(rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), rng.integers(0, CLASSES, n), "noise", {})
    paper = benchmark.PRESETS["paper"][0]
    recipe = Recipe(
        1,
        BATCH,
        "sgd",
        paper.learning_rate,
        weight_decay=paper.weight_decay,
        schedule="warmup_cosine",
        augment=paper.augment,
    )
    network = ResNet18(CLASSES, WIDTH)
    return lambda: train(network, images, recipe, seed=0, device=device)


def bare_passes(device: str) -> Call:
    network = ResNet18(CLASSES, WIDTH).to(device).to(memory_format=torch.channels_last)  # pyright: ignore
    inputs = torch.rand(BATCH, 3, 32, 32, device=device).to(memory_format=torch.channels_last)
    labels = torch.randint(0, CLASSES, (BATCH,), device=device)

    def passes() -> None:
        for _ in range(STEPS):
            network.zero_grad()
            with torch.autocast(inputs.device.type, torch.bfloat16, enabled=inputs.device.type == "cuda"):
                loss = nn.functional.cross_entropy(network(inputs), labels)
            loss.backward()

    return passes


def runs() -> int:
    return SEEDS * len(benchmark.PRESETS["paper"])


def images() -> int:
    """How many images all runs of the `paper` preset train on, each epoch counted."""
    return SEEDS * sum(
        config.epochs * config.members * min(config.train_images, TRAIN_IMAGES[config.data])
        for config in benchmark.PRESETS["paper"]
    )
