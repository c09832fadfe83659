"""What trainings and runs keep: checkpoints and records."""

from __future__ import annotations

import functools
import json
from functools import cache
from pathlib import Path
from random import Random

import torch

from experiments.running.records import read_record
from experiments.training.checkpoints import load_state
from reliability.fuzzing import arrays
from reliability.fuzzing.mutation import member_mutated, mutated
from reliability.fuzzing.target import Target
from reliability.fuzzing.tensor_files import mixed, nearly, tensor_file
from reliability.fuzzing.workers import Case, done

RECORD = {
    "label": "a",
    "config": {"x": 1},
    "seed": 0,
    "metrics": {"auroc": 0.5},
    "caveats": {},
    "provenance": {"data": {}},
}
ODD = (None, 1, 1e999, "x", [], {}, True, 10**400, "\ud800", [[[]]])


def targets() -> list[Target]:
    """Checkpoints of trainings and records of runs."""
    return [Target("checkpoint of a training", _state, 4000), Target("record of a run", _record, 6000)]


def _state(number: int) -> Case:
    rng = Random(f"state {number}")
    content = mixed(rng, _states(), functools.partial(nearly, ".pt"), member_mutated)
    return Case({"x.pt": content}, functools.partial(done, load_state, Path("x.pt"), "mine"))


@cache
def _states() -> list[bytes]:
    model = {"weight": torch.arange(6.0).reshape(2, 3), "bias": torch.tensor([0.5, -0.5])}
    buffers = {"state": {0: {"momentum_buffer": torch.zeros(2, 3)}}, "param_groups": [{"lr": 0.1, "params": [0, 1]}]}
    return [arrays.saved({"fingerprint": "mine", "model": model, "optimizer": buffers, "step": 3})]


def _record(number: int) -> Case:
    rng = Random(f"record {number}")
    content = dict(RECORD)
    if rng.random() < 0.4:
        content[rng.choice([*RECORD, "path", "arrays", "self", ""])] = rng.choice(ODD)
    if rng.random() < 0.1:
        del content[rng.choice(list(content))]
    text = json.dumps(content).encode()
    if rng.random() < 0.6:
        text = mutated(text, [text], rng)
    if rng.random() < 0.02:
        text = rng.choice((b"[" * 100_000, b'{"a":' * 50_000, b"1" * 100_000, b"\xff\xfe", b"\xef\xbb\xbf{}"))
    files = {"r-seed0.json": text}
    if rng.random() < 0.7:
        files["r-seed0.npz"] = tensor_file(".npz", rng)
    return Case(files, _read_record)


def _read_record() -> None:
    found = read_record(Path("r-seed0.json"))
    assert isinstance(found.arrays, dict)
