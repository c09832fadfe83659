"""An entrance of the software, and how its inputs are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reliability.fuzzing.workers import Case


@dataclass(frozen=True)
class Target:
    """One entrance of the software.

    Attributes
    ----------
    name : str
    case : function
        The input of a number.
    inputs : int
        How many of them the measurement tries.
    limit : float
        Seconds after which an input counts as hanging.
    """

    name: str
    case: Callable[[int], Case]
    inputs: int
    limit: float = 30.0
