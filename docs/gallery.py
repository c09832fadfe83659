"""The figures of the catalogue as SVG, drawn once for the handbook, and the page that shows them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from docs.prose import escaped, page_name, with_links
from softmax_geometry.claims import claim
from softmax_geometry.figures import Entry, catalogue
from softmax_geometry.plots.style import encoded
from softmax_geometry.writing import write_text

THEORY = "theory/"

INTRODUCTION = """\
# Gallery

Each figure is drawn from data that come with the package by a function of `softmax_geometry.plots`, and by its name on
the command line:

```sh
softmax-geometry figures figure-2 --out figures --format svg
```

Under each stand the results that it shows, and its name."""


def drawn_figures(folder: Path, workers: int | None = None) -> dict[str, tuple[Entry, float]]:
    """Draw every entry of the catalogue into `folder`; the entries by name, with their widths in inches.

    With `workers` 1 all is drawn in this process; by default every core draws.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = list(catalogue())
    workers = workers or os.cpu_count() or 1
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        widths = list((pool.map if pool else map)(_draw, names, [folder] * len(names)))
    return {name: (catalogue()[name], width) for name, width in zip(names, widths, strict=True)}


def _draw(name: str, folder: Path) -> float:
    figure = catalogue()[name].draw()
    write_text(folder / f"{name}.svg", encoded(figure, "svg").decode())
    return figure.get_figwidth()


def gallery_page(figures: Mapping[str, tuple[Entry, float]]) -> str:
    """Every figure with its title, caption, name and claims: the paper's, then ours."""
    entries = [entry for entry, _ in figures.values()]
    papers = [_section(entry) for entry in entries if _is_from_the_paper(entry)]
    ours = [_section(entry) for entry in entries if not _is_from_the_paper(entry)]
    return "\n\n".join([INTRODUCTION, "## The paper's figures", *papers, "## Our figures", *ours]) + "\n"


def _is_from_the_paper(entry: Entry) -> bool:
    return entry.name.startswith(("figure-", "table-"))


def _section(entry: Entry) -> str:
    links = ", ".join(f"[{escaped(id)}]({THEORY}{page_name(claim(id))}.md)" for id in entry.claims)
    shows = f"\n\nShows {links}." if links else ""
    return (
        f"({entry.name})=\n### {escaped(_title(entry))}\n\n"
        f":::{{figure}} figures/{entry.name}.svg\n:alt: {entry.title}\n:class: drawn\n:::\n\n"
        f"{with_links(entry.caption.strip(), THEORY)}{shows}\n\n`softmax-geometry figures {entry.name}`"
    )


def _title(entry: Entry) -> str:
    """The title, with the number of the paper's figure before it."""
    kind, _, number = entry.name.partition("-")
    if kind != "figure" or entry.title.startswith("Figure"):
        return entry.title
    return f"Figure {number}: {entry.title[0].lower()}{entry.title[1:]}"
