"""`docs/reliability.md` from the recorded measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HEAD = """# Reliability

Rendered from `reliability/results/` by `python -m docs.render`; `python -m reliability NAME` measures one part anew.
"""


def reliability_page(results: Path) -> str:
    """The page as Markdown: one table of the figures that sum each measurement up, then each in full."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(results.glob("*.json"))}
    summary = [
        {
            "": headline["what"],
            "measured": headline["figure"] + ("" if headline["holds"] else " (missed)"),
            "target": headline["target"],
            "command": f"`{record['command']}`",
        }
        for record in found.values()
        for headline in record["headlines"]
    ]
    lines = [HEAD, *_table(summary), ""]
    for record in found.values():
        title, _, rest = record["says"].partition("\n")
        lines += [f"## {title.rstrip('.')}", ""]
        lines += [rest.strip(), ""] if rest.strip() else []
        lines += [*_table(record["rows"]), ""]
        lines += [f"- {remark}" for remark in record["remarks"]] + ([""] if record["remarks"] else [])
        lines += [_where(record), ""]
    return "\n".join(lines)


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    columns = list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return lines + ["| " + " | ".join(_cell(row[column]) for column in columns) + " |" for row in rows]


def _cell(value: Any) -> str:
    text = f"{value:,}" if isinstance(value, int) else f"{value:.3g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|")


def _where(record: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    minutes = record["seconds"] / 60
    return (
        f"`{record['command']}`, {minutes:.1f} minutes on {record['date']}, {record['device']}, "
        f"Python {record['python']}, {versions}."
    )
