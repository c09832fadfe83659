"""Write `docs/generated/` before Sphinx looks for pages: theory, API, gallery and the figures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docs.gallery import drawn_figures, gallery_page
from docs.reference import reference_pages
from docs.render import errata
from docs.theory import theory_pages

GENERATED = Path(__file__).resolve().parent / "generated"


def write_pages(app: Any) -> None:
    """Draw the figures and write the pages; a page that did not change is left alone, so that it is not read again."""
    figures = drawn_figures(GENERATED / "figures")
    pages = {f"theory/{name}.md": text for name, text in theory_pages(figures).items()}
    pages |= {f"api/{name}": text for name, text in reference_pages().items()}
    pages["gallery.md"] = gallery_page(figures)
    _keep_only({GENERATED / name for name in pages} | {GENERATED / "figures" / f"{name}.svg" for name in figures})
    for name, text in pages.items():
        path = GENERATED / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def errata_for_the_handbook(app: Any, page: str, source: list[str]) -> None:
    """In the handbook the errata link to the theory pages; on a code host, where those are not, to the proofs."""
    if page == "errata":
        source[0] = errata(handbook=True)


def _keep_only(wanted: set[Path]) -> None:
    for path in GENERATED.rglob("*.*"):
        if path not in wanted:
            path.unlink()
