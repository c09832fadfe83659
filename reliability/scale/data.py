"""Generated features on disk: a Gaussian for each of ten classes, test points of the same, OOD points between them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

K, H = 10, 512
SHARD = 100_000


def class_means(K: int = K, H: int = H) -> NDArray[np.float32]:
    """Random means (K, H), about 4 standard deviations apart. The weights of the heads are four times these."""
    return np.random.default_rng(0).standard_normal((K, H), dtype=np.float32) * np.float32(np.sqrt(8 / H))


def write_shards(folder: Path, n: int, seed: int, means: NDArray[np.float32], ood: bool = False) -> None:
    """Write n features (float32) and labels in shards of 100,000; a shard that is there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    K, H = means.shape
    for shard in tqdm(range(-(-n // SHARD)), desc=folder.name, leave=False, disable=n <= SHARD):
        rows, path = min(SHARD, n - shard * SHARD), folder / f"z-{shard}.npy"
        if path.exists():
            continue
        rng = np.random.default_rng([seed, shard])
        labels = rng.integers(K, size=rows)
        z = rng.standard_normal((rows, H), dtype=np.float32)
        z += 0.5 * (means[labels] + means[rng.integers(K, size=rows)]) if ood else means[labels]
        np.save(folder / f"labels-{shard}.npy", labels)
        _save_whole(path, z)


def _save_whole(path: Path, z: NDArray[np.float32]) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, z)
    part.replace(path)


def first_shards(folder: Path, n: int, whole: Path) -> None:
    """The first n features of a folder of shards, as links to whole shards or a copy of a part of the first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if n < SHARD:
        for name in ("z", "labels"):
            np.save(folder / f"{name}-0.npy", np.load(whole / f"{name}-0.npy", mmap_mode="r")[:n])
        return
    for shard in range(n // SHARD):
        for name in ("z", "labels"):
            os.link(whole / f"{name}-{shard}.npy", folder / f"{name}-{shard}.npy")
