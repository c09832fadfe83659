"""States of the explorer: a head in the plane, its class clusters, an OOD cluster and how they are scored."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmax_geometry.structure import Name, named_structure

_CENTRE = [0.0, 0.0]


def polygon(K: int, scale: float = 1.2, radius: float = 3.5, angle: float = np.pi / 2, **rest: Any) -> dict[str, Any]:
    """K weights at equal angles, the first at `angle`, and class means along them."""
    angles = angle + 2 * np.pi * np.arange(K) / K
    directions = np.column_stack([np.cos(angles), np.sin(angles)]).round(15)
    return state(scale * directions, radius * directions, **rest)


def along_structure(name: Name, scale: float = 1.2, radius: float = 3.5, **rest: Any) -> dict[str, Any]:
    """A structure of fig 5 with class means along its weights."""
    weight = named_structure(name)
    norms = np.linalg.norm(weight, axis=1, keepdims=True)
    return state(scale * weight, radius * weight / np.where(norms > 0, norms, 1), **rest)


def shadow() -> dict[str, Any]:
    """The simplex of four classes, projected along one of its weights."""
    corners = np.vstack([named_structure("optimal"), _CENTRE])
    return state(1.2 * corners, 3.5 * corners, ood=([0.0, -2.5], 0.8))


def state(
    weight: Any,
    means: Any,
    spread: float = 0.8,
    epsilon: float = 0.05,
    ood: tuple[list[float], float] = (_CENTRE, 0.8),
) -> dict[str, Any]:
    """The state of these weights (K, 2) and class means (K, 2): no biases, temperature 1, scored by U_max."""
    return {
        "K": len(weight),
        "weight": np.asarray(weight).tolist(),
        "bias": [0.0] * len(weight),
        "means": np.asarray(means).tolist(),
        "spread": spread,
        "epsilon": epsilon,
        "temperature": 1.0,
        "estimator": "U_max",
        "ood": {"mean": ood[0], "spread": ood[1]},
    }
