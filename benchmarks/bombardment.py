"""The bombarded network by look-up passes at least five times the inputs of the plain float32 network, on a CPU.

Both find the very same most confident inputs of each class. Look-up reads rows of a table of 12 MB in place of the two
convolutions: in its profile on one thread, the 48 rows of an input take 38 %, their addresses 14 %, pooling 11 %, the
two dense layers 20 %, log-odds 11 % and random words 6 %.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from benchmarks.machine import this_machine
from benchmarks.rows import Row
from experiments.bombardment.fast_network import FastBombardedNet, weights_of
from experiments.bombardment.inputs import inputs, seen_words
from experiments.bombardment.shards import BLOCK, found_in, log_odds
from experiments.networks import BombardedNet
from experiments.training import initial_weights_of

N = 2**14
BATCHES = (64, 128, 256, 512, 1024, 4096)
ROUNDS = 5
K, TOP = 10, 16
GAIN = 2.0  # of the initial weights, for logits that differ as a trained network's do
ROWS_READ, ROW_BYTES = 48, 32 * 4
DENSE_OPERATIONS = 2 * (128 * 64 + 64 * K)


def rows() -> list[Row]:
    """Both on one thread, in turn and equally often; the plain one at its best batch, its inputs ready made."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with initial_weights_of(0), torch.inference_mode():
            network = BombardedNet(K).eval()
            for parameter in network.parameters():
                parameter.mul_(GAIN)
            plain, fast, same = compared(network)
            table = FastBombardedNet(weights_of(network)).table.nbytes
    finally:
        torch.set_num_threads(threads)
    case = f"{N} inputs, 1 thread"
    least = this_machine().seconds(N * ROWS_READ * ROW_BYTES, N * DENSE_OPERATIONS, "float32")
    return [
        Row("inputs/s, look-up / plain float32 network", case, fast / plain, 5, at_most=False, floor=N / fast / least),
        Row(
            f"look-up, share of the {TOP} best of each class that agree", f"{ROUNDS * N} inputs", same, 1, at_most=False
        ),
        Row("look-up, memory of the table", "3 x 2^15 x 32 float32", table / 2**20, 12, unit="MiB"),
    ]


def compared(network: BombardedNet) -> tuple[float, float, float]:
    """Most inputs per second of either way in all rounds, and the share of their most confident inputs that agree."""
    quick, block = FastBombardedNet(weights_of(network)), BLOCK["cpu"]
    rates, logits = ([], []), ([], [])
    for start in range(0, ROUNDS * N, N):
        images = torch.from_numpy(inputs(0, start, start + N)[:, None].astype(np.float32))
        words = seen_words(0, start, start + N)
        turns = [
            (
                timed(lambda some=batch, those=images: [network(part) for part in those.split(some)]),
                timed(lambda those=words: [quick.logits(those[i : i + block]) for i in range(0, N, block)]),
            )
            for batch in BATCHES
        ]
        for side, of_side in enumerate(zip(*turns, strict=True)):
            rates[side].extend(rate for rate, _ in of_side)
            logits[side].extend(of_side[-1][1])
    plain, fast = (found_in(*log_odds(torch.cat(parts)), 0, K, TOP).index for parts in logits)
    return max(rates[0]), max(rates[1]), float(np.mean(plain == fast))


def timed(call: Callable[[], list[Tensor]]) -> tuple[float, list[Tensor]]:
    """Inputs per second, and the logits."""
    start = time.perf_counter()
    logits = call()
    return N / (time.perf_counter() - start), logits
