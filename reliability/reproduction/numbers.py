"""The numbers in the prose of a page, and those that nothing accounts for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
HIDDEN = re.compile(
    r"""
    ^\ *(?P<fence>`{3,}).*\n(?s:.*?)^\ *(?P=fence)\ *$ | ^:{3,}.*$   # blocks of code, which the tests run; layout
    | <!--\ ledger(?s:.*?)<!--.*?-->                                # what docs/render.py writes
    | `(?:[^`\n]|\n(?!\n))*` | \]\([^)\n]*\)                        # code, targets of links
    | ^\#+\ [\d.]+ | ^\d+\.\                                        # numbers of headings and lists
    """,
    re.MULTILINE | re.VERBOSE,
)
WHAT_IS_NO_MEASUREMENT = re.compile(
    r"""
    (?:figures?|tables?|equations?|eqs?|theorems?|propositions?|corollary|definition|section|appendix|causes?|steps?|bias
       |issues|seeds?)\s+\[?\d[\w.*–]*(?:(?:,|\ and|\ or|\ to)\s+\d[\w.]*)*     # names of results, figures, steps
    | \b(?:19|20)\d\d\b                                                   # years
    | (?<![\d.,])\d(?!\d|[.,]\d|\ (?:%|points|times|seconds|[GM]B|million))          # classes, digits and small counts
    | ε\ =\s+0\.05 | [A-Za-zε]\ [=≥≤<>]\ \d[\d,]*(?![\d.]*\d)             # settings: ε = 0.05, K = 3
    | (?:[A-Za-z_‖]|\b[A-Z]\.)\d[\w.]* | \d+[A-Za-z‖]\w*                   # parts of names: float32, B0, C.5, 2L
    | (?:[-−+·/√]\ ?|[(\[](?=\d+[,)\]]))\d+(?=[)\]/·,⌉\s])(?!\ (?:%|points)) # formulas: K − 1, [0, 1], 3/n
    | \d+\ [-−+·/]\ (?=[^\d\s])                                           # 1 − ε
    """,
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Reading:
    """What a page says in numbers.

    Attributes
    ----------
    quotes : the measured fragments that the page says
    tied : how many numbers stand in them
    missing : fragments that the page does not say
    loose : numbers that nothing accounts for, each in its context
    """

    quotes: tuple[str, ...]
    tied: int
    missing: tuple[str, ...]
    loose: tuple[str, ...]

    @property
    def drifts(self) -> int:
        return len(self.missing) + len(self.loose)


def reading(text: str, measured: Iterable[str] = (), chosen: Iterable[str] = ()) -> Reading:
    """Look for fragments that should stand in a text, and for numbers in none of them that may be measurements.

    Parameters
    ----------
    text : Markdown
    measured : fragments of sentences, with the numbers that they should have today
    chosen : fragments whose numbers were chosen or follow from arithmetic
    """
    measured, chosen = list(measured), list(chosen)
    places = {fragment: _places(fragment, text) for fragment in (*measured, *chosen)}
    prose = _without(WHAT_IS_NO_MEASUREMENT, _without(HIDDEN, text))
    covered = [place for fragment in places for place in places[fragment]]
    loose = [
        found
        for found in NUMBER.finditer(prose)
        if not any(a <= found.start() and found.end() <= b for a, b in covered)
    ]
    return Reading(
        quotes=tuple(fragment for fragment in measured if places[fragment]),
        tied=sum(len(NUMBER.findall(fragment)) * len(places[fragment]) for fragment in measured),
        missing=tuple(fragment for fragment in places if not places[fragment]),
        loose=tuple(_context(found, text) for found in loose),
    )


def _places(fragment: str, text: str) -> list[tuple[int, int]]:
    """Where a fragment stands, whatever the line breaks; not inside a longer number."""
    words = r"\s+".join(map(re.escape, fragment.split()))
    return [found.span() for found in re.finditer(rf"(?<![\d.,]){words}(?![.,]?\d)", text)]


def _without(what: re.Pattern[str], text: str) -> str:
    """The text with blanks in place of what matches, so that places stay the same."""
    return what.sub(lambda found: re.sub(r"\S", " ", found[0]), text)


def _context(found: re.Match[str], text: str) -> str:
    around = text[max(found.start() - 30, 0) : found.end() + 30]
    return f"{found[0]} in “{' '.join(around.split())}”"
