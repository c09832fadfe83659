"""The bombarded network by look-up passes at least three times the inputs of the plain float32 network, on a CPU."""

import time

import numpy as np
import torch

from benchmarks.rows import Row
from experiments.bombardment.fast_network import FastBombardedNet, weights_of
from experiments.bombardment.inputs import inputs, seen_words
from experiments.bombardment.shards import BLOCK
from experiments.networks import BombardedNet
from experiments.training import initial_weights_of

N = 2**14
BATCHES = (64, 128, 256, 512, 1024, 4096)
ROUNDS = 5


def rows() -> list[Row]:
    """Both on one thread, in turn, over inputs not seen before; the plain one at its best batch, inputs ready made."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with initial_weights_of(0), torch.inference_mode():
            network = BombardedNet().eval()
            plain, fast = compared(network)
        case = f"{N} inputs, 1 thread"
        return [Row("inputs/s, look-up / plain float32 network", case, fast / plain, 3, at_most=False)]
    finally:
        torch.set_num_threads(threads)


def compared(network: BombardedNet) -> tuple[float, float]:
    """Most inputs per second of either way in all rounds."""
    quick, block = FastBombardedNet(weights_of(network)), BLOCK["cpu"]
    plain, fast = [], []
    for start in range(0, ROUNDS * N, N):
        images = torch.from_numpy(inputs(0, start, start + N)[:, None].astype(np.float32))
        words = seen_words(0, start, start + N)
        for batch in BATCHES:
            plain.append(rate(lambda some=batch, those=images: [network(part) for part in those.split(some)]))
        fast.append(rate(lambda those=words: [quick.logits(those[i : i + block]) for i in range(0, N, block)]))
    return max(plain), max(fast)


def rate(call) -> float:
    start = time.perf_counter()
    call()
    return N / (time.perf_counter() - start)
