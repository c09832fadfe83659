"""How well each score ranks OOD above test points, and why it fails."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmax_geometry.auroc import auroc, fpr_at_tpr
from softmax_geometry.checks import Array, InputError
from softmax_geometry.density import RIDGE, U_density, fit_density
from softmax_geometry.diagnosis import diagnose
from softmax_geometry.estimators import U_cool, U_entropy, U_entropy_log, U_max, U_max_log
from softmax_geometry.measures.plain import attempt
from softmax_geometry.measures.subject import Subject
from softmax_geometry.overlap import auroc_ceiling

ADDED_SHARES = (1e-6, RIDGE, 1e-1)
"""Variance added to a density's covariances, as shares of the mean feature variance; the middle one is the default."""

CEILING_POINTS = 2_000


def score_facts(s: Subject, rng: np.random.Generator) -> dict[str, Any]:
    """AUROC of every score, the causes of failure, the ceiling, and other densities."""
    if s.test is None or s.ood is None:
        missing = [name for name, features in (("test", s.test), ("OOD", s.ood)) if features is None]
        return {
            "unavailable": f"it compares test with OOD features, but no {' and no '.join(missing)} features were given"
        }
    if s.density is None:
        return _softmax_scores(s.head.logits(s.test.z), s.head.logits(s.ood.z))
    measured = diagnose(s.head, s.train, s.test, s.ood, density=s.density, rng=rng).to_dict()
    shares = {key: measured["causes"][key]["value"] for key in ("1a", "1b", "2", "3")}
    unit = max(float(np.abs(s.test.z).max()), float(np.abs(s.ood.z).max())) or 1.0
    inside, outside = (z[rng.permutation(len(z))[:CEILING_POINTS]] / unit for z in (s.test.z, s.ood.z))
    return {
        **measured,
        **_extremes(measured["scores"]),
        "causes_total": sum(shares.values()),
        "largest_cause": max(shares, key=lambda key: shares[key]),
        "ceiling": attempt(lambda: _ceiling(inside, outside, rng)),
        "other_densities": _other_densities(s),
    }


def _softmax_scores(inside: Array, outside: Array) -> dict[str, Any]:
    """What `diagnose` says of the softmax scores, when there is no density to compare them with."""
    scores = {}
    for score in (U_max, U_entropy, U_cool, U_max_log, U_entropy_log):
        dtype = np.float64 if score.__name__.endswith("_log") else np.float32
        scores[score.__name__] = _quality(score(inside.astype(dtype)), score(outside.astype(dtype)))
    return {"precision": "float32", "scores": scores, **_extremes(scores), "causes": None, "other_densities": []}


def _extremes(scores: dict[str, Any]) -> dict[str, list[str]]:
    """The scores that separate the sample perfectly, and those below 1/2 by more than two standard errors."""
    areas = {name: quality["auroc"] for name, quality in scores.items()}
    return {
        "perfect": [name for name, area in areas.items() if area["value"] == 1],
        "reversed": [name for name, area in areas.items() if area["value"] + 2 * (area["standard_error"] or 0) < 0.5],
    }


def _quality(inside: Array, outside: Array) -> dict[str, Any]:
    return {"auroc": auroc(inside, outside).to_dict(), "fpr_at_95_tpr": fpr_at_tpr(inside, outside)}


def _other_densities(s: Subject) -> list[dict[str, Any]]:
    """U_density from one Gaussian for each class instead of EM, at three sizes of the added variance."""
    if s.gaussians is None or s.test is None or s.ood is None:
        return []
    out = []
    for part in ADDED_SHARES:
        added = part * s.feature_variance
        try:
            model = fit_density(s.train, reg_covar=added, method="per_class")
        except InputError:
            continue
        quality = _quality(U_density(s.test.z, model), U_density(s.ood.z, model))
        out.append({"added_variance": added, **quality})
    return out


def _ceiling(inside: Array, outside: Array, rng: np.random.Generator) -> dict[str, Any]:
    """The ceiling on AUROC by extremely randomised trees, several times faster than the default classifier."""
    from sklearn.ensemble import ExtraTreesClassifier

    trees = ExtraTreesClassifier(min_samples_leaf=3, random_state=int(rng.integers(2**31)))
    return auroc_ceiling(inside, outside, rng=rng, classifier=trees).to_dict()
