"""One JSON file for each run, with the arrays of its figures in an `.npz` beside it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from experiments.data import Images
from experiments.running.workers import Workers, here
from softmax_geometry.checks import InputError
from softmax_geometry.tensor_files import open_tensors
from softmax_geometry.writing import write_npz, write_text

LOCK, NOTE = "lock", "seconds"  # files in the scratch folder of a run beside what it keeps


class Config(Protocol):
    """A frozen dataclass of plain values that says all about a run but its seed."""

    @property
    def label(self) -> str:
        """A short name, unique within a preset; part of a file name."""
        ...


@dataclass(frozen=True)
class Given:
    """What a run is given beside its configuration.

    Attributes
    ----------
    seed : int
    device : str
        A torch device.
    threads : int
        Of torch and of linear algebra on the CPU; results depend on it in the last bits.
    data : path, optional
        Folder of the data sets; `$SOFTMAX_GEOMETRY_DATA` when left out.
    progress : bool
        Show progress bars on stderr.
    scratch : path, optional
        Folder for what lets a killed run go on where it stopped; removed when the run is recorded.
    workers : Workers
        Who takes the pieces of a run that is made of many.
    """

    seed: int
    device: str = "cpu"
    threads: int = 1
    data: Path | None = None
    progress: bool = False
    scratch: Path | None = None
    workers: Workers = here

    def checkpoint(self, name: str) -> Path | None:
        """The file for the state of one training of the run."""
        return None if self.scratch is None else self.scratch / f"{name}.pt"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a run found.

    Attributes
    ----------
    metrics : dict
        Floats in nested dicts; what is not finite is recorded as null.
    arrays : dict of array
        Small arrays for the figures.
    images : sequence of Images
        The data sets, for their checksums, licences and caveats.
    """

    metrics: dict[str, Any]
    arrays: dict[str, NDArray] = field(default_factory=dict)
    images: Sequence[Images] = ()


@dataclass(frozen=True, eq=False)
class Record:
    """A finished run as it lies on disk; `caveats` says of each data set in what way it is not the published one."""

    path: Path
    label: str
    config: dict[str, Any]
    seed: int
    metrics: dict[str, Any]
    caveats: dict[str, str]
    provenance: dict[str, Any]

    @cached_property
    def arrays(self) -> dict[str, NDArray]:
        """The arrays of the run."""
        path = self.path.with_suffix(".npz")
        if not path.exists():
            return {}
        try:
            return {name: stored.read() for name, stored in open_tensors(path, (".npz",)).items()}
        except InputError as error:
            raise InputError(f"record {path}: expected the arrays of a run, got a damaged file; delete it") from error


def record_path(folder: Path, config: Any, seed: int) -> Path:
    """Where the record of a run is kept: label, a hash of the whole configuration, and seed."""
    content = json.dumps(asdict(config), sort_keys=True).encode()
    return folder / f"{config.label}-{hashlib.sha256(content).hexdigest()[:8]}-seed{seed}.json"


def scratch_of(path: Path) -> Path:
    """Where the run of a record keeps what lets it go on when it is killed."""
    return path.parent / ".scratch" / path.stem


def write_record(path: Path, config: Any, seed: int, outcome: Outcome, provenance: dict[str, Any]) -> None:
    """Write arrays and then the JSON file, which marks the run as finished; each whole or not at all.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    if outcome.arrays:
        write_npz(path.with_suffix(".npz"), **outcome.arrays)
    content = {
        "label": config.label,
        "config": asdict(config),
        "seed": seed,
        "metrics": plain(outcome.metrics),
        "caveats": {images.name: images.caveat for images in outcome.images if images.caveat},
        "provenance": provenance,
    }
    write_text(path, json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n")


def read_record(path: Path) -> Record:
    """Read a record back.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Record(path, **content)
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise InputError(f"record {path}: expected the JSON of a run, got a damaged file; delete it") from error


def records(folder: Path, configs: Sequence[Config]) -> list[Record]:
    """The recorded runs of these configurations in this order, by seed; others in the folder are passed over."""
    found = []
    for config in configs:
        stem = record_path(folder, config, 0).name.removesuffix("0.json")
        paths = [path for path in folder.glob(f"{stem}*.json") if path.stem.removeprefix(stem).isdigit()]
        found += sorted(map(read_record, paths), key=lambda record: record.seed)
    return found


def plain(value: Any) -> Any:
    """Nested metrics as plain Python values; a float that is not finite becomes None."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
