"""Parts of the measurement, each kept in `.scratch/kills` until the whole is recorded."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from softmax_geometry.writing import write_text

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".scratch" / "kills"


def kept(name: str, measure: Callable[[], Any]) -> Any:
    """What was measured under this name, now or in a measurement that was stopped."""
    path = SCRATCH / f"{name}.json"
    if not path.exists():
        SCRATCH.mkdir(parents=True, exist_ok=True)
        write_text(path, json.dumps(measure()))
    return json.loads(path.read_text("utf-8"))


def forget() -> None:
    """Measure all anew next time."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
