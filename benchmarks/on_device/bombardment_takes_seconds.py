"""The bombardment of the paper, 2^27 inputs, takes less than ten seconds on a GPU.

Random words are drawn on the CPU, since each is a function of its index alone, and looked up on the device.
"""

from __future__ import annotations

import time

from benchmarks.bombardment import GAIN, TOP
from benchmarks.bombardment import K as CLASSES
from benchmarks.rows import Row
from experiments.bombardment.fast_network import weights_of
from experiments.bombardment.shards import Shard, bombarded, merged
from experiments.networks import BombardedNet
from experiments.training import initial_weights_of

LOG2_INPUTS, LOG2_SHARD = 27, 23
MOST = 10  # seconds


def rows(device: str) -> list[Row]:
    with initial_weights_of(0):
        network = BombardedNet(CLASSES).eval().requires_grad_(False)
    for parameter in network.parameters():
        parameter.mul_(GAIN)
    weights, size = weights_of(network), 2**LOG2_SHARD
    shards = [Shard(weights, 0, start, start + size, TOP, device) for start in range(0, 2**LOG2_INPUTS, size)]
    bombarded(shards[0])  # the device warms up
    start = time.perf_counter()
    found = merged(map(bombarded, shards))  # on the CPU when it returns, so all is done
    taken = time.perf_counter() - start
    assert found.counts.sum() == 2**LOG2_INPUTS
    return [Row("bombardment", f"2^{LOG2_INPUTS} inputs", taken, MOST, unit="s")]
