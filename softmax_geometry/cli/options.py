"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from tyro.conf import arg

from softmax_geometry.checks import InputError
from softmax_geometry.density import Method

HeadFile = Annotated[
    Path, arg(help="the head: .npz (weight, bias), .npy (weight), .safetensors, or a torch checkpoint")
]
FeatureFile = Annotated[
    Path,
    arg(
        help="features: .npz (z, and labels where needed), .npy (z), .safetensors, or a folder of shards z*.npy "
        "(labels*.npy), which need not fit into memory"
    ),
]
FitMethod = Annotated[
    Method | None, arg(help="how the density is fitted: EM, or a Gaussian for each class (so by default for shards)")
]
BiasFile = Annotated[Path | None, arg(help="the bias as a second .npy, where the head is a .npy")]
Key = Annotated[str | None, arg(help="name of the weight tensor or of its layer, where the file holds several")]
Precision = Annotated[Literal["float32", "float64"], arg(help="of the logits the plain scores saturate in")]
Json = Annotated[bool, arg(help="print JSON for machines instead of a table")]


def seeded(seed: int) -> np.random.Generator:
    """A generator from a seed ≥ 0.

    Raises
    ------
    InputError
        If the seed is negative.
    """
    if seed < 0:
        raise InputError(f"--seed: expected a whole number >= 0, got {seed}")
    return np.random.default_rng(seed)
