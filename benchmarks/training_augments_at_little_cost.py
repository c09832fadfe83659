"""Training with crops and mirror images costs at most 1.3 times the same network on one batch that stays in memory.

The other side has nothing to feed: the same network, loss and optimiser as PyTorch builds them, over and over on one
tensor of inputs. What is left of ours is drawing, gathering, scaling, the learning rate, and a seed for each step. The
toy network, whose step is nearly all overhead, shows what that comes to where it weighs most.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from benchmarks.rows import Row
from benchmarks.timing import ratio_of_medians
from experiments.data import Images
from experiments.networks import ResNet18, ToyMLP
from experiments.training import Recipe, as_inputs, train
from experiments.training.inputs import Data, as_tensors

K = 10
RECIPE = {"optimiser": "sgd", "learning_rate": 0.01, "weight_decay": 0.01, "schedule": "warmup_cosine"}


def rows() -> list[Row]:
    return [
        resnet18(width=16, batch=64, steps=12, repeats=7),
        resnet18(width=64, batch=64, steps=2, repeats=3),
        toy(batch=64, steps=200),
    ]


def resnet18(width: int, batch: int, steps: int, repeats: int) -> Row:
    """Our loop over an epoch of `steps` batches against as many steps on the first of them."""
    rng, n = np.random.default_rng(0), batch * steps
    images = Images(rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), rng.integers(0, K, n), "noise", {})
    recipe = Recipe(1, batch, augment="crop_flip", **RECIPE)
    figure = ratio(lambda: channels_last(ResNet18(K, width)), images, recipe, steps, repeats)
    case = f"width {width}, {steps} batches of {batch}"
    return Row("ResNet18: ours, augmented / one resident batch", case, figure, 1.3)


def channels_last(model: nn.Module) -> nn.Module:
    return model.to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]


def toy(batch: int, steps: int) -> Row:
    points = torch.randn(batch * steps, 2), torch.randint(0, K, (batch * steps,))
    figure = ratio(lambda: ToyMLP(K=K), points, Recipe(1, batch, **RECIPE), steps, repeats=7)
    return Row("toy network: ours / one resident batch", f"{steps} batches of {batch}", figure)


def ratio(network: Callable[[], nn.Module], data: Data, recipe: Recipe, steps: int, repeats: int) -> float:
    ours, other = network(), network()
    pixels, labels = as_tensors(data)
    inputs, labels = as_inputs(pixels[: recipe.batch_size]), labels[: recipe.batch_size]
    optimiser = torch.optim.SGD(
        other.parameters(), recipe.learning_rate, 0.9, weight_decay=recipe.weight_decay, nesterov=True
    )

    def resident() -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            nn.functional.cross_entropy(other(inputs), labels).backward()
            optimiser.step()

    return ratio_of_medians(lambda: train(ours, data, recipe, seed=0), resident, repeats)
