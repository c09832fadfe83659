"""All that is said of one in-distribution set against OOD sets: scores, AUROC, causes, norms and angles.

OOD is the positive class and a higher score means more OOD throughout.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, logsumexp, softmax
from sklearn.covariance import EmpiricalCovariance
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler

from softmax_geometry.angles import max_cosine
from softmax_geometry.auroc import auroc
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array, InputError
from softmax_geometry.density import U_density, fit_density
from softmax_geometry.estimators import U_cool, U_entropy, U_entropy_log, U_max, U_max_log
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.mental_model import U_max_corrected, U_max_mental_log, max_logit
from softmax_geometry.overlap import auroc_ceiling

Scores = dict[str, Array]
Positions = NDArray[np.int64]
Pair = tuple[Array, Mapping[str, Array]]
"""Scores of the test points, and of the points of each OOD set."""

KDE_POINTS = 2000
CEILING_POINTS = 1000
LOG_OFFSET = 1e-3


@dataclass(frozen=True)
class DensitySetup:
    """How the paper's density is fitted, after it was tuned on OOD data (appendix C.5, C.6): EM, K components, full.

    `features` is the number of randomly chosen final-layer neurons that it sees, all when None. The logarithm of
    C.6 is taken of max(z, 0) + 10⁻³ here, since z can be 0; the text does not say what it does there.
    """

    reg_covar: float = 1e-5
    log: bool = False
    features: int | None = None
    max_train: int = 10_000


@dataclass(frozen=True)
class Scorer:
    """The scores that need training features, fitted to them; they never see OOD data."""

    head: Head
    setup: DensitySetup
    neurons: Positions
    tuned: Any
    untuned: Any
    covariance: EmpiricalCovariance
    means: Array
    scaler: StandardScaler
    kde: KernelDensity

    @classmethod
    def fitted(cls, train: Captured, setup: DensitySetup, seed: int) -> Scorer:
        """Fit the densities and the Mahalanobis distance to training features with labels."""
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(train.z))[: setup.max_train]
        z, labels, H = train.z[chosen].astype(np.float64), train.labels[chosen], train.head.H
        neurons = np.sort(rng.permutation(H)[: setup.features])
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", ConvergenceWarning
            )  # of EM and of k-means with repeated points: reported as is
            tuned, untuned = (
                fit_density(Features(values[:, neurons], labels), train.head.K, reg_covar=reg, rng=seed)
                for values, reg in ((_seen(z, setup), setup.reg_covar), (z, None))
            )
        means = np.stack([z[labels == i].mean(axis=0) for i in range(train.head.K) if (labels == i).any()])
        classes = np.unique(labels, return_inverse=True)[1]
        scaler = StandardScaler().fit(z)
        kde = KernelDensity(bandwidth="scott").fit(scaler.transform(z[:KDE_POINTS]))
        covariance = EmpiricalCovariance(assume_centered=True).fit(z - means[classes])
        return cls(train.head, setup, neurons, tuned, untuned, covariance, means, scaler, kde)

    def scores(self, points: Captured) -> Scores:
        """Every score of N points by name, each of shape (N,).

        The plain softmax scores see the logits in float32, as the network gives them, and so may tie; all others
        see float64. Mahalanobis is the squared distance to the nearest class mean under the tied covariance of
        the features (Lee et al. 2018), energy is −log Σ exp l (Liu et al. 2020), KDE a Gaussian kernel with
        Scott's bandwidth on standardised features of at most 2,000 training points.
        """
        z, l = points.z.astype(np.float64), points.logits.astype(np.float64)
        return {
            "U_max": U_max(points.logits),
            "U_entropy": U_entropy(points.logits),
            "U_cool": U_cool(points.logits),
            "U_density": U_density(_seen(z, self.setup)[:, self.neurons], self.tuned),
            "U_density untuned": U_density(z[:, self.neurons], self.untuned),
            "U_max_log": U_max_log(l),
            "U_entropy_log": U_entropy_log(l),
            "max logit": max_logit(l),
            "energy": -logsumexp(l, axis=1),
            "Mahalanobis": np.min([self.covariance.mahalanobis(z - mean) for mean in self.means], axis=0),
            "KDE": -self.kde.score_samples(self.scaler.transform(z)),
            "mental model": U_max_mental_log(self.head, _without_zeros(z)),
            "corrected model": U_max_corrected(l),
            "−‖z‖": -np.linalg.norm(z, axis=1),
            "−max cos": -max_cosines(self.head, z),
        }


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


def averaged_logits(logits: Sequence[Any]) -> Array:
    """Log of the mean softmax of several networks' logits, each (N, K): logits of their ensemble, in float64.

    Examples
    --------
    >>> averaged_logits([[[5.0, 0.0]], [[0.0, 5.0]]]).round(3)
    array([[-0.693, -0.693]])
    """
    of_members = [log_softmax(np.asarray(l, dtype=np.float64), axis=1) for l in logits]
    return logsumexp(of_members, axis=0) - np.log(len(of_members))


def ensemble_scores(logits: Sequence[Array]) -> Scores:
    """U_max and U_entropy of the averaged softmax, and how far members disagree (mutual information), each (N,)."""
    mean = averaged_logits(logits)
    entropy_of_each = np.mean([U_entropy(np.asarray(l, dtype=np.float64)) for l in logits], axis=0)
    return {
        "U_max": U_max_log(mean),
        "U_entropy": U_entropy_log(mean),
        "mutual information": U_entropy(mean) - entropy_of_each,
    }


def mc_dropout_logits(head: Head, z: Array, p: float, passes: int, seed: int) -> list[Array]:
    """Logits of `passes` draws of inverted dropout at rate p on features z (N, H), in front of the head.

    Raises
    ------
    InputError
        If p is not in [0, 1).
    """
    if not 0 <= p < 1:
        raise InputError(f"p: expected a rate in [0, 1), got {p}")
    rng = np.random.default_rng(seed)
    return [head.logits(z * (rng.random(z.shape) >= p) / (1 - p)) for _ in range(passes)]


def max_cosines(head: Head, z: Array) -> Array:
    """max_i cos(z, w_i − w̄), shape (N,), with 0 for a feature vector that is 0."""
    z = np.asarray(z, dtype=np.float64)
    return np.where(np.any(z != 0, axis=1), max_cosine(head, _without_zeros(z)), 0.0)


def _without_zeros(z: Array) -> Array:
    """Rows of zeros, which have no angle, replaced by the shortest rows that count as non-zero."""
    return np.where(np.any(z != 0, axis=1, keepdims=True), z, np.finfo(float).tiny ** 0.25)


def _seen(z: Array, setup: DensitySetup) -> Array:
    return np.log(np.maximum(z, 0) + LOG_OFFSET) if setup.log else z


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
