"""What the catalogue says of a figure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from matplotlib.figure import Figure

from softmax_geometry.checks import InputError
from softmax_geometry.features import Features
from softmax_geometry.head import Head


@dataclass(frozen=True, eq=False)
class Entry:
    """A figure of the catalogue.

    Attributes
    ----------
    name : as it is asked for and as its file is called, such as "figure-2"
    title : one line
    caption : what is drawn and what to see in it, in Markdown; formulas in plain characters
    draw : draws the figure from the data that come with the package
    claims : ids of the claims of the ledger that it shows
    own : draws it for a head, its training features (None: weights alone) and ε, where that makes sense
    """

    name: str
    title: str
    caption: str
    draw: Callable[[], Figure]
    claims: tuple[str, ...] = ()
    own: Callable[[Head, Features | None, float], Figure] | None = None

    def figure(self, head: Head | None = None, train: Features | None = None, epsilon: float = 0.05) -> Figure:
        """The figure from the data that come with the package, or for a head.

        Raises
        ------
        InputError
            If it cannot be drawn for this head, or not without its features.
        """
        if head is None:
            return self.draw()
        if self.own is None:
            raise InputError("head: expected none, since this figure shows one set-up only")
        return self.own(head, train, epsilon)
