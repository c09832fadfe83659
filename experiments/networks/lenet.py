"""LeNet."""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

Activation = Literal["relu", "tanh"]
_ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class LeNet(nn.Module):
    """The LeNet of figures 1b, 4, 5, 6, 13 and 16 (appendix C), for images (N, 1, 28, 28).

    32×(5,5) → 64×(3,3) → pool 2 → 128×(3,3) → pool 2 → H fc → softmax K, convolutions without padding and an
    activation after each layer: the features z are what comes out of the last activation.
    """

    def __init__(self, H: int, K: int, activation: Activation = "relu") -> None:
        super().__init__()
        act = _ACTIVATIONS[activation]
        self.body = nn.Sequential(
            nn.Conv2d(1, 32, 5), act(),
            nn.Conv2d(32, 64, 3), act(), nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 3), act(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(128 * 4 * 4, H), act(),
        )  # fmt: skip
        self.head = nn.Linear(H, K)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        return self.head(self.body(x))
