"""Plain text of the ledger and of the proofs as Markdown: nothing is eaten, and results that it names become links."""

from __future__ import annotations

import ast
import re
from functools import cache
from itertools import groupby
from pathlib import Path

from softmax_geometry.claims import Claim, claims

SECTIONS = ("Claim", "Verdict", "What is true", "Proof", "What the machine checks", "Sources")

VERDICTS = {
    "proved": ("success", "True as stated."),
    "proved under stated hypotheses": ("info", "True, but needs a hypothesis that the print leaves out."),
    "corrected": ("warning", "False as printed; a small change makes it true, and the true statement is proved."),
    "refuted": ("danger", "False. An exact counterexample shows it; what is true instead is proved."),
    "definition": ("secondary", "A definition. What can be checked about it holds."),
    "open": ("dark", "Neither proved nor refuted by anyone known to us."),
}

STACKED = (":::{div} stacked", "")
"""Opens a table whose cells stand one below the other on a narrow screen; ":::" closes it."""

_HEADING = re.compile(rf"^\*\*({'|'.join(SECTIONS)})\.?\*\*\.?", re.MULTILINE)
_QUALIFIER = re.compile(r"^\(([^()]*)\)[.:] ")
_CODE = re.compile(r"(`+[^`]+`+)")
_EMPHASIS = re.compile(r"(?<!\w)\*(?=\S)([^*]+?)(?<=\S)\*")
_RUN_IN = re.compile(r"(?<=[.∎;)]) (?=\*[^*]+[.:]\*)")
_DASH = "\u2060–\u2060"  # a line does not break at it
_ITEM = re.compile(r"(?:- |\([a-z0-9]{1,3}\) (?!and ))")


def page_name(claim: Claim) -> str:
    """Name of the claim's page: that of "Theorem 1*" is theorem-1-star.

    Examples
    --------
    >>> page_name(claims()[0])
    'equations-1-4'
    """
    return re.sub(r"\W+", "-", claim.id.lower().replace("*", " star")).strip("-")


def equation_numbers(claim: Claim) -> str:
    """The equation numbers of the claim, with runs shortened: 1-4, 7."""
    runs: list[list[int]] = []
    for number in sorted(claim.equations):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}{_DASH}{run[-1]}" for run in runs)


def badge(claim: Claim) -> str:
    """The verdict as a coloured badge."""
    return f"{{bdg-{VERDICTS[claim.verdict][0]}}}`{claim.verdict}`"


def escaped(text: str) -> str:
    r"""Text on one line in which Markdown finds nothing to do, but for \*emphasis\* and \`code\`.

    Examples
    --------
    >>> escaped("*Here* x* < w_i|z, as `w_i` says")
    '*Here* x\\* \\< w\\_i\\|z, as `w_i` says'
    """
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if part.startswith("`") else _escaped_words(part) for part in parts)


def _escaped_words(text: str) -> str:
    marked = _EMPHASIS.sub("\1\\1\1", text)
    marked = re.sub(r"([\\*_<>\[\]{}|$#~])", r"\\\1", marked)
    return re.sub(r"^(\d*)([-+=%.)] )", r"\1\\\2", marked).replace("\1", "*")


def linked(text: str, folder: str = "", own: Claim | None = None) -> str:
    """Escaped text in which the other results that it names are links to their pages in `folder`."""
    return with_links(escaped(text), folder, own)


def with_links(markdown: str, folder: str = "", own: Claim | None = None) -> str:
    """Markdown in which the other results that it names are links to their pages in `folder`."""
    pages, mentions = _mentions()

    def link(mention: re.Match[str]) -> str:
        page = pages[mention[0].lower()]
        return mention[0] if own is not None and page == page_name(own) else f"[{mention[0]}]({folder}{page}.md)"

    return mentions.sub(link, markdown)


@cache
def _mentions() -> tuple[dict[str, str], re.Pattern[str]]:
    pages = {escaped(claim.id).lower(): page_name(claim) for claim in claims()}
    names = "|".join(re.escape(name) for name in sorted(pages, key=len, reverse=True))
    return pages, re.compile(rf"\b({names})(?!\w|\\?\*|\.\d)", re.IGNORECASE)


def blocks(text: str, folder: str = "", own: Claim | None = None) -> str:
    """Paragraphs, lists and indented formulas as Markdown."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        for is_formula, lines in groupby(paragraph.splitlines(), key=lambda line: line.startswith("    ")):
            if is_formula:
                found.append("\n".join(["```text", *(line[4:] for line in lines), "```"]))
            else:
                parts = [part for item in _items(list(lines)) for part in _RUN_IN.split(" ".join(item))]
                found += [_item(part, folder, own) for part in parts]
    return "\n\n".join(found)


def _items(lines: list[str]) -> list[list[str]]:
    """Lines of a paragraph, cut before each item of a list that it begins with, or before each "- "."""
    marker = _ITEM if _ITEM.match(lines[0]) else re.compile("- ")
    items: list[list[str]] = []
    for line in lines:
        if not items or marker.match(line):
            items.append([])
        items[-1].append(line)
    return items


def _item(text: str, folder: str, own: Claim | None) -> str:
    bullet = text.startswith("- ")
    return ("- " if bullet else "") + linked(text.removeprefix("- "), folder, own)


def proof_text(path: Path) -> tuple[str, dict[str, str]]:
    """Title of a proof file, and the text of each section of its docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    title, *pieces = _HEADING.split(docstring)
    bodies = (_QUALIFIER.sub(_sentence, body.lstrip(" ")).strip("\n") for body in pieces[1::2])
    return " ".join(title.split()), dict(zip(pieces[::2], bodies, strict=True))


def _sentence(qualifier: re.Match[str]) -> str:
    """What stands in parentheses behind a heading, such as (ours), as a sentence."""
    return qualifier[1][0].upper() + qualifier[1][1:] + ". "
