"""Norms and angles of the features, and how firmly a flag holds."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmax_geometry.angles import envelope, max_cosine, safe_ordering
from softmax_geometry.auroc import auroc
from softmax_geometry.certificates import norm_certificate, stability_radius
from softmax_geometry.checks import InputError
from softmax_geometry.measures.plain import share
from softmax_geometry.measures.subject import Subject
from softmax_geometry.structure import structure

NEAR = 0.25
"""Distance from the simplex up to which its angle theorems are read off as an approximation."""


def norm_facts(s: Subject) -> dict[str, Any]:
    """Norms and largest cosines of the populations."""
    norms = {name: np.linalg.norm(features.z, axis=1) for name, features in s.populations.items()}
    cosines = {
        name: max_cosine(s.head, features.z[norms[name] > 0])
        for name, features in s.populations.items()
        if norms[name].any()
    }
    out: dict[str, Any] = {
        "norm": {name: np.median(values) for name, values in norms.items()},
        "max_cosine": {name: np.median(values) for name, values in cosines.items()},
        "zero_rows": {name: int(np.count_nonzero(values == 0)) for name, values in norms.items()},
    }
    if "test" in cosines and "OOD" in cosines:
        out["auroc_norm"] = auroc(-norms["test"], -norms["OOD"]).to_dict()
        out["auroc_cosine"] = auroc(-cosines["test"], -cosines["OOD"]).to_dict()
    return out


def ordering_facts(s: Subject) -> dict[str, Any]:
    """What norm and max cos would fix if the head were exactly a simplex (theorem E and its safe ordering).

    Taken at the median norm and the median max cos of the test points, or of the training points without them.

    Raises
    ------
    InputError
        If no simplex fits the head, or the head is further than `NEAR` from one.
    """
    distance = structure(s.head).etf_distance
    if s.head.H < s.head.K - 1:
        raise InputError(f"head: expected H >= K - 1, where a simplex fits, got K={s.head.K} and H={s.head.H}")
    if distance > NEAR:
        raise InputError(f"head: expected it within {NEAR:.0%} of a simplex, got {distance:.0%}")
    reference = s.train if s.test is None else s.test
    z = reference.z[np.linalg.norm(reference.z, axis=1) > 0]
    if not len(z):
        raise InputError("features: expected some that are not zero, got none")
    weight_norm = float(np.linalg.norm(s.head.centred().weight, axis=1).mean())
    c = weight_norm * float(np.median(np.linalg.norm(z, axis=1)))
    m = max(float(np.median(max_cosine(s.head, z))), 1 / (s.head.K - 1) if s.head.H == s.head.K - 1 else 0.0)
    low, high = envelope(m, c, s.head.K, s.head.H)
    safe = float(safe_ordering(m, c, s.head.K, s.head.H))
    facts: dict[str, Any] = {"distance": distance, "c": c, "m": m, "low": float(low), "high": float(high), "safe": safe}
    if s.ood is not None:
        ood = s.ood.z[np.linalg.norm(s.ood.z, axis=1) > 0]
        if len(ood):
            cosines = max_cosine(s.head, ood)
            facts |= {"ood_below_m": share(cosines < m), "ood_below_safe": share(cosines < safe)}
    return facts


def stability_facts(s: Subject) -> dict[str, Any]:
    """How far a flagged point may move and stay flagged, and the norm below which every point is."""
    L = s.regions["U_max"].threshold.margin
    i, j = divmod(int(s.head.squared_distances().argmax()), s.head.K)
    steepest = s.head.weight[i] - s.head.weight[j]
    std = None
    if s.gaussians is not None and steepest.any():
        direction = steepest / np.linalg.norm(steepest)
        std = float(np.sqrt(np.mean([direction @ s.gaussians.covariances[k] @ direction for k in (i, j)])))
    inside: dict[str, Any] = {}
    for name, features in s.populations.items():
        flagged = s.regions["U_max"].contains(features.z)
        radii = np.maximum(stability_radius(s.head, features.z, L=L)[flagged], 0)
        if len(radii):
            quartiles = np.percentile(radii, [25, 50, 75])
            inside[name] = {"n": len(radii), "quartiles": quartiles, "in_std": quartiles / std if std else None}
        else:
            inside[name] = {"n": 0}
    return {
        "steepest_pair": [i, j],
        "training_std": std,
        "inside": inside,
        "norm_certificate": norm_certificate(s.head, L=L),
        "below_certificate": {
            name: share(np.linalg.norm(features.z, axis=1) < norm_certificate(s.head, L=L))
            for name, features in s.populations.items()
        },
    }
