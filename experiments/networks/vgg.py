"""The networks of figure 17: one to four blocks of convolutions."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from softmax_geometry.checks import InputError

WIDTHS = (32, 64, 128, 128)


class VGG(nn.Module):
    """`blocks` times two 3×3 convolutions, pool 2, batchnorm; then dropout, 512 fc, softmax K (appendix C.4.3).

    A ReLU follows each convolution and the fc layer. The text leaves open the padding (here: one pixel, since four
    blocks fit into 28×28 only so) and the dropout rate (here: 0.5).

    Raises
    ------
    InputError
        If `blocks` is not 1 to 4.
    """

    def __init__(self, blocks: int, K: int = 10, dropout: float = 0.5, channels: int = 1, size: int = 28) -> None:
        if not 1 <= blocks <= len(WIDTHS):
            raise InputError(f"blocks: expected 1 to {len(WIDTHS)}, got {blocks}")
        super().__init__()
        layers: list[nn.Module] = []
        for width in WIDTHS[:blocks]:
            layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
            layers += [nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.BatchNorm2d(width)]
            channels = width
        convolutions = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            flat = convolutions.eval()(torch.zeros(1, next(convolutions.parameters()).shape[1], size, size)).shape[1]
        self.body = nn.Sequential(convolutions.train(), nn.Dropout(dropout), nn.Linear(flat, 512), nn.ReLU())
        self.head = nn.Linear(512, K)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        return self.head(self.body(x))
