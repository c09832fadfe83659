"""What our runs say of a claim, from values whose sign decides it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from experiments.running.summary import mean_and_se

Verdict = Literal["agrees", "disagrees", "undecided", "not comparable"]
ERRORS = 2  # standard errors that a mean must lie from 0


@dataclass(frozen=True)
class Judged:
    """A statement of the paper, where it stands there, the verdict of our runs, and the figures behind it."""

    claim: str
    source: str
    verdict: Verdict
    evidence: str


def judged(claim: str, source: str, margins: Iterable[float], evidence: str) -> Judged:
    """Judge by margins that are above 0 where the claim holds, one for each seed.

    It agrees (disagrees) if their mean lies more than two standard errors above (below) 0, is undecided between, and
    cannot be compared with fewer than two seeds. With three seeds that is a rule of thumb, not a significance test.

    Examples
    --------
    >>> judged("x grows", "fig 0", [0.1, 0.12, 0.11], "by 0.11").verdict
    'agrees'
    >>> judged("x grows", "fig 0", [0.1, -0.12, 0.05], "by 0.01").verdict
    'undecided'
    """
    mean, error = mean_and_se(margins)
    if error is None:
        return Judged(claim, source, "not comparable", f"{evidence}; fewer than two seeds")
    if abs(mean) <= ERRORS * error:
        return Judged(claim, source, "undecided", evidence)
    return Judged(claim, source, "agrees" if mean > 0 else "disagrees", evidence)
