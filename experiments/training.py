"""One training loop for all experiments: data resident on the device, Adam, cross-entropy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import trange

from experiments.data import Images
from softmax_geometry.capture import as_device


@contextmanager
def initial_weights_of(seed: int) -> Iterator[None]:
    """Models built in this context have the initial weights of the seed; torch's own state is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def as_inputs(pixels: Tensor) -> Tensor:
    """Bytes (N, 28, 28) as network inputs (N, 1, 28, 28) in [0, 1]."""
    return pixels.unsqueeze(1).float() / 255


def batches(images: Images, size: int = 500) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs and labels in the order of the images, in batches."""
    for start in range(0, len(images), size):
        pixels = torch.tensor(images.pixels[start : start + size])
        yield as_inputs(pixels), torch.tensor(images.labels[start : start + size])


def train(
    model: nn.Module,
    images: Images,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    seed: int,
    device: str = "cpu",
    progress: bool = False,
) -> None:
    """Train in place with Adam on the mean cross-entropy; the order of the batches comes from `seed`.

    The same seed gives the same weights on the same machine, versions and number of threads.

    Raises
    ------
    InputError
        If the device does not exist.
    """
    device = as_device(device)
    model.to(device).train()
    pixels, labels = torch.tensor(images.pixels).to(device), torch.tensor(images.labels).to(device)
    order = np.random.default_rng(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=learning_rate)
    loss_of = nn.CrossEntropyLoss()
    for _ in trange(epochs, desc="train", unit="epoch", disable=not progress):
        for chosen in torch.tensor(order.permutation(len(images))).to(device).split(batch_size):
            loss = loss_of(model(as_inputs(pixels[chosen])), labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    model.eval()
