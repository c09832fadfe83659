"""Commands with files that are good, odd or missing."""

from __future__ import annotations

import functools
from functools import cache
from random import Random

import numpy as np

from reliability.fuzzing import arrays
from reliability.fuzzing.commands import OPTIONS, SLOW, command_case, command_line
from reliability.fuzzing.target import Target
from reliability.fuzzing.tensor_files import tensor_file, valid
from reliability.fuzzing.workers import Case

INPUTS = {
    "region": 900,
    "structure": 900,
    "score": 400,
    "diagnose": 300,
    "claims": 200,
    "report": 40,
    "figures": 60,
    "explorer": 20,
}


def targets() -> list[Target]:
    """Every command in this process, and some of them in processes of their own."""
    commands = [Target(f"command {name}", functools.partial(_command, name, False), INPUTS[name]) for name in OPTIONS]
    return [*commands, Target("commands as processes", _process, 40, 120.0)]


def _command(command: str, process: bool, number: int) -> Case:
    files, heads, features = _files(number)
    return command_case(command_line(command, Random(f"{command} {number}"), heads, features), files, process)


def _process(number: int) -> Case:
    names = [name for name in OPTIONS if name not in SLOW] + ["explorer"]
    return _command(names[number % len(names)], True, number + 10**6)


def _files(number: int) -> tuple[dict[str, bytes], list[str], list[str]]:
    """Files for a command line: names of what may be heads and what may be features, mostly good."""
    rng, draw = Random(f"files {number}"), np.random.default_rng(number)
    scale = rng.choice((1.0, 1.0, 1.0, 1e-200, 1e200, 0.0, 1e-30, 1e30))
    weight = draw.normal(size=(rng.choice((2, 3, 3, 3, 6)), 4)) * scale
    if rng.random() < 0.1:
        weight[1] = weight[0]
    files = {
        "good.npz": good_head(),
        "drawn.npz": arrays.npz(
            [
                ("weight", arrays.npy(weight)),
                ("bias", arrays.npy(draw.normal(size=len(weight)) * rng.choice((0, 1, 1e5)))),
            ]
        ),
        "odd.npz": tensor_file(".npz", rng),
        "odd.npy": tensor_file(".npy", rng),
        "odd.safetensors": tensor_file(".safetensors", rng),
        "odd.pt": tensor_file(rng.choice((".pt", "legacy .pt")), rng),
        "z.npz": _population(draw, True),
        "labelled.npz": _good_features(),
        "plain.npz": _population(draw, False),
        "law.npz": valid(".npz")[1],
        "folder.npz/x": b"",
        "shards/z0.npy": tensor_file(".npy", rng) if rng.random() < 0.5 else valid(".npy")[1],
        "a\x1b[31m\nb.npz": b"",
    }
    odd = [
        "odd.npz",
        "odd.npy",
        "odd.safetensors",
        "odd.pt",
        "missing.npz",
        "folder.npz",
        "",
        "a\x1b[31m\nb.npz",
        "nul\0.npz",
        "b" * 300 + ".npz",
    ]
    heads = ["good.npz", "good.npz", "drawn.npz"] * 20 + odd
    features = ["labelled.npz", "labelled.npz", "labelled.npz", "z.npz", "plain.npz"] * 20 + ["law.npz", "shards", *odd]
    return files, heads, features


def _population(rng: np.random.Generator, labelled: bool) -> bytes:
    scale = float(rng.choice([1.0, 1.0, 1.0, 1e-200, 1e200, 1e-30, 1e30]))
    n, H, K = int(rng.choice([1, 2, 7, 40, 40])), 4, int(rng.choice([2, 3, 3, 3, 5]))
    z, labels = rng.normal(size=(n, H)), np.arange(n) % K
    z = np.ones((n, H)) if rng.random() < 0.1 else (z + 3 * np.eye(H)[labels % H]) * scale
    return arrays.npz([("z", arrays.npy(z)), *([("labels", arrays.npy(labels))] if labelled else [])])


@cache
def good_head() -> bytes:
    """A head of three classes and four features."""
    rng = np.random.default_rng(1)
    return arrays.npz([("weight", arrays.npy(rng.normal(size=(3, 4)))), ("bias", arrays.npy(rng.normal(size=3)))])


@cache
def _good_features() -> bytes:
    labels = np.arange(40) % 3
    z = np.random.default_rng(2).normal(size=(40, 4)) + 3 * np.eye(4)[labels]
    return arrays.npz([("z", arrays.npy(z)), ("labels", arrays.npy(labels))])
