"""The most confident inputs of a range of indices, found block by block; ranges merge exactly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from experiments.bombardment.fast_network import FastBombardedNet
from experiments.bombardment.inputs import seen_words
from softmax_geometry.writing import write_npz

BLOCK = {"cpu": 2**10, "cuda": 2**18}  # inputs at a time: what fits a cache; about 1.5 GB of a GPU's memory
LOG_ODDS_EDGES = np.linspace(-3, 40, 87)


@dataclass(frozen=True, eq=False)
class Found:
    """The k most confident inputs of each class in a set of inputs, best first, and counts of all of the set.

    Confidence is the log-odds log(p / (1 − p)) of the top probability p, which orders as p does and does not saturate.
    Of equals the lower index comes first, so the result does not depend on how the set was divided.

    Attributes
    ----------
    log_odds : (K, k) array of float32
        −∞ where a class has fewer inputs.
    index : (K, k) array of int64
        −1 where a class has fewer inputs.
    counts : (K,) array of int64
        Inputs that are taken for each class.
    histogram : (bins,) array of int64
        Of the log-odds, on `LOG_ODDS_EDGES`; the outermost bins are open.
    """

    log_odds: NDArray[np.float32]
    index: NDArray[np.int64]
    counts: NDArray[np.int64]
    histogram: NDArray[np.int64]

    def save(self, path: Path) -> None:
        """Write as `.npz`, whole or not at all."""
        write_npz(path, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Found:
        """Read back."""
        with np.load(path, allow_pickle=False) as file:
            return cls(**{name: file[name] for name in file.files})


@dataclass(frozen=True, eq=False)
class Shard:
    """Inputs start, …, stop − 1 of a seed for a network, whose weights travel as arrays."""

    weights: dict[str, NDArray]
    seed: int
    start: int
    stop: int
    k: int
    device: str = "cpu"
    threads: int = 1


def bombarded(shard: Shard) -> Found:
    """Pass the inputs of a shard through the network.

    Logits of an input can differ in the last bit with the size of its block, so blocks are the same in every division
    into shards that are multiples of a block.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(shard.threads)
    try:
        network = FastBombardedNet(shard.weights, shard.device)
        block = BLOCK[torch.device(shard.device).type]
        scores = []
        for start in range(shard.start, shard.stop, block):
            words = seen_words(shard.seed, start, min(start + block, shard.stop))
            scores.append(log_odds(network.logits(words)))
        confidence, label = map(torch.cat, zip(*scores, strict=True))
        return found_in(confidence, label, shard.start, len(shard.weights["head.bias"]), shard.k)
    finally:
        torch.set_num_threads(threads)


def log_odds(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Log-odds log(p / (1 − p)) of the top probability p of each row, and the class it belongs to.

    Examples
    --------
    >>> log_odds(torch.tensor([[0.0, 50.0], [60.0, 0.0]]))
    (tensor([50., 60.]), tensor([1, 0]))
    """
    top, label = logits.max(dim=1)
    others = logits.scatter(1, label[:, None], -torch.inf)
    return top - torch.logsumexp(others, dim=1), label


def histogram(log_odds: Tensor) -> NDArray[np.int64]:
    """Counts on `LOG_ODDS_EDGES`, the outermost bins being open."""
    bins, (first, second) = len(LOG_ODDS_EDGES) - 1, LOG_ODDS_EDGES[:2]
    bin_of = ((log_odds - first) / (second - first)).clamp(0, bins - 1).long()
    return torch.bincount(bin_of, minlength=bins).cpu().numpy()


def found_in(log_odds: Tensor, label: Tensor, start: int, K: int, k: int) -> Found:
    """What is found in the inputs start, start + 1, … with these log-odds and classes."""
    best, index = np.full((K, k), -np.inf, dtype=np.float32), np.full((K, k), -1)
    for i in range(K):
        mine = torch.nonzero(label == i).squeeze(1)
        if len(mine) > k:
            mine = mine[log_odds[mine] >= log_odds[mine].topk(k).values[-1]]
        mine = mine[torch.sort(log_odds[mine], descending=True, stable=True).indices[:k]]
        best[i, : len(mine)], index[i, : len(mine)] = log_odds[mine].cpu(), start + mine.cpu()
    return Found(best, index, torch.bincount(label, minlength=K).cpu().numpy(), histogram(log_odds))


def merged(parts: Iterable[Found]) -> Found:
    """What is found in the union of disjoint sets of inputs."""
    return reduce(_merged, parts)


def _merged(a: Found, b: Found) -> Found:
    log_odds, index = np.hstack([a.log_odds, b.log_odds]), np.hstack([a.index, b.index])
    order = np.lexsort((index, -log_odds), axis=1)[:, : a.index.shape[1]]
    best = np.take_along_axis(log_odds, order, axis=1), np.take_along_axis(index, order, axis=1)
    return Found(*best, a.counts + b.counts, a.histogram + b.histogram)
