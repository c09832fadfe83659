"""What a measurement of reliability finds, and its record on disk."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from softmax_geometry.writing import write_text

RESULTS = Path(__file__).parent / "results"
VERSIONS = ("numpy", "scipy", "scikit-learn", "sympy")


@dataclass(frozen=True)
class Headline:
    """One figure that sums a measurement up.

    Attributes
    ----------
    what : what was counted or measured, such as "mutants killed"
    figure : the figure as it is to be read, such as "1,912 of 2,040 (93.7 %)"
    target : what it should be, such as "≥ 90 %"
    holds : whether it is
    """

    what: str
    figure: str
    target: str
    holds: bool


@dataclass(frozen=True)
class Findings:
    """What a measurement found.

    Attributes
    ----------
    headlines : the figures that sum it up
    rows : one table; all rows have the same keys, which are its columns
    remarks : sentences on what the table cannot show, such as survivors with their reasons
    versions : of packages beyond numpy, scipy, scikit-learn and sympy that bear on the figures
    """

    headlines: Sequence[Headline]
    rows: Sequence[dict[str, Any]]
    remarks: Sequence[str] = ()
    versions: Sequence[str] = ()


def write_record(name: str, says: str, command: str, seconds: float, found: Findings) -> Path:
    """Write `results/NAME.json`: the findings, with all that is needed to make them again."""
    record = {
        "says": says,
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "device": platform.machine(),
        "python": platform.python_version(),
        "versions": {package: version(package) for package in (*VERSIONS, *found.versions)},
        "seconds": round(seconds),
        "headlines": [asdict(headline) for headline in found.headlines],
        "rows": list(found.rows),
        "remarks": list(found.remarks),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return path
