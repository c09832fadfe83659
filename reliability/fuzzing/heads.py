"""`Head.load`, and features as a whole or in shards, from files of every kind."""

from __future__ import annotations

import functools
from random import Random

from reliability.fuzzing.target import Target
from reliability.fuzzing.tensor_files import tensor_file
from reliability.fuzzing.workers import Case, done
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.streams import load_features, load_population

INPUTS = {".npz": 15_000, ".npy": 15_000, ".safetensors": 14_000, ".pt": 6_000, "legacy .pt": 7_000}


def targets() -> list[Target]:
    """Heads of each kind of file, and half as many features of those that hold features."""
    heads = [Target(f"Head.load {suffix}", functools.partial(_head, suffix), n) for suffix, n in INPUTS.items()]
    features = [
        Target(f"features {suffix}", functools.partial(_features, suffix), n // 2)
        for suffix, n in INPUTS.items()
        if suffix not in (".pt", "legacy .pt")
    ]
    return [*heads, *features]


def _head(suffix: str, number: int) -> Case:
    rng = Random(f"head {suffix} {number}")
    path = f"x{suffix.split()[-1] if rng.random() < 0.5 else suffix.split()[-1].replace('.pt', '.pth')}"
    files, bias, key = {path: tensor_file(suffix, rng)}, None, None
    if suffix == ".npy" and rng.random() < 0.3:
        bias, files["b.npy"] = "b.npy", tensor_file(".npy", rng)
    if rng.random() < 0.1:
        key = rng.choice(("fc", "2", "weight", "fc.weight", "0.weight", "\n"))
    return Case(files, functools.partial(done, Head.load, path, bias, key))


def _features(suffix: str, number: int) -> Case:
    rng = Random(f"features {suffix} {number}")
    files = {f"x{suffix}": tensor_file(suffix, rng)}
    if suffix == ".npy" and rng.random() < 0.3:
        files = {f"s/{name}{i}.npy": tensor_file(".npy", rng) for name in ("z", "labels") for i in range(2)}
        return Case(files, functools.partial(_streamed, "s"))
    return Case(files, functools.partial(done, rng.choice((Features.load, load_population)), f"x{suffix}"))


def _streamed(folder: str) -> None:
    for _ in load_features(folder).map(len):
        pass
