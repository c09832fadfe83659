"""Run every benchmark, print its rows, and record them for `docs/performance.md`: `python -m benchmarks [NAME …]`."""

from __future__ import annotations

import json
import pkgutil
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import benchmarks
from benchmarks import growth
from benchmarks.machine import this_machine
from softmax_geometry.writing import write_text

TOOLS = ("__main__", "machine", "page", "peers", "rows", "timing")
RECORD = Path(__file__).parent / "results" / "cpu.json"
FIGURES = Path(__file__).parent.parent / "docs" / "images" / "growth"
VERSIONS = ("numpy", "scipy", "scikit-learn", "torch", "torchmetrics", "pytorch-ood")


def main() -> int:
    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in TOOLS]
    chosen = sys.argv[1:] or names
    found = {}
    for name in chosen:
        module = import_module(f"benchmarks.{name}")
        found[name] = {"says": (module.__doc__ or "").strip(), "rows": []}
        for row in module.rows():
            print(row, flush=True)
            found[name]["rows"].append({**asdict(row), "holds": bool(row.holds)})
    if chosen == names:
        RECORD.parent.mkdir(exist_ok=True)
        growth.draw(FIGURES)
        write_text(
            RECORD, json.dumps({"provenance": provenance(), "benchmarks": found}, indent=1, default=float) + "\n"
        )
    return 0


def provenance() -> dict[str, object]:
    machine = this_machine()
    return {
        "command": "python -m benchmarks",
        "date": datetime.now(UTC).date().isoformat(),
        "device": platform.processor() or platform.machine(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in VERSIONS},
        "operations of a float64 product for each byte copied": machine.matrix_rate["float64"] / machine.bandwidth,
    }


if __name__ == "__main__":
    sys.exit(main())
