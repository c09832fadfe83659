"""What a benchmark says: one measured claim a row."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured claim.

    Attributes
    ----------
    claim : what is compared with what
    case : sizes and types
    figure : the ratio, or what `unit` says
    bound : what the figure should at most be, or at least (`at_most=False`); None where it is only reported
    floor : how many times the least time that this machine's memory and matrix products allow
    """

    claim: str
    case: str
    figure: float
    bound: float | None = None
    at_most: bool = True
    unit: str = "×"
    floor: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the figure is on the right side of its bound."""
        return self.bound is None or (self.figure <= self.bound if self.at_most else self.figure >= self.bound)

    def __str__(self) -> str:
        target = "" if self.bound is None else f"{'<=' if self.at_most else '>='} {self.bound:g}"
        floor = "" if self.floor is None else f"{self.floor:.1f} x floor"
        verdict = "" if self.bound is None else "holds" if self.holds else "FAILS"
        return f"{self.claim:<58}  {self.case:<28}  {self.figure:8.3g} {self.unit} {target:<8}  {floor:<12}  {verdict}"
