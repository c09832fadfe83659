"""The catalogue of figures: those of the paper and ours, each with a caption and the claims it shows.

A figure is drawn by a function of `softmax_geometry.plots` that takes data; an entry names the data.
"""

from __future__ import annotations

from functools import cache

from softmax_geometry.figures import angles, numerics, recorded, regions
from softmax_geometry.figures.entry import Entry

__all__ = ["Entry", "catalogue"]


@cache
def catalogue() -> dict[str, Entry]:
    """All figures by name: the paper's in its order, then ours.

    Examples
    --------
    >>> catalogue()["figure-2"].claims[0]
    'Theorem 1'
    """
    entries = [*regions.ENTRIES, *angles.ENTRIES, *numerics.ENTRIES, *recorded.ENTRIES]
    return {entry.name: entry for entry in sorted(entries, key=_order)}


def _order(entry: Entry) -> tuple[bool, int, str]:
    """The paper's figures by number, then the others in the order they are listed."""
    kind, _, number = entry.name.partition("-")
    if kind != "figure":
        return True, 0, ""
    digits = "".join(character for character in number if character.isdigit())
    return False, int(digits), number
