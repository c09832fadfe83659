"""Run benchmarks, print their rows, and record a full run for `docs/performance.md`.

`python -m benchmarks` measures everything on the CPU, `--device cuda` what runs on a GPU.
"""

from __future__ import annotations

import argparse
import json
import pkgutil
import platform
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import benchmarks
from benchmarks import growth, on_device
from benchmarks.machine import Machine, this_machine
from benchmarks.on_device.device import name_of, this_device
from benchmarks.rows import Row
from softmax_geometry.checks import InputError
from softmax_geometry.devices import as_device
from softmax_geometry.writing import write_text

TOOLS = ("__main__", "device", "machine", "on_device", "page", "peers", "rows", "timing")
RECORDS = Path(__file__).parent / "results"
FIGURES = Path(__file__).parent.parent / "docs" / "images" / "growth"
VERSIONS = ("numpy", "scipy", "scikit-learn", "torch", "torchmetrics", "pytorch-ood")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these, and record nothing")
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    asked = parser.parse_args(arguments)
    try:
        kind = as_device(asked.device).type
        if kind not in ("cpu", "cuda"):
            raise InputError(f"device: expected cpu, cuda or cuda:N, got {asked.device!r}")
        chosen = _chosen(asked.names, benchmarks if kind == "cpu" else on_device)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    found = {}
    for name, module in chosen.items():
        measure = module.rows if kind == "cpu" else partial(module.rows, asked.device)
        found[name] = {"says": (module.__doc__ or "").strip(), "rows": _recorded(measure)}
    if not asked.names:
        RECORDS.mkdir(exist_ok=True)
        if kind == "cpu":
            growth.draw(FIGURES)
        record = {"provenance": provenance(asked.device, kind), "benchmarks": found}
        write_text(RECORDS / f"{kind}.json", json.dumps(record, indent=1, default=float) + "\n")
    return 0


def _chosen(names: list[str], package: ModuleType) -> dict[str, ModuleType]:
    """The benchmarks of these names in a package; all, if there are none."""
    known = [module.name for module in pkgutil.iter_modules(package.__path__) if module.name not in TOOLS]
    if unknown := sorted(set(names) - set(known)):
        raise InputError(f"NAME: expected some of {', '.join(known)}, got {unknown[0]!r}")
    return {name: import_module(f"{package.__name__}.{name}") for name in names or known}


def _recorded(measure: Callable[[], list[Row]]) -> list[dict[str, object]]:
    recorded = []
    for row in measure():
        print(row, flush=True)
        recorded.append({**asdict(row), "holds": bool(row.holds)})
    return recorded


def provenance(device: str, kind: str) -> dict[str, object]:
    """Where the rows were measured, and with which versions."""
    of_cpu = kind == "cpu"
    machine: Machine = this_machine() if of_cpu else this_device(device)
    return {
        "command": "python -m benchmarks" + ("" if of_cpu else f" --device {device}"),
        "date": datetime.now(UTC).date().isoformat(),
        "device": (platform.processor() or platform.machine()) if of_cpu else name_of(device),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS},
        "operations of a float64 product for each byte copied": machine.matrix_rate["float64"] / machine.bandwidth,
    }


if __name__ == "__main__":
    sys.exit(main())
