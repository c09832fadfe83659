"""The theory pages: one for each result of the ledger, one for each chapter, and the overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from docs.prose import (
    SECTIONS,
    STACKED,
    VERDICTS,
    badge,
    blocks,
    equation_numbers,
    escaped,
    linked,
    page_name,
    proof_text,
    with_links,
)
from softmax_geometry.claims import Claim, claims, verdict_counts
from softmax_geometry.figures import Entry

ROOT = Path(__file__).resolve().parent.parent

CHAPTERS = {
    "regions": ("Regions", "Which features are flagged, and how wide the band between two classes is."),
    "structure": ("Structure", "How training arranges the weights, and whether that helps to detect OOD data."),
    "angles": ("Angles", "What the norm of the features and their angles to the weights say about confidence."),
    "rotations": ("Rotations", "What becomes of confidence when features turn away from a weight."),
    "diagnosis": ("Diagnosis", "Why softmax confidence fails when it fails, and how good any score can be."),
}


def theory_pages(figures: Mapping[str, tuple[Entry, float]]) -> dict[str, str]:
    """All pages by name. `figures` holds, by name, entries of the catalogue and their widths in inches."""
    pages = {page_name(claim): claim_page(claim, figures) for claim in claims()}
    pages |= {chapter: chapter_page(chapter) for chapter in CHAPTERS}
    return pages | {"index": overview_page()}


def claim_page(claim: Claim, figures: Mapping[str, tuple[Entry, float]]) -> str:
    """The page of one result: verdict, statement, truth, counterexample, figures; then the proof in full."""
    shown = [(entry, width) for entry, width in figures.values() if claim.id in entry.claims]
    shown.sort(key=lambda figure: figure[0].claims.index(claim.id))  # a figure is most about what it lists first
    drawn = [_figure(entry, claim) for entry, _ in shown[:MOST_FIGURES]]
    top = _summary(claim)
    if shown and shown[0][1] <= NARROW:
        top = _columns(top, drawn.pop(0))
    title = f"---\nhide-toc: true\n---\n\n# {escaped(claim.id)}"
    further = _further([entry for entry, _ in shown[MOST_FIGURES:]])
    parts = [title, _verdict(claim), top, *drawn, further, _computed_by(claim), _proof(claim)]
    return "\n\n".join(part for part in parts if part) + "\n"


NARROW = 5.0
"""Inches: up to here a figure fits beside the statement."""

MOST_FIGURES = 3
"""As many as stand before the proof without hiding it; the others are links."""


def _verdict(claim: Claim) -> str:
    look = VERDICTS[claim.verdict][0]
    return f":::{{div}} verdict verdict-{look}\n{badge(claim)} {linked(claim.reason, own=claim)}\n:::"


def _summary(claim: Claim) -> str:
    numbers = f" (eq {equation_numbers(claim)})" if claim.equations else ""
    label = "The claim, as printed" if claim.source == "paper" else "The claim, ours"
    parts = [f"**{label}**{numbers}. {linked(claim.statement, own=claim)}"]
    parts.append(f"**What is true.** {linked(claim.truth, own=claim)}")
    if claim.counterexample:
        parts.append(f"**Counterexample.** {linked(claim.counterexample, own=claim)}")
    return "\n\n".join(parts)


def _columns(text: str, figure: str) -> str:
    item = ":::::{grid-item}"
    return "\n".join(["::::::{grid} 1 1 1 2", ":padding: 0", "", item, text, ":::::", item, figure, ":::::", "::::::"])


def _figure(entry: Entry, claim: Claim) -> str:
    file = f"../figures/{entry.name}.svg"
    caption = f"{with_links(entry.caption.strip(), own=claim)} [In the gallery.](../gallery.md#{entry.name})"
    return f"::::{{figure}} {file}\n:alt: {entry.title}\n:class: drawn\n\n{caption}\n::::"


def _further(entries: Sequence[Entry]) -> str:
    links = ", ".join(f"[{escaped(entry.title)}](../gallery.md#{entry.name})" for entry in entries)
    return f"**More figures.** {links}." if links else ""


def _computed_by(claim: Claim) -> str:
    names = ", ".join(f"{{py:obj}}`{name} <{name}>`" for name in claim.functions)
    return f"**Computed by** {names}." if names else ""


def _proof(claim: Claim) -> str:
    title, sections = proof_text(ROOT / claim.proof)
    others = [other for other in claims() if other.proof == claim.proof and other.id != claim.id]
    lines = ["## The proof in full", f"*{escaped(title)}*"]
    if others:
        links = ", ".join(f"[{escaped(other.id)}]({page_name(other)}.md)" for other in others)
        lines.append(f"The text covers {links} too, which the same file proves.")
    for section in SECTIONS:
        lines += [f"### {section}", blocks(sections[section], own=claim)]
    lines.append(f"Checked by `pytest {claim.proof}`:")
    lines.append(f"::::{{dropdown}} {Path(claim.proof).name}\n```{{literalinclude}} ../../../{claim.proof}\n```\n::::")
    return "\n\n".join(lines)


def chapter_page(chapter: str) -> str:
    """A table of the chapter's results with their verdicts."""
    title, summary = CHAPTERS[chapter]
    members = [claim for claim in claims() if claim.chapter == chapter]
    lines = [
        f"# {title}",
        "",
        f"{summary} {_counted(members)}",
        "",
        *STACKED,
        "| Result | Claim | Verdict |",
        "|---|---|---|",
    ]
    lines += [
        f"| [{escaped(claim.id)}]({page_name(claim)}.md){'' if claim.source == 'paper' else ' (ours)'} "
        f"| {escaped(claim.statement)} | {badge(claim)} {escaped(claim.reason)} |"
        for claim in members
    ]
    return "\n".join([*lines, ":::", "", *_toctree([page_name(claim) for claim in members])])


def overview_page() -> str:
    """How many results have which verdict, what a verdict means, and where each equation of the paper is treated."""
    lines = [
        "# Theory",
        "",
        INTRODUCTION,
        "",
        "## Verdicts",
        "",
        "| Verdict | Meaning | Paper | Ours |",
        "|---|---|---|---|",
    ]
    by_source = {source: verdict_counts(c for c in claims() if c.source == source) for source in ("paper", "ours")}
    for verdict, (look, meaning) in VERDICTS.items():
        counts = " | ".join(str(by_source[source].get(verdict, 0)) for source in ("paper", "ours"))
        lines.append(f"| {{bdg-{look}}}`{verdict}` | {meaning} | {counts} |")
    lines += ["", "## Chapters", "", "| Chapter | Question | Results |", "|---|---|---|"]
    for chapter, (title, summary) in CHAPTERS.items():
        number = sum(claim.chapter == chapter for claim in claims())
        lines.append(f"| [{title}]({chapter}.md) | {summary} | {number} |")
    lines += ["", "## With the paper in hand", "", "| Equations | Result | Verdict |", "|---|---|---|"]
    printed = [claim for claim in claims() if claim.source == "paper" and claim.equations]
    for claim in sorted(printed, key=lambda claim: (min(claim.equations), max(claim.equations))):
        lines.append(f"| {equation_numbers(claim)} | [{escaped(claim.id)}]({page_name(claim)}.md) | {badge(claim)} |")
    return "\n".join([*lines, "", *_toctree(list(CHAPTERS))])


INTRODUCTION = f"""\
Every numbered result of Pearce, Brintrup & Zhu (2021), *Understanding Softmax Confidence and Uncertainty*, and every
result that replaces or extends one, has a page here: {len(claims())} in all. A page begins with the verdict and the
reason for it, then says what is claimed, what is true, and gives a counterexample where there is one. Below stands the
proof in full, with what the machine checks of it and what is left to a reader. [The errata](../../errata.md) are the
paper's results that do not hold as printed; [what a passed proof does not
say](../../what-a-passed-proof-does-not-say.md) is read before quoting a verdict.

## How to read a verdict

A proof is an identity with the number of classes K left symbolic, an exact rational counterexample, or a rigorous
enclosure in ball arithmetic; sampling never counts. Each comes with a second, independent route, and with a falsified
twin: the same check on a wrong statement, which must fail. A verdict on a result of the paper speaks of the
statement **as printed**. Names with a star, such as theorem 1*, are corrected versions of the result without it."""


def _counted(members: Sequence[Claim]) -> str:
    counts = ", ".join(f"{number} {verdict}" for verdict, number in verdict_counts(members).items())
    return f"{len(members)} results: {counts}."


def _toctree(names: Sequence[str]) -> list[str]:
    return [":::{toctree}", ":hidden:", "", *names, ":::", ""]
