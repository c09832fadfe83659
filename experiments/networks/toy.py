"""The network of figure 1a."""

from __future__ import annotations

from torch import Tensor, nn


class ToyMLP(nn.Module):
    """R² → 16 fc → H fc → softmax K, ReLU after each layer but the last (appendix C.1). Takes points (N, 2)."""

    def __init__(self, H: int = 16, K: int = 3) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, H), nn.ReLU())
        self.head = nn.Linear(H, K)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        return self.head(self.body(x))
