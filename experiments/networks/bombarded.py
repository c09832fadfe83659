"""The small network of figure 7, whose whole input space can be searched at random."""

from __future__ import annotations

from torch import Tensor, nn


class BombardedNet(nn.Module):
    """16×(3,3) → 32×(3,3) → pool 2 → 64×(2,2) → softmax K for images (N, 1, 9, 9) (appendix C.4.2).

    Convolutions without padding and a ReLU after each: 9 → 7 → 5 → 2 → 1, so H = 64. The fifth row and column of
    the second convolution fall to the pooling, and with them the ninth of the image: they change nothing.
    """

    def __init__(self, K: int = 10) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 16, 3), nn.ReLU(),
            nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 2), nn.ReLU(),
            nn.Flatten(),
        )  # fmt: skip
        self.head = nn.Linear(64, K)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        return self.head(self.body(x))
