"""How long a run took whose process was killed on the way, as far as its work was kept."""

from __future__ import annotations

from pathlib import Path

from experiments.running.records import LOCK, NOTE
from softmax_geometry.writing import write_text


def seconds_before(scratch: Path) -> float:
    """Seconds of the earlier stretches of a run, each from its start to what it kept last; a new stretch begins.

    The file `seconds` in the scratch folder holds those before the current stretch, and its date is that stretch's
    start.
    """
    note, seconds = scratch / NOTE, 0.0
    if note.exists():
        kept = max(path.stat().st_mtime for path in scratch.iterdir() if path.name != LOCK)
        seconds = float(note.read_text()) + max(kept - note.stat().st_mtime, 0)
    write_text(note, f"{seconds:.3f}")
    return seconds
