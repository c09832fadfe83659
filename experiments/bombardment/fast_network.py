"""The bombarded network on binary inputs, by table look-up.

Pooling drops the fifth row and column of the second convolution. So of 9×9 pixels only the upper left 8×8 reach the
logits, 64 bits of 81, and only 6×6 positions of the first and 4×4 of the second convolution are needed.

One kernel row of the second convolution takes in three neighbouring outputs of the first one, hence 3×5 binary
pixels: 2^15 patterns, whose 32 sums are tabulated, for each of the three kernel rows. The second convolution at a
position is then the sum of three rows of a table of 12 MB, bias included; pooling and ReLU can be exchanged. What is
left is dense: 128 → 64 → K. Nothing is approximated: tables are summed in float64 and rounded to float32, so logits
differ from those of the plain float32 network as two orders of its sums do.

The same code runs on any torch device.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from experiments.bombardment.inputs import SEEN_SIDE, bits
from experiments.networks import BombardedNet

_PATTERNS = 1 << 15  # of 3×5 binary pixels
_KERNEL = 3
_POSITIONS = 4  # of the second convolution, along a side, that are pooled


class FastBombardedNet:
    """What a `BombardedNet` computes, for inputs given as words of 64 seen pixels (`seen_words`).

    Parameters
    ----------
    weights : name → array
        As `weights_of` gives them.
    device : str
        A torch device.
    """

    def __init__(self, weights: Mapping[str, NDArray], device: str = "cpu") -> None:
        self.table = torch.tensor(_table(weights)).to(device)
        third = weights["body.5.weight"]  # (64, 32, 2, 2), here to take (2, 2, 32) in this order
        self.third = torch.tensor(third.transpose(0, 2, 3, 1).reshape(len(third), -1)).to(device)
        self.third_bias = torch.tensor(weights["body.5.bias"]).to(device)
        self.head = torch.tensor(weights["head.weight"]).to(device)
        self.head_bias = torch.tensor(weights["head.bias"]).to(device)

    @torch.inference_mode()
    def logits(self, words: NDArray[np.uint64]) -> Tensor:
        """Logits (n, K) in float32 on the device, for words (n,)."""
        n = len(words)
        patterns = _patterns(torch.from_numpy(words.view(np.int64)).to(self.table.device))
        second = functional.embedding_bag(patterns.view(-1, _KERNEL), self.table, mode="sum")
        pooled = second.view(2, 2, 2, 2, n, -1).amax(dim=3).amax(dim=1).relu_()
        features = functional.linear(pooled.permute(2, 0, 1, 3).reshape(n, -1), self.third, self.third_bias).relu_()
        return functional.linear(features, self.head, self.head_bias)


def weights_of(network: BombardedNet) -> dict[str, NDArray]:
    """The parameters by name as arrays, which can be sent to another process."""
    return {name: tensor.cpu().numpy() for name, tensor in network.state_dict().items()}


def _patterns(words: Tensor) -> Tensor:
    """Rows of the table (4, 4, n, 3) that make up the second convolution at its 4×4 positions."""
    rows = torch.stack([words >> (SEEN_SIDE * row) for row in range(SEEN_SIDE)]).int() & 0xFF
    fives = torch.stack([(rows >> column) & 0b11111 for column in range(_POSITIONS)], dim=1)
    patterns = fives[:-2] | fives[1:-1] << 5 | fives[2:] << 10
    tables = [patterns[row : row + _POSITIONS] + row * _PATTERNS for row in range(_KERNEL)]
    return torch.stack(tables, dim=-1)


def _table(weights: Mapping[str, NDArray]) -> NDArray[np.float32]:
    """What each kernel row of the second convolution makes of each pattern, (3 · 2^15, 32)."""
    kernel, bias = weights["body.0.weight"].reshape(-1, 9).astype(np.float64), weights["body.0.bias"]
    patches = bits(np.arange(1 << 9, dtype=np.uint64))[:, :9].astype(np.float64)
    first = np.maximum(patches @ kernel.T + bias, 0)  # of each 3×3 patch
    pattern, places = np.arange(_PATTERNS)[:, None], np.arange(_KERNEL)
    patch = sum((pattern >> (5 * row + places) & 0b111) << 3 * row for row in range(3))
    second = weights["body.2.weight"].astype(np.float64).transpose(2, 3, 1, 0)  # (3 rows, 3 places, 16, 32)
    tables = first[patch].reshape(_PATTERNS, -1) @ second.reshape(_KERNEL, -1, second.shape[-1])
    tables[0] += weights["body.2.bias"]
    return tables.reshape(-1, second.shape[-1]).astype(np.float32)
