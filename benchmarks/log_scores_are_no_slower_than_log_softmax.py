"""The saturation-free scores take no longer than `scipy.special.log_softmax` alone, in a tenth of the memory."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import log_softmax

from benchmarks.rows import Row
from benchmarks.timing import peak_bytes, ratio_of_medians
from softmax_geometry import U_entropy_log, U_max_log


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    found = []
    for n, K in [(10**6, 10), (10**5, 1000)]:
        for dtype in (np.float32, np.float64):
            logits = (rng.standard_normal((n, K)) * 5).astype(dtype)
            for score in (U_max_log, U_entropy_log):
                found += compared(score, logits)
    return found


def compared(score: Callable[[Any], Any], logits: Any) -> list[Row]:
    case = f"{len(logits)}x{logits.shape[1]} {logits.dtype.name}"
    time = ratio_of_medians(lambda: score(logits), lambda: log_softmax(logits, axis=1))
    extra = peak_bytes(lambda: score(logits)) - len(logits) * logits.itemsize
    return [
        Row(f"{score.__name__} / log_softmax, time", case, time, 1.0),
        Row(f"{score.__name__}, memory beside result / input", case, extra / logits.nbytes, 0.1),
    ]
