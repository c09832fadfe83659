"""Random moves and mirror images of a batch, on the device where it is."""

from __future__ import annotations

import torch
from torch import Generator, Tensor

from experiments.training.recipe import Augmentation

PADDING = 4


def augmented(pixels: Tensor, augment: Augmentation, generator: Generator) -> Tensor:
    """The batch (N, h, w) or (N, h, w, 3) with each image moved by up to four pixels, mirrored, or both.

    Examples
    --------
    >>> augmented(torch.arange(4).reshape(2, 1, 2), "flip", Generator().manual_seed(1)).tolist()
    [[[0, 1]], [[3, 2]]]
    """
    if augment == "none":
        return pixels
    N, h, w = pixels.shape[:3]
    rows, columns = (torch.arange(size, device=pixels.device).expand(N, size) for size in (h, w))
    if "flip" in augment:
        mirrored = torch.rand(N, 1, generator=generator, device=pixels.device) < 0.5
        columns = torch.where(mirrored, columns.flip(1), columns)
    if "crop" in augment:
        moves = torch.randint(0, 2 * PADDING + 1, (2, N, 1), generator=generator, device=pixels.device)
        rows, columns = rows + moves[0], columns + moves[1]
        pixels = _padded(pixels)
    first = torch.arange(N, device=pixels.device)[:, None, None] * pixels.shape[1]
    places = (first + rows[:, :, None]) * pixels.shape[2] + columns[:, None, :]
    return pixels.flatten(0, 2).index_select(0, places.flatten()).unflatten(0, places.shape)


def _padded(pixels: Tensor) -> Tensor:
    N, h, w = pixels.shape[:3]
    padded = pixels.new_zeros(N, h + 2 * PADDING, w + 2 * PADDING, *pixels.shape[3:])
    padded[:, PADDING : PADDING + h, PADDING : PADDING + w] = pixels
    return padded
