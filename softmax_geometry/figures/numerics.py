"""Entries of the catalogue."""

from __future__ import annotations

from softmax_geometry.figures.entry import Entry

ENTRIES: tuple[Entry, ...] = ()
