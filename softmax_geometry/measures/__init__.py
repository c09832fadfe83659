"""The numbers of the report: everything measured once, as plain data ready for JSON.

A part that cannot be measured (a singular covariance, two equal weight rows, no OOD features) is a dictionary with
the single key "unavailable" and the reason in one sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from softmax_geometry.measures.facts import data_facts, plane_facts, structure_facts
from softmax_geometry.measures.features import norm_facts, ordering_facts, stability_facts
from softmax_geometry.measures.plain import attempt, plain
from softmax_geometry.measures.regions import coverage_facts, pair_facts, threshold_facts
from softmax_geometry.measures.scores import score_facts
from softmax_geometry.measures.subject import Subject


def measure(s: Subject, rng: np.random.Generator) -> dict[str, Any]:
    """All numbers of the report, as plain data."""
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "data": lambda: data_facts(s),
        "structure": lambda: structure_facts(s.head, rng),
        "thresholds": lambda: threshold_facts(s),
        "pairs": lambda: pair_facts(s),
        "coverage": lambda: coverage_facts(s, rng),
        "scores": lambda: score_facts(s, rng),
        "norms": lambda: norm_facts(s),
        "ordering": lambda: ordering_facts(s),
        "stability": lambda: stability_facts(s),
        "plane": lambda: plane_facts(s),
    }
    return {name: plain(attempt(part)) for name, part in parts.items()}
