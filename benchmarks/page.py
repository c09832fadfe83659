"""`docs/performance.md` from the recorded rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HEAD = """# Performance

Rendered from `benchmarks/results/cpu.json` by `python -m docs.render`; `make bench` measures it anew. In each row both
sides ran in turn in one process, and medians were compared; no time of a CPU is quoted, since it would be another on
yours. *Floor* is how many times the least time the call took that this machine's memory and matrix products allow, at
the rates measured in the same process.
"""


def performance_page(record: Path, figures: Path) -> str:
    """The page as Markdown: one table for each benchmark, the figures of growth, and where it was measured."""
    found = json.loads(record.read_text(encoding="utf-8"))
    lines = [HEAD]
    for benchmark in found["benchmarks"].values():
        title, _, rest = benchmark["says"].partition("\n")
        lines += [f"## {title.rstrip('.')}", ""]
        if rest.strip():
            lines += [rest.strip(), ""]
        lines += ["| | case | measured | target | floor |", "|---|---|---|---|---|"]
        lines += [_row(row) for row in benchmark["rows"]] + [""]
    lines += ["## How time grows, in figures", ""]
    for figure in sorted(figures.glob("*.svg")):
        name = figure.stem.replace("_", " ")
        lines += [f"![Time of {name} against sizes, on logarithmic axes](images/{figures.name}/{figure.name})", ""]
    where = found["provenance"]
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    balance = where["operations of a float64 product for each byte copied"]
    lines += [
        "## Where",
        "",
        f"`{where['command']}`, {where['date']}, {where['device']}, Python {where['python']}, {versions}. "
        f"While it copies one byte this machine does {balance:.1f} operations of a float64 matrix product.",
        "",
    ]
    return "\n".join(lines)


def _row(row: Mapping[str, Any]) -> str:
    target = "" if row["bound"] is None else f"{'≤' if row['at_most'] else '≥'} {row['bound']:.3g}"
    missed = "" if row["holds"] else " (missed)"
    floor = "" if row["floor"] is None else f"{row['floor']:.3g} ×"
    measured = f"{row['figure']:.3g} {row['unit']}"
    cells = (row["claim"].replace("|", "\\|"), row["case"], measured, target + missed, floor)
    return "| " + " | ".join(cells) + " |"
