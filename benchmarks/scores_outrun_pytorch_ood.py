"""The saturation-free scores take at most half the time of pytorch-ood's entropy, and no longer than log_softmax.

All see the same memory: ours as numpy arrays, the others as torch tensors. Ours run on one thread, torch on all.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmarks.machine import this_machine
from benchmarks.peers import pytorch_ood
from benchmarks.rows import Row
from benchmarks.timing import medians, peak_bytes
from softmax_geometry import U_entropy_log, U_max_log


def torch_entropy(logits: Tensor) -> Tensor:
    log_p = torch.log_softmax(logits, dim=1)
    return -(log_p.exp() * log_p).sum(dim=1)


def torch_max(logits: Tensor) -> Tensor:
    return -torch.log_softmax(logits, dim=1).amax(dim=1)


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    found = []
    for n, K in [(10**6, 10), (10**5, 1000)]:
        for dtype in (np.float32, np.float64):
            logits = (rng.standard_normal((n, K)) * 5).astype(dtype)
            for score, reduced in ((U_max_log, torch_max), (U_entropy_log, torch_entropy)):
                found += compared(score, reduced, logits)
    return found


def compared(score: Callable[[Any], Any], reduced: Callable[[Tensor], Tensor], logits: Any) -> list[Row]:
    tensor = torch.from_numpy(logits)
    entropy = pytorch_ood("detector.entropy").Entropy.score
    ours, theirs, plain = medians(lambda: score(logits), lambda: entropy(tensor), lambda: reduced(tensor), repeats=5)
    case = f"{len(logits)}×{logits.shape[1]} {logits.dtype.name}"
    floor = ours / this_machine().seconds(moved=logits.nbytes)
    extra = peak_bytes(lambda: score(logits)) - len(logits) * logits.itemsize
    name = score.__name__
    return [
        Row(f"pytorch-ood's entropy / {name}", case, theirs / ours, 2, at_most=False, floor=floor),
        Row(f"{name} / torch.log_softmax and reduction", case, ours / plain, 1, floor=floor),
        Row(f"{name}: memory beside the result / input", case, extra / logits.nbytes, 0.1),
    ]
