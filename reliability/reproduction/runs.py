"""The recorded runs of the experiments, done again and compared with their records metric by metric."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from experiments.__main__ import EXPERIMENTS, RESULTS
from experiments.running import Given, Record, records, sweep
from softmax_geometry.checks import InputError

Verdict = Literal["bit for bit", "to twelve digits", "within its error", "differs"]

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("experiments", "softmax_geometry")
AGAIN = ROOT / ".scratch" / "reproduction"
TIMINGS = "timing"  # metrics under this name are never compared
NO_TIME = "no time"
DEVIATIONS = 4  # standard deviations over seeds that a metric may move by on another machine
ROUNDING = 1e-12  # relative: what the order of operations of a later version may change
ARITHMETIC = 1e-6  # relative: what other arithmetic may change in metrics that are the same for all seeds


@dataclass(frozen=True)
class Compared:
    """A recorded run beside the same run done again; timings are left out.

    Attributes
    ----------
    record : the record
    same_setting : whether versions, device and threads are those of the record
    metrics, same, rounded : how many there are, how many have the same bits, and how many others agree to twelve digits
    same_arrays : whether all arrays have the same bits
    within_error : whether each metric is within its spread over the seeds
    code_changed : whether a source file has changed since the run was made again
    """

    record: Record
    same_setting: bool
    metrics: int
    same: int
    rounded: int
    same_arrays: bool
    within_error: bool
    code_changed: bool

    @property
    def verdict(self) -> Verdict:
        """Bit for bit, up to rounding, or, in another setting, within the error over seeds."""
        if self.same + self.rounded == self.metrics and self.same_arrays:
            return "to twelve digits" if self.rounded else "bit for bit"
        return "within its error" if self.within_error and not self.same_setting else "differs"

    def __str__(self) -> str:
        earlier = " (made before the last change of the code)" if self.code_changed else ""
        return (
            f"{name_of(self.record)}: {self.same} of {self.metrics} metrics have the same bits; {self.verdict}{earlier}"
        )


@dataclass(frozen=True)
class Missing:
    """A recorded run that was not done again, and why."""

    record: Record
    why: str

    def __str__(self) -> str:
        return f"{name_of(self.record)}: not reproduced ({self.why})"


def recorded_runs(results: Path = RESULTS) -> list[Record]:
    """All records; first the quickest of each experiment, then the others, each time in order of their duration."""
    of_experiment = [sorted(_records(results / name), key=seconds) for name in EXPERIMENTS]
    first = sorted((runs[0] for runs in of_experiment if runs), key=seconds)
    others = sorted((run for runs in of_experiment for run in runs[1:]), key=seconds)
    return [*first, *others]


def name_of(record: Record) -> str:
    """Experiment, preset and file of a record."""
    return "/".join((*record.path.parts[-3:-1], record.path.stem))


def seconds(record: Record) -> float:
    """How long a run took when it was recorded."""
    return record.provenance["seconds"]


def strays(results: Path = RESULTS) -> set[Path]:
    """Records that no configuration of today would make again."""
    return set(results.glob("*/*/*.json")) - {run.path for run in recorded_runs(results)}


def compared_runs(data: Path | None, minutes: float, again: Path = AGAIN) -> Iterator[Compared | Missing]:
    """Each record beside its run done again, or why there is none; runs already done in `again` take no time.

    They are not done anew after a change of the code, but say so; delete the folder to begin afresh.

    No run is begun that would end after `minutes` of this process, if it took as long as when it was recorded.
    """
    everything, start = recorded_runs(), time.process_time()
    for record in everything:
        of_config = [run for run in everything if run.path.parent == record.path.parent and run.config == record.config]
        elapsed = time.process_time() - start
        try:
            done = _done(record, again)
            if done is None and elapsed + seconds(record) <= 60 * minutes:
                done = _run_again(record, data, again)
        except InputError as error:
            yield Missing(record, str(error))
            continue
        yield Missing(record, NO_TIME) if done is None else compared(record, done, of_config)


def compared(record: Record, again: Record, of_config: Iterable[Record]) -> Compared:
    """A record beside the same run done again; `of_config` are the records of all its seeds, for their spread."""
    old, new = dict(_leaves(record.metrics)), dict(_leaves(again.metrics))
    spread = [dict(_leaves(run.metrics)) for run in of_config]
    pairs = {name: (value, new.get(name)) for name, value in old.items()}
    same = {name for name, (a, b) in pairs.items() if type(a) is type(b) and a == b}
    rounded = {name for name, (a, b) in pairs.items() if name not in same and _near(a, b, ROUNDING, 0.0)}
    within = all(_near(a, b, ARITHMETIC, _deviation(name, spread)) for name, (a, b) in pairs.items())
    return Compared(
        record,
        same_setting=setting(record) == setting(again),
        metrics=len(old),
        same=len(same),
        rounded=len(rounded),
        same_arrays=_same_arrays(record, again),
        within_error=within and old.keys() == new.keys(),
        code_changed=again.path.stat().st_mtime < _last_change(),
    )


def setting(record: Record) -> tuple[Any, ...]:
    """All on which the bits of a run may depend, as far as it is recorded."""
    return tuple(record.provenance[key] for key in ("versions", "device", "threads"))


def _last_change() -> float:
    """When a source file last changed."""
    return max(path.stat().st_mtime for package in SOURCES for path in (ROOT / package).rglob("*.py"))


def _records(folder: Path) -> list[Record]:
    presets = import_module(f"experiments.{folder.name}").PRESETS
    return [run for preset, configs in presets.items() for run in records(folder / preset, configs)]


def _done(record: Record, again: Path) -> Record | None:
    folder = again / record.path.parents[1].name / record.path.parent.name
    return next((run for run in _records(folder.parent) if run.path == folder / record.path.name), None)


def _run_again(record: Record, data: Path | None, again: Path) -> Record:
    given = Given(record.seed, threads=record.provenance["threads"], data=data)
    preset, experiment = record.path.parent.name, record.path.parents[1].name
    found = sweep(experiment, preset, [record.seed], given, again, labels=[record.label])
    return next(run for run in found if run.path.name == record.path.name)


def _leaves(metrics: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(metrics, Mapping):
        for key, value in metrics.items():
            if key != TIMINGS:
                yield from _leaves(value, f"{name}/{key}")
    elif isinstance(metrics, Sequence) and not isinstance(metrics, str):
        for i, value in enumerate(metrics):
            yield from _leaves(value, f"{name}/{i}")
    else:
        yield name, metrics


def _near(a: Any, b: Any, relative: float, absolute: float) -> bool:
    if not all(isinstance(value, (int, float)) for value in (a, b)):
        return a == b
    return math.isclose(a, b, rel_tol=relative, abs_tol=absolute)


def _deviation(name: str, over_seeds: Sequence[Mapping[str, Any]]) -> float:
    """What a metric may move by on another machine."""
    known = [metrics[name] for metrics in over_seeds if isinstance(metrics.get(name), (int, float))]
    return DEVIATIONS * float(np.std(known, ddof=1)) if len(known) > 1 else 0.0


def _same_arrays(a: Record, b: Record) -> bool:
    return a.arrays.keys() == b.arrays.keys() and all(
        array.dtype == b.arrays[name].dtype
        and array.shape == b.arrays[name].shape
        and array.tobytes() == b.arrays[name].tobytes()
        for name, array in a.arrays.items()
    )
