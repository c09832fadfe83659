"""The numbers of the report: everything measured once, as plain data ready for JSON.

A part that cannot be measured (a singular covariance, two equal weight rows, no OOD features) is a dictionary with
the single key "unavailable" and the reason in one sentence.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from softmax_geometry.angles import max_cosine
from softmax_geometry.auroc import auroc, fpr_at_tpr
from softmax_geometry.certificates import norm_certificate, stability_radius
from softmax_geometry.checks import Array, InputError, as_labels
from softmax_geometry.density import RIDGE, DensityModel, U_density, fit_density
from softmax_geometry.density_regions import DensityRegion, density_region
from softmax_geometry.diagnosis import diagnose
from softmax_geometry.estimators import U_cool, U_entropy, U_entropy_log, U_max, U_max_log
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.head import Head
from softmax_geometry.overlap import auroc_ceiling
from softmax_geometry.plots.plane import Plane, fit_plane
from softmax_geometry.regions import ValidRegion, valid_region
from softmax_geometry.structure import structure

DRAWS = 10_000
"""Points drawn from the class Gaussians to predict the mass of a region."""

ADDED_SHARES = (1e-6, RIDGE, 1e-1)
"""Variance added to a density's covariances, as shares of the mean feature variance; the middle one is the default."""

_RANDOM_HEADS = 20
_CEILING_POINTS = 2_000


@dataclass(frozen=True, eq=False)
class Subject:
    """What is analysed, with the models every part of the report shares; None where one cannot be had."""

    head: Head
    train: Features
    test: Features | None
    ood: Features | None
    epsilon: float
    regions: dict[str, ValidRegion]
    gaussians: ClassGaussians | None
    density: DensityModel | None
    density_region: DensityRegion | None
    reasons: dict[str, str]
    density_warnings: list[str]
    feature_variance: float

    @property
    def widths_in_std(self) -> Array | None:
        """Widths of the linear region in training standard deviations; None when it is empty."""
        linear = self.regions["U_max"].linear
        return None if self.gaussians is None or linear.is_empty else linear.widths_in_std(self.gaussians)

    @property
    def plane(self) -> Plane:
        """The principal plane of training and OOD features.

        Raises
        ------
        InputError
            If there are fewer than two features.
        """
        return fit_plane(self.train.z, None if self.ood is None else self.ood.z)

    @property
    def populations(self) -> dict[str, Features]:
        """The populations at hand by name: "train", "test", "OOD"."""
        named = {"train": self.train, "test": self.test, "OOD": self.ood}
        return {name: features for name, features in named.items() if features is not None}


def subject(
    head: Head,
    train: Features,
    test: Features | None,
    ood: Features | None,
    epsilon: float,
    rng: np.random.Generator,
) -> Subject:
    """Check the input and fit thresholds, class Gaussians and density on the training features.

    Raises
    ------
    InputError
        If features do not fit the head, labels are missing from `train` or out of range, or ε is outside (0, 1).
    """
    if train.labels is None:
        raise InputError("train: expected class labels, got none")
    for name, features in (("train", train), ("test", test), ("ood", ood)):
        if features is not None:
            head.features(features.z, name)
    for name, features in (("train labels", train), ("test labels", test)):
        if features is not None and features.labels is not None:
            as_labels(name, features.labels, len(features), head.K)
    reasons: dict[str, str] = {}
    variance = float(np.var(train.z, axis=0, dtype=np.float64).mean())

    def fitted(name: str, fit: Callable[[], Any]) -> Any:
        try:
            return fit()
        except InputError as error:
            reasons[name] = str(error)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        density = fitted("density", lambda: fit_density(train, head.K, rng=rng))
    return Subject(
        head,
        train,
        test,
        ood,
        epsilon,
        {name: valid_region(head, train, epsilon, name) for name in ("U_max", "U_entropy")},
        fitted("gaussians", lambda: ClassGaussians.from_features(train, head.K)),
        density,
        None if density is None else density_region(density, train, epsilon),
        reasons,
        [str(warning.message) for warning in caught],
        variance,
    )


def measure(s: Subject, rng: np.random.Generator) -> dict[str, Any]:
    """All numbers of the report, as plain data."""
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "data": lambda: _data(s),
        "structure": lambda: _structure(s.head, rng),
        "thresholds": lambda: _thresholds(s),
        "pairs": lambda: _pairs(s),
        "coverage": lambda: _coverage(s, rng),
        "scores": lambda: _scores(s, rng),
        "norms": lambda: _norms(s),
        "stability": lambda: _stability(s),
        "plane": lambda: _plane(s),
    }
    return {name: plain(_attempt(part)) for name, part in parts.items()}


def plain(value: Any) -> Any:
    """The value in JSON's types; numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if isinstance(value, (str, int, float, bool)) or value is None else str(value)


def share(members: NDArray[np.bool_]) -> dict[str, Any]:
    """Share of true entries: its standard error and exact 95 % interval (Clopper–Pearson).

    Examples
    --------
    >>> share(np.array([True, False, False, False]))["value"]
    0.25
    """
    n, k = len(members), int(np.count_nonzero(members))
    value = k / n
    low = float(betaincinv(k, n - k + 1, 0.025)) if k else 0.0
    high = float(betaincinv(k + 1, n - k, 0.975)) if k < n else 1.0
    return {"value": value, "standard_error": float(np.sqrt(value * (1 - value) / n)), "interval": [low, high], "n": n}


def _attempt(part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return part()
    except InputError as error:
        return {"unavailable": str(error)}


def _data(s: Subject) -> dict[str, Any]:
    assert s.train.labels is not None
    counts = np.bincount(s.train.labels, minlength=s.head.K)
    constant = int(np.count_nonzero(np.ptp(s.train.z, axis=0) == 0))
    ranks = None
    if s.gaussians is not None:
        ranks = int(min(np.linalg.matrix_rank(covariance, hermitian=True) for covariance in s.gaussians.covariances))
    accuracy = {
        name: share(s.head.logits(features.z).argmax(axis=1) == features.labels)
        for name, features in s.populations.items()
        if features.labels is not None and name != "OOD"
    }
    return {
        "K": s.head.K,
        "H": s.head.H,
        "epsilon": s.epsilon,
        "n": {name: len(features) for name, features in s.populations.items()},
        "smallest_class": int(counts.min()),
        "constant_features": constant,
        "smallest_covariance_rank": ranks,
        "accuracy": accuracy,
        "reasons": s.reasons,
        "density_warnings": s.density_warnings,
        "density_added_variance": RIDGE * s.feature_variance,
    }


def _structure(head: Head, rng: np.random.Generator) -> dict[str, Any]:
    measured = structure(head)
    off_diagonal = measured.cosines[np.triu_indices(head.K, 1)]
    random = [structure(Head(rng.standard_normal((head.K, head.H)))).etf_distance for _ in range(_RANDOM_HEADS)]
    return measured.to_dict() | {
        "cosine_min": float(off_diagonal.min()),
        "random_etf_distance": [min(random), max(random)],
        "random_heads": _RANDOM_HEADS,
    }


def _thresholds(s: Subject) -> dict[str, Any]:
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


def _pairs(s: Subject) -> dict[str, Any]:
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


def _coverage(s: Subject, rng: np.random.Generator) -> dict[str, Any]:
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


def _scores(s: Subject, rng: np.random.Generator) -> dict[str, Any]:
    if s.test is None or s.ood is None:
        missing = [name for name, features in (("test", s.test), ("OOD", s.ood)) if features is None]
        return {
            "unavailable": f"it compares test with OOD features, but no {' and no '.join(missing)} features were given"
        }
    if s.density is None:
        return _softmax_scores(s.head.logits(s.test.z), s.head.logits(s.ood.z))
    measured = diagnose(s.head, s.train, s.test, s.ood, density=s.density, rng=rng).to_dict()
    shares = {key: measured["causes"][key]["value"] for key in ("1a", "1b", "2", "3")}
    inside, outside = (z[rng.permutation(len(z))[:_CEILING_POINTS]] for z in (s.test.z, s.ood.z))
    return {
        **measured,
        **_extremes(measured["scores"]),
        "causes_total": sum(shares.values()),
        "largest_cause": max(shares, key=lambda key: shares[key]),
        "ceiling": _attempt(lambda: _ceiling(inside, outside, rng)),
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


def _norms(s: Subject) -> dict[str, Any]:
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


def _stability(s: Subject) -> dict[str, Any]:
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


def _plane(s: Subject) -> dict[str, Any]:
    population = "the training features" if s.ood is None else "an equal mixture of training and OOD features"
    return {"explained": s.plane.explained, "population": population}
