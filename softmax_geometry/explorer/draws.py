"""The standard normal pairs from which the explorer makes its points, the same on every run."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

N = 600
"""Points of each kind; a multiple of every number of classes from 2 to 6."""


@cache
def draws() -> dict[str, list[list[float]]]:
    """Pairs of standard normal numbers (600 × 2) for training, test and OOD points, rounded to five decimals.

    They are quasi-random (scrambled Sobol points), so that the shares and rates of the page are close to those of the
    laws they stand for; each class gets one block of N/K consecutive pairs of the first two.

    Examples
    --------
    >>> {kind: len(pairs) for kind, pairs in draws().items()}
    {'train': 600, 'test': 600, 'ood': 600}
    """
    power = (N - 1).bit_length()
    return {
        kind: ndtri(qmc.Sobol(2, rng=np.random.default_rng(seed)).random_base2(power)[:N]).round(5).tolist()
        for seed, kind in enumerate(("train", "test", "ood"))
    }


def draws_javascript() -> str:
    """The JavaScript line that defines `draws`."""
    return f"const draws = {json.dumps(draws(), separators=(',', ':'))};\n"
