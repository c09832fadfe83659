"""What is fuzzed: each target makes its inputs from their numbers, so that every one can be made again."""

from __future__ import annotations

import functools
from pathlib import Path

from experiments.training.checkpoints import load_state
from reliability.fuzzing import command_files, datasets, heads, kept, malicious
from reliability.fuzzing.command_files import good_head
from reliability.fuzzing.commands import command_case
from reliability.fuzzing.target import Target
from reliability.fuzzing.workers import Case, done
from softmax_geometry.head import Head
from softmax_geometry.streams import load_population


def targets() -> list[Target]:
    """All targets."""
    return [*heads.targets(), *datasets.targets(), *kept.targets(), *command_files.targets()]


def malicious_cases() -> dict[str, Case]:
    """Every malicious file before every reader that takes files of its name."""
    cases = {}
    for suffix, files in malicious.tensors().items():
        path = f"x{suffix}"
        for name, content in files.items():
            here = {path: content}
            if "bomb in z" not in name:
                cases[f"Head.load {suffix}: {name}"] = Case(here, functools.partial(done, Head.load, path))
                cases[f"structure {suffix}: {name}"] = command_case(["structure", path], here)
            if suffix != ".pt":
                if "bomb in weight" in name:
                    continue
                cases[f"load_population {suffix}: {name}"] = Case(here, functools.partial(done, load_population, path))
                line = ["score", "good.npz", path, "--out", "out.npz"]
                cases[f"score {suffix}: {name}"] = command_case(line, here | {"good.npz": good_head()})
            else:
                call = functools.partial(done, load_state, Path(path), "mine")
                cases[f"checkpoint: {name}"] = Case(here, call)
    for name, content in malicious.archives().items():
        cases[f"members: {name}"] = Case({}, functools.partial(datasets.read_members, content))
    return cases
