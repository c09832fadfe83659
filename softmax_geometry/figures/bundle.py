"""Figures from recorded runs of trained networks, whose data come with the package.

`python -m experiments bundle` writes the drawings of the records, as data, into the two files beside this one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.drawing import Drawing, unpacked

FEW = 4  # verdicts, up to which a caption names each


@cache
def records() -> dict[str, Any]:
    """Of each figure: experiment, preset, seeds and files of the runs, caveats of the data, verdicts, and drawing."""
    return json.loads((files("softmax_geometry.figures") / "recorded.json").read_text(encoding="utf-8"))


def drawing(name: str) -> Drawing:
    """The figure of this name, not yet drawn.

    Examples
    --------
    >>> drawing("figure-17").func.__name__
    'depth_lines'
    """
    of = records()[name]
    path = files("softmax_geometry.figures") / "recorded.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return unpacked(of["drawing"], [arrays[f"{name}/{i}"] for i in range(of["arrays"])])


def recorded_entry(
    name: str,
    title: str,
    text: str,
    runs: str,
    claims: tuple[str, ...] = (),
    own: Callable[[Head, Features | None, float], Figure] | None = None,
) -> Entry:
    """An entry whose caption says what is seen, how the runs were done, and, from the records, verdicts and caveats.

    Parameters
    ----------
    text : what is drawn, what to see, and whether the paper is right
    runs : in what way the runs are not the paper's
    """
    of = records()[name]
    seeds = ", ".join(map(str, of["seeds"]))
    how = [f"Recorded runs: preset `{of['preset']}`, seeds {seeds}; {runs}."]
    how += [f"{data}: {caveat}." for data, caveat in of["caveats"].items()]
    caption = "\n\n".join(filter(None, [text, verdicts(of), " ".join(how)]))
    return Entry(name, title, caption, partial(_draw, name), claims, own)


def verdicts(of: Mapping[str, Any]) -> str:
    """What the runs say of the claims, as Markdown: each claim of a few, or the number of each verdict.

    Examples
    --------
    >>> verdicts({"verdicts": [["agrees", "it grows", "by -1.0 ± 0.1"]]})
    'Our runs on the claims (mean ± standard error): *agrees*: it grows (by −1.0 ± 0.1).'
    """
    found = of["verdicts"]
    if not found:
        return ""
    if len(found) > FEW:
        counts = Counter(verdict for verdict, _, _ in found)
        numbers = ", ".join(f"{n} × *{verdict}*" for verdict, n in counts.most_common())
        return f"Our runs on the {len(found)} claims that the figure bears on: {numbers}."
    each = "; ".join(f"*{verdict}*: {claim} ({evidence})" for verdict, claim, evidence in found)
    with_minus = re.sub(r"(?<![^\s(])-(?=\d)", "−", each)
    return f"Our runs on the claims (mean ± standard error): {with_minus}."


def _draw(name: str) -> Figure:
    return drawing(name)()
