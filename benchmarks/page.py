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
    """The page as Markdown: a table for each benchmark, growth in figures, and a GPU's tables where `cuda.json` is."""
    found = json.loads(record.read_text(encoding="utf-8"))
    lines = [HEAD, *_tables(found, "##"), "## How time grows, in figures", ""]
    for figure in sorted(figures.glob("*.svg")):
        name = figure.stem.replace("_", " ")
        lines += [f"![Time of {name} against sizes, on logarithmic axes](images/{figures.name}/{figure.name})", ""]
    lines += ["## Where", "", _where(found), ""]
    of_gpu = record.with_name("cuda.json")
    if of_gpu.exists():
        found = json.loads(of_gpu.read_text(encoding="utf-8"))
        lines += ["## On a GPU", "", _where(found), "", *_tables(found, "###")]
    return "\n".join(lines)


def _tables(found: Mapping[str, Any], level: str) -> list[str]:
    lines = []
    for benchmark in found["benchmarks"].values():
        title, _, rest = benchmark["says"].partition("\n")
        lines += [f"{level} {title.rstrip('.')}", ""]
        if rest.strip():
            lines += [rest.strip(), ""]
        lines += ["| | case | measured | target | floor |", "|---|---|---|---|---|"]
        lines += [_row(row) for row in benchmark["rows"]] + [""]
    return lines


def _where(found: Mapping[str, Any]) -> str:
    where = found["provenance"]
    versions = ", ".join(f"{name} {version}" for name, version in where["versions"].items())
    balance = where["operations of a float64 product for each byte copied"]
    return (
        f"`{where['command']}`, {where['date']}, {where['device']}, Python {where['python']}, {versions}. "
        f"While it copies one byte it does {balance:.1f} operations of a float64 matrix product."
    )


def _row(row: Mapping[str, Any]) -> str:
    target = "" if row["bound"] is None else f"{'≤' if row['at_most'] else '≥'} {row['bound']:.3g}"
    missed = "" if row["holds"] else " (missed)"
    floor = "" if row["floor"] is None else f"{row['floor']:.3g} ×"
    measured = f"{row['figure']:.3g} {row['unit']}"
    cells = (row["claim"].replace("|", "\\|"), row["case"], measured, target + missed, floor)
    return "| " + " | ".join(cells) + " |"
