"""All that is said of one in-distribution set against OOD sets: accuracy, AUROC, causes, ceiling, norms and angles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.special import softmax

from experiments.scoring.scores import DensitySetup, Pair, Positions, Scorer, Scores, max_cosines
from softmax_geometry.auroc import auroc
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import U_max_log
from softmax_geometry.overlap import auroc_ceiling

CEILING_POINTS = 1000


def ood_metrics(
    train: Captured,
    test: Captured,
    ood: Mapping[str, Captured],
    *,
    seed: int,
    extra: Mapping[str, Pair] | None = None,
    setup: DensitySetup | None = None,
) -> dict[str, Any]:
    """Accuracy, AUROC of every score against each OOD set and all of them, causes, ceiling, ‖z‖ and max cos.

    "all" is the OOD sets pooled with the same number of random points from each, as in table 1.

    Parameters
    ----------
    train, test : Captured
        In-distribution features, logits and labels.
    ood : dict of Captured
        By name of the set.
    seed : int
        For EM, the neurons, the balance and the folds of the ceiling.
    extra : dict of (test scores, {OOD set: scores}), optional
        Scores that need other networks.
    setup : DensitySetup, optional
        Of the paper's tuned density.

    Returns
    -------
    dict
        "accuracy"; "AUROC"[score][set or "all"]; "standard error"[score] (DeLong) and "ties"[score] on "all";
        "causes" (the paper's 1, 2, 3, our 1a and 1b, and 2 and 3 with the untuned density), fractions that sum to
        1 − AUROC(U_entropy); "ceiling", the cross-fitted AUROC of the best score of the features, on "all";
        "norm" and "max cos", the means over train, test and each OOD set.
    """
    if not ood:
        raise InputError("ood: expected at least one set, got none")
    scorer = Scorer.fitted(train, setup or DensitySetup(), seed)
    scored: dict[str, Scores] = {name: scorer.scores(points) for name, points in (("test", test), *ood.items())}
    for score, (of_test, of_ood) in (extra or {}).items():
        for name in scored:
            scored[name][score] = of_test if name == "test" else of_ood[name]
    balanced = _balanced({name: len(points.z) for name, points in ood.items()}, seed)

    def pooled(values: Mapping[str, Array]) -> Array:
        return np.concatenate([values[name][chosen] for name, chosen in balanced.items()])

    measured: dict[str, Any] = {"accuracy": float(np.mean(test.logits.argmax(axis=1) == test.labels))}
    measured |= {"AUROC": {}, "standard error": {}, "ties": {}}
    for score, of_test in scored["test"].items():
        everything = auroc(of_test, pooled({name: scored[name][score] for name in ood}))
        each = {name: auroc(of_test, scored[name][score]).value for name in ood}
        measured["AUROC"][score] = {**each, "all": everything.value}
        measured["standard error"][score] = everything.standard_error
        measured["ties"][score] = everything.tie_fraction
    measured["causes"] = causes({score: value["all"] for score, value in measured["AUROC"].items()})
    measured["ceiling"] = _ceiling(test, {name: ood[name] for name in balanced}, balanced, seed)
    populations = {"train": train, "test": test, **ood}
    measured["norm"] = {name: float(np.linalg.norm(of.z, axis=1).mean()) for name, of in populations.items()}
    measured["max cos"] = {name: float(max_cosines(train.head, of.z).mean()) for name, of in populations.items()}
    return measured


def causes(auroc_of: Mapping[str, float]) -> dict[str, float]:
    """The paper's causes from AUROCs (section 6), cause 1 split in 1a (ties) and 1b (temperature).

    "2 untuned" and "3 untuned" are causes 2 and 3 with a density that was not tuned on OOD data.

    Examples
    --------
    >>> softmax = {"U_entropy": 0.8, "U_entropy_log": 0.85, "U_cool": 0.875}
    >>> found = causes({**softmax, "U_density": 0.9, "U_density untuned": 0.85})
    >>> {cause: round(value, 3) for cause, value in found.items()}
    {'1': 0.075, '1a': 0.05, '1b': 0.025, '2': 0.025, '3': 0.1, '2 untuned': -0.025, '3 untuned': 0.15}
    """
    plain, exact, cool = auroc_of["U_entropy"], auroc_of["U_entropy_log"], auroc_of["U_cool"]
    tuned, untuned = auroc_of["U_density"], auroc_of["U_density untuned"]
    return {
        "1": cool - plain,
        "1a": exact - plain,
        "1b": cool - exact,
        "2": tuned - cool,
        "3": 1 - tuned,
        "2 untuned": untuned - cool,
        "3 untuned": 1 - untuned,
    }


def _balanced(sizes: Mapping[str, int], seed: int) -> dict[str, Positions]:
    """As many random positions of each set as the smallest has points."""
    rng, least = np.random.default_rng([seed, 1]), min(sizes.values())
    return {name: rng.permutation(size)[:least] for name, size in sizes.items()}


def _ceiling(test: Captured, ood: Mapping[str, Captured], balanced: Mapping[str, Positions], seed: int) -> float | None:
    """AUROC that trees reach with z, logits and probabilities, cross-fitted; None with too few points."""
    inside = _joined(test)[np.random.default_rng([seed, 2]).permutation(len(test.z))[:CEILING_POINTS]]
    share = CEILING_POINTS // len(ood)
    outside = np.concatenate([_joined(ood[name])[chosen[:share]] for name, chosen in balanced.items()])
    folds = min(5, len(inside) // 2, len(outside) // 2)
    return auroc_ceiling(inside, outside, folds=folds, rng=seed).value if folds >= 2 else None


def _joined(points: Captured) -> Array:
    l = points.logits.astype(np.float64)
    return np.column_stack([points.z, l, softmax(l, axis=1), U_max_log(l), np.linalg.norm(points.z, axis=1)])
