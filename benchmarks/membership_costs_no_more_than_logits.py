"""Telling which of many points lie in the valid region takes no longer than computing their logits.

A million points of a thousand classes have eight gigabytes of logits: a tenth of them is timed.
"""

import numpy as np

from benchmarks.machine import this_machine
from benchmarks.rows import Row
from benchmarks.timing import medians, peak_bytes
from softmax_geometry import Features, Head, valid_region

N, H, K = 10**5, 512, 1000


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    head, z = Head(rng.normal(size=(K, H)) / np.sqrt(H), rng.normal(size=K)), rng.normal(size=(N, H))
    found = []
    for estimator in ("U_max", "U_entropy", "margin"):
        region = valid_region(head, Features(z[:5000]), estimator=estimator)
        ours, logits = medians(lambda r=region: r.contains(z), lambda: z @ head.weight.T + head.bias, repeats=3)
        floor = ours / this_machine().seconds(moved=z.nbytes, operations=2 * N * H * K)
        case = f"N={N} H={H} K={K}"
        found.append(Row(f"membership of {estimator} / logits", case, ours / logits, 1, floor=floor))
        memory = peak_bytes(lambda r=region: r.contains(z)) / (8 * N * K)
        found.append(Row(f"membership of {estimator}: memory / logits", case, memory, 0.1))
    return found
