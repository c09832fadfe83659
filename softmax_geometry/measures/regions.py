"""Thresholds, widths, and what each region catches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import Array
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.measures.plain import share
from softmax_geometry.measures.subject import Subject

DRAWS = 10_000
"""Points drawn from the class Gaussians to predict the mass of a region."""


def threshold_facts(s: Subject) -> dict[str, Any]:
    """The threshold of each estimator, in its own units and as a logit gap."""
    out: dict[str, Any] = {}
    for name, region in s.regions.items():
        threshold = region.threshold
        out[name] = {
            "log_score": threshold.log_score,
            "score": threshold.score,
            "L": threshold.margin,
            "L_upper": threshold.margin_upper(s.head.K),
        }
    out["U_max"]["confidence"] = s.regions["U_max"].threshold.confidence
    if s.density_region is not None:
        out["U_density"] = {"score": -s.density_region.log_density_threshold}
    return out


def pair_facts(s: Subject) -> dict[str, Any]:
    """Offset and width of every pair of classes, narrowest first."""
    linear = s.regions["U_max"].linear
    widths, offsets = linear.widths, linear.offsets
    in_std = s.widths_in_std
    i, j = np.triu_indices(s.head.K, 1)
    order = np.argsort(widths[i, j], kind="stable")
    rows = [
        {
            "pair": [int(i[k]), int(j[k])],
            "offset": offsets[i[k], j[k]],
            "width": widths[i[k], j[k]],
            "width_in_std": None if in_std is None else in_std[i[k], j[k]],
        }
        for k in order
    ]
    return {
        "rows": rows,
        "median_width": float(np.median(widths[i, j])),
        "is_empty": linear.is_empty,
        "has_std": in_std is not None,
        "below_one_std": None if in_std is None else int(np.count_nonzero(in_std[i, j] < 1)),
    }


def coverage_facts(s: Subject, rng: np.random.Generator) -> dict[str, Any]:
    """Share of every population in every region, beside what Gaussian features would give."""
    contains: dict[str, Callable[[Any], NDArray[np.bool_]]] = {
        "U_max": s.regions["U_max"].contains,
        "U_entropy": s.regions["U_entropy"].contains,
        "linear": s.regions["U_max"].linear.contains,
    }
    if s.density_region is not None:
        contains["density"] = s.density_region.contains
        contains["ellipsoids"] = s.density_region.contains_ellipsoids
    predicted: dict[str, Array] = {}
    if s.gaussians is not None:
        predicted["in"] = s.gaussians.sample(DRAWS, rng).z
    if s.ood is not None and len(s.ood) > 1:
        one_class = Features(s.ood.z, np.zeros(len(s.ood), dtype=int))
        predicted["OOD"] = ClassGaussians.from_features(one_class, K=1).sample(DRAWS, rng).z
    regions: dict[str, dict[str, Any]] = {}
    for name, member in contains.items():
        row: dict[str, Any] = {which: share(member(features.z)) for which, features in s.populations.items()}
        row |= {f"gaussian_{which}": share(member(z)) for which, z in predicted.items()}
        row["difference_in"] = _difference(row.get("test"), row.get("gaussian_in"))
        row["difference_OOD"] = _difference(row.get("OOD"), row.get("gaussian_OOD"))
        if "test" in row:
            row["test_minus_epsilon"] = {
                "value": row["test"]["value"] - s.epsilon,
                "standard_error": float(np.sqrt(s.epsilon * (1 - s.epsilon) / row["test"]["n"])),
            }
        regions[name] = row
    return {
        "regions": regions,
        "draws": DRAWS,
        "worst_in": _worst(regions, "difference_in"),
        "worst_OOD": _worst(regions, "difference_OOD"),
    }


def _worst(regions: dict[str, dict[str, Any]], key: str) -> str | None:
    """The region whose difference is largest in absolute value."""
    known = [name for name, row in regions.items() if row[key] is not None]
    return max(known, key=lambda name: abs(regions[name][key]["value"]), default=None)


def _difference(observed: dict[str, Any] | None, predicted: dict[str, Any] | None) -> dict[str, float] | None:
    """Observed minus predicted share, with the standard error under the pooled share."""
    if observed is None or predicted is None:
        return None
    n, m = observed["n"], predicted["n"]
    pooled = (n * observed["value"] + m * predicted["value"]) / (n + m)
    error = float(np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m)))
    return {"value": observed["value"] - predicted["value"], "standard_error": error}
