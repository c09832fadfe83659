"""The log-space scores move their logits at no less than 70 % of the bandwidth of a copy.

A score has to read each logit once and to write one number a row: its share is those bytes over the bytes that a copy,
timed in turn with it, moves in the same time. Where each step is a kernel of its own, every step reads and writes the
block again, so that the share is about one over the number of passes, whatever the GPU.
"""

from __future__ import annotations

import torch

from benchmarks.on_device.device import waiting_for
from benchmarks.rows import Row
from benchmarks.timing import medians
from softmax_geometry import U_entropy_log, U_max_log

SIZES = ((10**7, 10), (10**6, 1000))
LEAST = 0.7


def rows(device: str) -> list[Row]:
    return [row for n, K in SIZES for dtype in (torch.float32, torch.float64) for row in shares(n, K, dtype, device)]


def shares(n: int, K: int, dtype: torch.dtype, device: str) -> list[Row]:
    """Of both scores, of n random rows of K logits."""
    generator = torch.Generator(device).manual_seed(0)
    logits = 5 * torch.randn(n, K, dtype=dtype, device=device, generator=generator)
    target = torch.empty_like(logits)
    copy, *seconds = medians(
        lambda: target.copy_(logits),
        lambda: U_max_log(logits),
        lambda: U_entropy_log(logits),
        wait=waiting_for(device),
    )
    bandwidth = 2 * logits.nbytes / copy
    moved = logits.nbytes + n * logits.itemsize
    case = f"{n}×{K} {str(dtype).removeprefix('torch.')}"
    return [
        Row(f"{score.__name__}, share of copy bandwidth", case, moved / taken / bandwidth, LEAST, at_most=False)
        for score, taken in zip((U_max_log, U_entropy_log), seconds, strict=True)
    ]
