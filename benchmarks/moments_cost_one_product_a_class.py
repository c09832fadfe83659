"""Streaming means and covariances of classes cost at most 1.5 times the matrix product Zᵀ Z of each class."""

import numpy as np

from benchmarks.machine import this_machine
from benchmarks.rows import Row
from benchmarks.timing import medians
from softmax_geometry import ClassMoments

N, H, K, BATCH = 10**6, 512, 10, 100_000


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    z, labels = rng.standard_normal((BATCH, H), dtype=np.float32), rng.integers(0, K, BATCH)
    of_class = [z[labels == i].astype(np.float64) for i in range(K)]

    def stream() -> ClassMoments:
        moments = ClassMoments(K, H)
        for _ in range(N // BATCH):
            moments.add(z, labels)
        return moments

    def products() -> None:
        for _ in range(N // BATCH):
            for block in of_class:
                block.T @ block

    ours, product = medians(stream, products, repeats=3)
    floor = ours / this_machine().seconds(moved=N * H * z.itemsize, operations=N * H**2)
    return [Row("moments of classes / their products Zᵀ Z", f"N={N} H={H} K={K}", ours / product, 1.5, floor=floor)]
