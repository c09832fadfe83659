"""Files of tensors: nearly valid ones, mutants of valid ones, and noise."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from functools import cache
from random import Random

import numpy as np
import torch
from safetensors.numpy import save

from reliability.fuzzing import arrays
from reliability.fuzzing.mutation import member_mutated, mutated, noise


def tensor_file(suffix: str, rng: Random) -> bytes:
    """A file of this kind, in one of the ways of `mixed`."""
    rewrap = member_mutated if suffix in (".npz", ".pt") else None
    return mixed(rng, valid(suffix), functools.partial(nearly, suffix), rewrap)


def mixed(
    rng: Random, valid: Sequence[bytes], nearly: Callable[[Random], bytes], rewrap: Callable | None = None
) -> bytes:
    """A nearly valid file, a mutated valid one (its contents mutated where they are wrapped), or noise."""
    kind = rng.random()
    if kind < 0.25:
        content = nearly(rng)
        return content if rng.random() < 0.8 else mutated(content, valid, rng)
    if kind < 0.9:
        chosen = rng.choice(valid)
        return rewrap(chosen, rng) if rewrap is not None and rng.random() < 0.6 else mutated(chosen, valid, rng)
    return noise(valid, rng)


@cache
def valid(suffix: str) -> list[bytes]:
    """Files of this kind with heads, features and laws."""
    rng = np.random.default_rng(0)
    weight, bias, z, labels = rng.normal(size=(3, 4)), rng.normal(size=3), rng.normal(size=(12, 4)), np.arange(12) % 3
    both = {"weight": weight, "bias": bias, "z": z, "labels": labels}
    law = {"means": weight, "covariances": np.stack([np.eye(4)] * 3), "priors": np.full(3, 1 / 3)}
    if suffix == ".npy":
        return [arrays.npy(a) for a in (weight, z, z.astype("f4"), np.asfortranarray(weight), weight.astype(">f8"))]
    if suffix == ".npz":
        out = io.BytesIO()
        np.savez_compressed(out, **both)
        named = [arrays.npz([(k, arrays.npy(v)) for k, v in d.items()]) for d in (both, law)]
        return [*named, out.getvalue()]
    if suffix == ".safetensors":
        return [save(both), save({"fc.weight": weight.astype("f4"), "fc.bias": bias.astype("f4"), "z": z}), save(law)]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        mlp = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
    contents = [
        {"weight": torch.tensor(weight), "bias": torch.tensor(bias)},
        {"state_dict": mlp.state_dict(), "epoch": 3},
    ]
    return [arrays.saved(content, legacy=suffix != ".pt") for content in contents]


def nearly(suffix: str, rng: Random) -> bytes:
    """A file of this kind with arrays that hypothesis draws."""
    named = arrays.drawn(arrays.NAMED, rng) or []
    if suffix == ".npy":
        _, spec, declared = named[0] if named else ("z", arrays.Spec("<f8", (3, 4), "normal", False, 0), None)
        return arrays.npy(arrays.built(spec), declared)
    if suffix == ".npz":
        return arrays.npz([(name, arrays.npy(arrays.built(spec), declared)) for name, spec, declared in named])
    if suffix == ".safetensors":
        return arrays.safetensors(named)
    return arrays.checkpoint(named, legacy=suffix != ".pt")
