"""The states from which a tour of the explorer starts."""

from __future__ import annotations

from typing import Any

from softmax_geometry.structure import named_structure


def presets() -> list[dict[str, Any]]:
    """Presets of the explorer: id, name, one or two sentences on what to see, and the state."""
    weight = (2 * named_structure("optimal")).tolist()
    return [
        {
            "id": "optimal",
            "name": "Optimal structure",
            "text": "Three weights at equal angles.",
            "state": {
                "K": 3,
                "weight": weight,
                "bias": [0.0, 0.0, 0.0],
                "means": weight,
                "spread": 0.8,
                "epsilon": 0.05,
                "temperature": 1.0,
                "estimator": "U_max",
                "ood": {"mean": [0.0, 0.0], "spread": 0.6},
            },
        }
    ]
