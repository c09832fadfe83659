"""Our recorded runs beside the paper's claims and numbers."""

from __future__ import annotations

from pathlib import Path

from experiments.comparison.claims import CLAIMS
from experiments.comparison.judging import Judged
from experiments.comparison.numbers import PUBLISHED, compared, reasons
from experiments.running import Record, text_table
from experiments.running.sweep import recorded
from softmax_geometry.checks import InputError

PRESETS = ("paper", "quick")  # the first that has records counts


def best_records(experiment: str, out: Path) -> tuple[str, list[Record]]:
    """The preset nearest to the paper's that has two seeds, else any, and its records; ("", []) if there are none."""
    found = {preset: recorded(experiment, preset, out) for preset in PRESETS}
    known = {preset: records for preset, records in found.items() if records}
    several = [preset for preset, records in known.items() if len({record.seed for record in records}) > 1]
    best = next(iter([*several, *known]), "")
    return best, known.get(best, [])


def judged_claims(out: Path) -> dict[str, list[Judged]]:
    """Every claim that our runs speak to, by experiment.

    Raises
    ------
    InputError
        If records are damaged or of another version.
    """
    found = {name: best_records(name, out)[1] for name in CLAIMS}
    return {name: _judged(name, records) for name, records in found.items() if records}


def _judged(name: str, records: list[Record]) -> list[Judged]:
    try:
        return CLAIMS[name](records)
    except (KeyError, TypeError) as error:
        raise InputError(
            f"records of {name}: expected those of this version, got others; delete and run again"
        ) from error


def comparison_text(out: Path) -> str:
    """Claims with verdict and evidence, then the paper's numbers beside ours, as plain text."""
    parts = []
    for name, claims in judged_claims(out).items():
        preset, records = best_records(name, out)
        seeds = len({record.seed for record in records})
        parts.append(f"{name} ({preset}, {seeds} seeds)")
        lines = [f"{claim.verdict:<14} {claim.source:<19} {claim.claim}: {claim.evidence}" for claim in claims]
        parts.append("\n".join(lines))
    for name in PUBLISHED:
        preset, records = best_records(name, out)
        if records:
            rows = compared(name, preset, records)
            parts.append(f"{name} ({preset}): the paper's numbers and ours, in percent, mean ± standard error")
            parts.append(text_table(["set", "number", "paper", "ours", "verdict"], rows))
            if why := reasons(name, preset, records):
                parts.append("\n".join(why))
    return "\n\n".join(parts) if parts else "no recorded runs yet: python -m experiments run NAME"
