"""The figures of recorded runs as files, with what must be known of their data beneath."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from experiments.running.records import Record
from experiments.running.sweep import caveats_of
from softmax_geometry.writing import whole_file

DPI = 150
NOTE_SIZE = 6  # points


def write_figures(experiment: str, found: Sequence[Record], folder: Path) -> list[Path]:
    """Draw the figures of these runs as PNG, with the caveats of their data beneath; their paths."""
    caveats = [f"{name}: {text}" for name, text in caveats_of(found).items()]
    paths = []
    for stem, drawing in import_module(f"experiments.{experiment}").drawings(found).items():
        path = folder / f"{stem}.png"
        picture = _picture(drawing(), tight=True)
        if caveats:
            picture = _stacked(picture, _picture(_note(caveats, picture.width / DPI), tight=False))
        with whole_file(path) as file:
            picture.save(file, "PNG", optimize=True)
        paths.append(path)
    return paths


def _picture(figure: Figure, tight: bool) -> Image.Image:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DPI, bbox_inches="tight" if tight else None)
    return Image.open(content).convert("RGB")


def _note(lines: Sequence[str], width: float) -> Figure:
    """Small grey lines on white, as wide as the figure they go beneath; too long ones are wrapped."""
    wide = max(int(width * 72 / (0.55 * NOTE_SIZE)), 20)
    wrapped = [part for line in lines for part in textwrap.wrap(line, wide)]
    figure = Figure(figsize=(width, 1.4 * NOTE_SIZE * (len(wrapped) + 0.5) / 72))
    figure.text(0.01, 1, "\n".join(wrapped), va="top", fontsize=NOTE_SIZE, color="#555555", linespacing=1.3)
    return figure


def _stacked(above: Image.Image, below: Image.Image) -> Image.Image:
    stacked = Image.new("RGB", (max(above.width, below.width), above.height + below.height), "white")
    stacked.paste(above, (0, 0))
    stacked.paste(below, (0, above.height))
    return stacked
