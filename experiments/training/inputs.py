"""Images as network inputs, and what a trained network makes of them."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from experiments.data import Images
from softmax_geometry.capture import Captured, capture

Data = Images | tuple[Tensor, Tensor]
"""Images, or inputs (N, …) with labels (N,) that go into the network as they are."""

ONEDNN_CHANNEL_BLOCK = 16


def as_tensors(data: Data) -> tuple[Tensor, Tensor]:
    """Pixels or inputs, and labels."""
    if isinstance(data, Images):
        return torch.tensor(data.pixels), torch.tensor(data.labels)
    return data


def as_inputs(pixels: Tensor) -> Tensor:
    """Bytes (N, h, w) or (N, h, w, 3) as inputs (N, 1 or 3, h, w) in [0, 1]; floating inputs stay as they are.

    Colour images come out in channels-last memory order.
    """
    if pixels.is_floating_point():
        return pixels
    channels_first = pixels.unsqueeze(1) if pixels.ndim == 3 else pixels.permute(0, 3, 1, 2)
    return channels_first.float().div_(255)


def memory_order(model: nn.Module, pixels: Tensor) -> torch.memory_format:
    """Channels last for colour images, which is faster, unless oneDNN would write outside its workspace.

    It does so, on a CPU, in the backward pass of a strided 1×1 convolution of fewer than 16 channels that lie last
    (oneDNN's issue 6035, open when this was written): a crash with several threads, and undefined with one.
    """
    unsafe = pixels.device.type == "cpu" and any(
        isinstance(layer, nn.Conv2d)
        and layer.kernel_size == (1, 1)
        and layer.stride != (1, 1)
        and layer.in_channels < ONEDNN_CHANNEL_BLOCK
        for layer in model.modules()
    )
    coloured = pixels.ndim == 4 and pixels.shape[-1] == 3
    return torch.channels_last if coloured and not unsafe else torch.contiguous_format


def batches(data: Data, size: int = 500) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs and labels in the order of the images, in batches."""
    pixels, labels = as_tensors(data)
    for start in range(0, len(labels), size):
        yield as_inputs(pixels[start : start + size]), labels[start : start + size]


def captured(model: nn.Module, data: Data, device: str = "cpu", size: int = 500) -> Captured:
    """Features z, logits and labels of all images, and the head, from a network in evaluation mode.

    Raises
    ------
    InputError
        If the logits are not W z + b of the network's last linear layer.
    """
    return capture(model, batches(data, size), device=device)
