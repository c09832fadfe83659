"""Check a built site: every link, anchor and image inside it exists. `python -m docs.links docs/_build/html`."""

from __future__ import annotations

import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_REFERENCES = {"href", "src", "data", "poster"}


class _Page(HTMLParser):
    """Anchors of a page, and what it refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.references: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name == "id" or (name == "name" and tag == "a")):
                self.anchors.add(value)
            if value and name in _REFERENCES:
                self.references.add(value)


def broken_links(site: Path) -> list[str]:
    """One line for each reference of a page of the site to a page, anchor, image or file that is not there."""
    site = site.resolve()
    found = []
    for path in sorted(site.rglob("*.html")):
        for reference in sorted(_page(path).references):
            reason = _what_is_wrong(path, reference, site)
            if reason:
                found.append(f"{path.relative_to(site)}: {reference}: {reason}")
    return found


@cache
def _page(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _what_is_wrong(path: Path, reference: str, site: Path) -> str:
    parts = urlsplit(reference)
    if parts.scheme or parts.netloc:
        return ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_relative_to(site):
        return "outside the site"
    if not target.exists():
        return "no such file"
    if target.suffix == ".html" and parts.fragment and unquote(parts.fragment) not in _page(target).anchors:
        return "no such anchor"
    return ""


if __name__ == "__main__":
    broken = broken_links(Path(sys.argv[1]))
    print("\n".join(broken) or "every link inside the site leads somewhere")
    sys.exit(bool(broken))
