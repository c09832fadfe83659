"""The ledger: every numbered result of the paper and of ours, its verdict, the truth, and where it is proved."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

Verdict = Literal["proved", "proved under stated hypotheses", "corrected", "refuted", "definition", "open"]

LAST_EQUATION = 93
"""The paper numbers its equations 1 to 93."""


@dataclass(frozen=True)
class Claim:
    """One result.

    Attributes
    ----------
    id : as it is cited, such as "Theorem 4"
    source : "paper" for a result of Pearce, Brintrup & Zhu (2021), "ours" for one that replaces or extends it
    equations : numbers of the paper's equations that the result covers
    statement : what is claimed
    verdict : "proved" as stated; "proved under stated hypotheses" that the print leaves out; "corrected" where a
        small change makes it true; "refuted" by a counterexample; "definition"; "open"
    reason : the verdict's reason, one line
    truth : the true statement
    counterexample : exact, where there is one
    proof : file under `proofs/`
    functions : dotted names of the array functions that compute it
    figure : number of the paper's figure that shows it
    """

    id: str
    source: Literal["paper", "ours"]
    statement: str
    verdict: Verdict
    reason: str
    truth: str
    proof: str
    equations: tuple[int, ...] = ()
    counterexample: str = ""
    functions: tuple[str, ...] = ()
    figure: str = ""
    chapter: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if self.verdict not in get_args(Verdict):
            raise ValueError(f"{self.id}: expected a verdict of {get_args(Verdict)}, got {self.verdict!r}")


@cache
def claims() -> tuple[Claim, ...]:
    """All claims in the order of the paper's sections, ours beside those they replace.

    Examples
    --------
    >>> claims()[0].id
    'Equations 1-4'
    """
    ledger = files("softmax_geometry") / "ledger"
    found = []
    for chapter in ("regions", "structure", "angles", "rotations", "diagnosis"):
        table = tomllib.loads((ledger / f"{chapter}.toml").read_text(encoding="utf-8"))
        for entry in table.get("claim", ()):
            for name in ("equations", "functions"):
                entry[name] = tuple(entry.get(name, ()))
            found.append(Claim(**entry, chapter=chapter))
    return tuple(found)


def claim(id: str) -> Claim:
    """The claim of that name.

    Raises
    ------
    KeyError
        If there is none.
    """
    for candidate in claims():
        if candidate.id == id:
            return candidate
    raise KeyError(id)


def verdict_counts(chosen: Iterable[Claim] | None = None) -> dict[str, int]:
    """Number of claims with each verdict, in the order of `Verdict`."""
    counts = Counter(c.verdict for c in (claims() if chosen is None else chosen))
    return {verdict: counts[verdict] for verdict in get_args(Verdict) if counts[verdict]}
