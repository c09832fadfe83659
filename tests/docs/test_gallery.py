"""The gallery shows every figure once, the paper's first, with links that lead to its claims."""

import re
import xml.etree.ElementTree as ET

import pytest
from matplotlib.figure import Figure

from docs import gallery
from docs.prose import page_name
from softmax_geometry.claims import claim, claims
from softmax_geometry.figures import Entry

ENTRIES = (
    Entry("figure-2", "Where it must lie", "A caption.", lambda: Figure((3, 2)), claims=("Theorem 1", "Theorem 1*")),
    Entry("table-1", "Table 1 as a figure", "A caption.", lambda: Figure((7, 2))),
    Entry("envelope", "What angles say", "A caption.", lambda: Figure((4, 2)), claims=("Theorem E",)),
)


@pytest.fixture
def figures():
    return {entry.name: (entry, 4.8) for entry in ENTRIES}


def test_each_figure_has_one_section_the_papers_first(figures):
    headings = re.findall(r"^#+ (.*)$", gallery.gallery_page(figures), re.MULTILINE)
    assert headings == [
        "Gallery",
        "The paper's figures",
        "Figure 2: where it must lie",
        "Table 1 as a figure",
        "Our figures",
        "What angles say",
    ]


def test_links_lead_to_the_pages_of_the_claims(figures):
    links = re.findall(r"\]\(theory/(.*?)\.md\)", gallery.gallery_page(figures))
    assert links == [page_name(claim(id)) for entry in ENTRIES for id in entry.claims]
    assert set(links) <= {page_name(c) for c in claims()}


def test_drawing_writes_a_figure_of_each_entry_and_says_how_wide_it_is(tmp_path, monkeypatch):
    catalogue = {entry.name: entry for entry in ENTRIES}
    monkeypatch.setattr(gallery, "catalogue", lambda: catalogue)
    drawn = gallery.drawn_figures(tmp_path / "new", workers=1)
    assert {name: width for name, (_, width) in drawn.items()} == {"figure-2": 3, "table-1": 7, "envelope": 4}
    for name, (_, width) in drawn.items():
        assert ET.parse(tmp_path / "new" / f"{name}.svg").getroot().get("width") == f"{width * 72:g}pt"
