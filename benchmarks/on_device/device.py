"""A torch device: how fast it moves memory and multiplies matrices, and how to wait for it."""

from __future__ import annotations

from functools import cache, partial

import torch

from benchmarks.machine import Machine
from benchmarks.timing import Call, medians

COPIED = 2**30  # bytes: far more than any cache of a GPU holds
SIDE = 8192
DTYPES = ("float32", "float64", "bfloat16")


def waiting_for(device: str) -> Call:
    """What returns once the device has done all it was told to."""
    if torch.device(device).type == "cuda":
        return partial(torch.cuda.synchronize, device)
    return lambda: None


def name_of(device: str) -> str:
    """The name of the GPU, or "CPU"."""
    return torch.cuda.get_device_name(device) if torch.device(device).type == "cuda" else "CPU"


@cache
def this_device(device: str) -> Machine:
    """The device's rates, as torch reaches them."""
    wait = waiting_for(device)
    source = torch.ones(COPIED // 4, device=device)
    target = torch.empty_like(source)
    (copying,) = medians(lambda: target.copy_(source), wait=wait)
    rates = {}
    for dtype in DTYPES:
        a = torch.ones(SIDE, SIDE, dtype=getattr(torch, dtype), device=device)
        (product,) = medians(lambda a=a: a @ a, wait=wait)
        rates[dtype] = 2 * SIDE**3 / product
    return Machine(2 * COPIED / copying, rates)
