"""The figures of the catalogue as SVG, drawn once for the handbook, and the page that shows them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from docs.prose import escaped, page_name
from softmax_geometry.claims import claim
from softmax_geometry.figures import Entry, catalogue
from softmax_geometry.plots.style import encoded
from softmax_geometry.writing import write_text

INTRODUCTION = """\
# Gallery

Each figure is drawn from data that come with the package by a function of `softmax_geometry.plots`, and by its name on
the command line:

```sh
softmax-geometry figures figure-2 --out figures --format svg
```

Figures named after a number are the paper's, drawn anew; the others are ours. Each names the results that it shows."""


def drawn_figures(folder: Path) -> dict[str, tuple[Entry, float]]:
    """Draw every entry of the catalogue into `folder`; the entries by name, with their widths in inches."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(catalogue())
    with ProcessPoolExecutor(os.cpu_count()) as workers:
        widths = list(workers.map(_draw, names, [folder] * len(names)))
    return {name: (catalogue()[name], width) for name, width in zip(names, widths, strict=True)}


def _draw(name: str, folder: Path) -> float:
    figure = catalogue()[name].draw()
    write_text(folder / f"{name}.svg", encoded(figure, "svg").decode())
    return figure.get_figwidth()


def gallery_page(figures: Mapping[str, tuple[Entry, float]]) -> str:
    """Every figure with its title, caption, name and claims."""
    return "\n\n".join([INTRODUCTION, *(_section(entry) for entry, _ in figures.values())]) + "\n"


def _section(entry: Entry) -> str:
    links = ", ".join(f"[{escaped(id)}](theory/{page_name(claim(id))}.md)" for id in entry.claims)
    shows = f"\n\nShows {links}." if links else ""
    return (
        f"({entry.name})=\n## {escaped(entry.title)}\n\n"
        f":::{{figure}} figures/{entry.name}.svg\n:alt: {entry.title}\n:class: drawn\n:::\n\n"
        f"{entry.caption.strip()}{shows}\n\n`softmax-geometry figures {entry.name}`"
    )
