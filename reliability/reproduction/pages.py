"""All that is written by hand for readers, page by page, and what each page says in numbers."""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from experiments.__main__ import EXPERIMENTS
from reliability.reproduction.numbers import Reading, reading
from reliability.reproduction.quotes import QUOTED
from softmax_geometry.figures import catalogue

ROOT = Path(__file__).resolve().parents[2]
CHOSEN = Path(__file__).parent / "chosen.toml"
RENDERED = {"docs/errata.md", "docs/experiments.md", "docs/performance.md", "docs/reliability.md"}
NOTEBOOK = ROOT / "docs" / "notebooks" / "worked_example.ipynb"
FROM_RECORDS = ("Our runs on the", "Recorded run")


def written_pages() -> dict[str, str]:
    """Text by name: pages, the prose of the notebook, docstrings that pages are rendered from, captions of figures."""
    pages = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in _markdown()}
    pages["docs/notebooks/worked_example.ipynb"] = _prose_of(NOTEBOOK)
    sources = [*(f"experiments/{name}" for name in EXPERIMENTS), "experiments/comparison"]
    pages |= {str(path.relative_to(ROOT)): _docstring(path) for path in map(_module, sources)}
    for path in sorted((ROOT / "benchmarks").glob("*.py")):
        pages[str(path.relative_to(ROOT))] = _docstring(path).partition("\n")[2]  # the title is a target
    return pages | {f"figure {name}": _by_hand(entry.caption) for name, entry in catalogue().items()}


def readings(pages: Mapping[str, str]) -> dict[str, Reading]:
    """What each page says in numbers, beside what it should say today."""
    chosen = tomllib.loads(CHOSEN.read_text(encoding="utf-8"))
    unknown = sorted((set(chosen) | set(QUOTED)) - set(pages))
    if unknown:
        raise LookupError(f"numbers are accounted for on pages that do not exist: {unknown}")
    found = {}
    for name, text in pages.items():
        measured = QUOTED[name](pages) if name in QUOTED else []
        found[name] = reading(text, measured, [part for kind in chosen.get(name, {}).values() for part in kind])
    return found


def _markdown() -> list[Path]:
    folders = {
        ROOT: "*.md",
        ROOT / "docs": "*.md",
        ROOT / "docs" / "how-to": "*.md",
        ROOT / "softmax_geometry": "*/*.md",
    }
    found = [path for folder, pattern in folders.items() for path in sorted(folder.glob(pattern))]
    return [path for path in found if str(path.relative_to(ROOT)) not in RENDERED]


def _module(name: str) -> Path:
    package = ROOT / name / "__init__.py"
    return package if package.exists() else ROOT / f"{name}.py"


def _docstring(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


def _prose_of(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


def _by_hand(caption: str) -> str:
    """The caption up to where it quotes the records."""
    return caption[: min([caption.find(words) for words in FROM_RECORDS if words in caption], default=None)]
