"""All runs of an experiment: those that are recorded are skipped, the others are done and recorded one by one."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from threadpoolctl import threadpool_limits

from experiments.running.claiming import claimed
from experiments.running.provenance import data_sources, provenance
from experiments.running.records import Given, Outcome, Record, record_path, records, scratch_of, write_record
from experiments.running.stretches import seconds_before
from experiments.running.workers import here
from softmax_geometry.checks import InputError

_ALONE = threading.Lock()


@dataclass(frozen=True)
class _Task:
    experiment: str
    config: Any
    given: Given
    path: Path


def sweep(
    experiment: str, preset: str, seeds: Sequence[int], given: Given, out: Path, labels: Collection[str] | None = None
) -> list[Record]:
    """Do the runs of a preset with these seeds that are not recorded in `out` yet; the records of all seeds there.

    Runs are independent tasks for `given.workers`, except of an experiment that is itself made of shards: its
    runs are steered from here and their shards are the tasks. `labels` leaves all other configurations out. Several
    processes can work on one folder: each run is done by one of them, and all wait until all they want are done.

    Raises
    ------
    InputError
        If the preset is unknown, data are missing, or `out` cannot be written.
    TrainingFailed
        If a training cannot go on. What was finished before is recorded in either case.
    """
    module = import_module(f"experiments.{experiment}")
    if preset not in module.PRESETS:
        raise InputError(f"preset: expected {' or '.join(module.PRESETS)}, got {preset!r}")
    configs = [config for config in module.PRESETS[preset] if labels is None or config.label in labels]
    folder = out / experiment / preset
    _make(folder)
    sharded = getattr(module, "SHARDED", False)
    runners, takers = (here, given.workers) if sharded else (given.workers, here)
    tasks = {}
    for seed in seeds:
        for config in configs:
            path = record_path(folder, config, seed)
            if path.exists():
                shutil.rmtree(scratch_of(path), ignore_errors=True)
            own = replace(given, seed=seed, scratch=scratch_of(path), workers=takers)
            tasks[path] = _Task(experiment, config, own, path)
    while missing := [path for path in tasks if not path.exists()]:
        with claimed(missing, most=1 if runners is here else None) as mine:
            for task, (outcome, how) in runners.map(_finished, [tasks[path] for path in mine]):
                options = f"--seeds {task.given.seed}, --device {given.device} --threads {given.threads}"
                command = f"python -m experiments run {experiment} --preset {preset} {options} --data DATA"
                how = {"command": command, **how, "data": data_sources(outcome.images)}
                write_record(task.path, task.config, task.given.seed, outcome, how)
                shutil.rmtree(scratch_of(task.path), ignore_errors=True)
    return records(folder, configs)


def recorded(experiment: str, preset: str, out: Path) -> list[Record]:
    """The recorded runs of a preset; none if the experiment has no such preset."""
    configs = import_module(f"experiments.{experiment}").PRESETS.get(preset, ())
    return records(out / experiment / preset, configs)


def caveats_of(found: Sequence[Record]) -> dict[str, str]:
    """In what way the data sets of these runs are not the published ones."""
    return {name: text for record in found for name, text in record.caveats.items()}


def _finished(task: _Task) -> tuple[Outcome, dict[str, Any]]:
    """Do a run; one at a time in each process, since torch's randomness and threads belong to the process."""
    with _ALONE:
        return _finished_alone(task)


def _finished_alone(task: _Task) -> tuple[Outcome, dict[str, Any]]:
    start, threads = time.monotonic(), torch.get_num_threads()
    torch.set_num_threads(task.given.threads)
    scratch = scratch_of(task.path)
    _make(scratch)
    before = seconds_before(scratch)
    try:
        with threadpool_limits(task.given.threads):
            outcome = import_module(f"experiments.{task.experiment}").run(task.config, task.given)
            return outcome, provenance(task.given.device, before + time.monotonic() - start)
    finally:
        torch.set_num_threads(threads)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"out: expected a folder that can be made, got {folder} ({error.strerror})") from error
