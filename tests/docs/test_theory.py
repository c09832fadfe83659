"""The theory pages say what ledger and proofs say: read back with a Markdown parser, nothing is lost."""

import ast
import html
import re

import pytest
from markdown_it import MarkdownIt

from docs.prose import SECTIONS, blocks, escaped, linked, page_name, proof_text
from docs.theory import ROOT, VERDICTS, chapter_page, claim_page, overview_page, theory_pages
from softmax_geometry.claims import Verdict, claim, claims, verdict_counts
from softmax_geometry.figures import Entry

PROOFS = sorted({claim.proof for claim in claims()})


def read_back(markdown):
    """The characters that a reader sees, without white space."""
    page = MarkdownIt("commonmark").enable("table").render(markdown)
    return re.sub(r"\s", "", html.unescape(re.sub(r"<[^>]+>", "", page)))


def entry(name, *ids):
    return Entry(name, f"Title of {name}", "Caption.", lambda: None, claims=ids)


@pytest.mark.parametrize("proof", PROOFS)
def test_no_character_of_a_proof_is_lost(proof):
    docstring = ast.get_docstring(ast.parse((ROOT / proof).read_text(encoding="utf-8")))
    title, sections = proof_text(ROOT / proof)
    assert list(sections) == list(SECTIONS)
    seen = read_back(escaped(title)) + "".join(
        read_back(f"{name}\n\n{blocks(text)}") for name, text in sections.items()
    )
    assert plain(seen) == plain(re.sub(r"\s", "", docstring))


def plain(text):
    """Letters, digits and signs; what marks emphasis, lists, headings or a qualifier in the source does not count."""
    return re.sub(r"[*`.()\-]", "", text).casefold()


@pytest.mark.parametrize(
    "text", ["x* and y* < z|w", "a_i b_j [c](d) {e}`f`", "# 1 $x$ ~y~", "1. is not a list", "- nor is this"]
)
def test_escaped_text_reads_as_it_was_written(text):
    assert read_back(escaped(text)) == re.sub(r"[\s`]", "", text)


def test_stars_around_words_are_emphasis_and_stars_behind_letters_are_not():
    assert MarkdownIt("commonmark").renderInline(escaped("*Equality:* x* = y*")) == "<em>Equality:</em> x* = y*"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("by theorem 1*.", "by [theorem 1\\*](theorem-1-star.md)."),
        ("by theorem 1.", "by [theorem 1](theorem-1.md)."),
        ("Lemma 1.1 and theorem 2.6,", "[Lemma 1.1](lemma-1-1.md) and [theorem 2.6](theorem-2-6.md),"),
        ("theorem 1.99", "theorem 1.99"),
        ("Corollary 5.1 (iii)", "[Corollary 5.1 (iii)](corollary-5-1-iii.md)"),
    ],
)
def test_mentions_link_to_the_longest_name_they_hold(text, expected):
    assert linked(text) == expected


def test_a_page_does_not_link_to_itself():
    assert linked("theorem 4", own=claim("Theorem 4")) == "theorem 4"


def test_every_claim_has_a_page_of_its_own_with_verdict_statement_and_truth():
    pages = theory_pages({})
    assert len({page_name(c) for c in claims()}) == len(claims())
    for c in claims():
        seen = read_back(pages[page_name(c)])
        for text in (c.verdict, c.reason, c.statement, c.truth, c.counterexample):
            assert plain(re.sub(r"\s", "", text)) in plain(seen), c.id
        for function in c.functions:
            assert f"<{function}>" in pages[page_name(c)]


def test_a_figure_stands_on_the_pages_of_its_claims_only():
    figures = {"one": (entry("one", "Theorem 4", "Theorem E"), 4.8)}
    pages = theory_pages(figures)
    assert [name for name, text in pages.items() if "figures/one.svg" in text] == ["theorem-4", "theorem-e"]


def test_the_figure_that_is_most_about_a_result_stands_first_and_beside_it_where_it_is_narrow():
    first, second = entry("first", "Theorem 4"), entry("second", "Theorem E", "Theorem 4")
    narrow = claim_page(claim("Theorem 4"), {"second": (second, 7.2), "first": (first, 4.8)})
    wide = claim_page(claim("Theorem 4"), {"second": (second, 4.8), "first": (first, 7.2)})
    assert wide.index("first.svg") < wide.index("second.svg")
    assert narrow.index("first.svg") < narrow.index("\n::::::\n") < narrow.index("second.svg")
    assert "{grid}" not in wide


def test_many_figures_do_not_hide_the_proof():
    figures = {f"f{n}": (entry(f"f{n}", "Theorem 4"), 7.2) for n in range(5)}
    page = claim_page(claim("Theorem 4"), figures)
    assert re.findall(r"figures/(\w+)\.svg", page) == ["f0", "f1", "f2"]
    assert re.findall(r"\[Title of \w+\]\(\.\./gallery\.md#(\w+)\)", page) == ["f3", "f4"]


def test_overview_counts_and_chapters_hold_every_claim():
    overview = overview_page()
    assert set(VERDICTS) == set(Verdict.__args__)
    for source in ("paper", "ours"):
        for verdict, count in verdict_counts(c for c in claims() if c.source == source).items():
            row = next(line for line in overview.splitlines() if f"`{verdict}` |" in line)
            assert f" {count} " in row
    listed = [line for c in {c.chapter for c in claims()} for line in chapter_page(c).splitlines() if line[:3] == "| ["]
    assert len(listed) == len(claims())


def test_results_that_a_caption_names_are_links():
    figure = Entry("one", "Title", "See *theorem 4*, theorem 5.1 and theorem 1*.", lambda: None, claims=("Theorem 4",))
    page = claim_page(claim("Theorem 4"), {"one": (figure, 7.2)})
    assert "See *theorem 4*, [theorem 5.1](theorem-5-1.md) and theorem 1*." in page
