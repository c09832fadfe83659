"""The catalogue of figures: those of the paper and ours, each with a caption and the claims it shows.

A figure is drawn by a function of `softmax_geometry.plots` that takes data; an entry names the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from softmax_geometry.checks import InputError
from softmax_geometry.figures import (
    angles,
    collapsed,
    densities,
    diagnosis,
    envelopes,
    gradients,
    linear_regions,
    losses,
    magnitude,
    margins,
    norms,
    numerics,
    pairs,
    recorded,
    regions,
    structures,
    thresholds,
    weights,
    widths,
)
from softmax_geometry.figures.entry import Entry

__all__ = ["Entry", "catalogue", "chosen"]


@cache
def catalogue() -> dict[str, Entry]:
    """All figures by name: the paper's in its order, then ours.

    Examples
    --------
    >>> catalogue()["figure-2"].claims[0]
    'Theorem 1'
    """
    entries = [
        *regions.ENTRIES,
        *linear_regions.ENTRIES,
        *margins.ENTRIES,
        *widths.ENTRIES,
        *gradients.ENTRIES,
        *densities.ENTRIES,
        *thresholds.ENTRIES,
        *structures.ENTRIES,
        *collapsed.ENTRIES,
        *losses.ENTRIES,
        *weights.ENTRIES,
        *angles.ENTRIES,
        *envelopes.ENTRIES,
        *pairs.ENTRIES,
        *magnitude.ENTRIES,
        *norms.ENTRIES,
        *diagnosis.ENTRIES,
        *numerics.ENTRIES,
        *recorded.ENTRIES,
    ]
    return {entry.name: entry for entry in sorted(entries, key=_order)}


def chosen(names: Sequence[str] = (), own: bool = False) -> list[Entry]:
    """The entries of these names, or all; with `own` those that can be drawn for any head.

    Raises
    ------
    InputError
        If there is no figure of a name, or it cannot be drawn for a head of one's own.

    Examples
    --------
    >>> [entry.name for entry in chosen(["figure-3", "figure-2"])]
    ['figure-3', 'figure-2']
    """
    usable = {name: entry for name, entry in catalogue().items() if entry.own is not None or not own}
    for name in names:
        if name not in usable:
            kind = "a figure that can be drawn for a head" if name in catalogue() else "the name of a figure"
            raise InputError(f"figures: expected {kind} ({', '.join(usable)}), got {name!r}")
    return [usable[name] for name in dict.fromkeys(names)] if names else list(usable.values())


def _order(entry: Entry) -> tuple[bool, int, str]:
    """The paper's figures by number, then the others as listed."""
    kind, _, number = entry.name.partition("-")
    if kind != "figure":
        return True, 0, ""
    return False, int(number.rstrip("abcdefghijklmnopqrstuvwxyz")), number
