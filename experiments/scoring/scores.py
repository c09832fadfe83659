"""Scores of features and logits that need no other network: softmax scores, densities, distances, norms and angles.

OOD is the positive class and a higher score means more OOD throughout.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp
from sklearn.covariance import EmpiricalCovariance
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics.pairwise import euclidean_distances

from experiments.scoring.kernel_density import KernelDensity, scott
from softmax_geometry.angles import max_cosine
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array
from softmax_geometry.density import DensityModel, U_density, fit_density
from softmax_geometry.estimators import U_cool, U_entropy, U_entropy_log, U_max, U_max_log
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.mental_model import U_max_corrected, U_max_mental_log, max_logit

Scores = dict[str, Array]
Pair = tuple[Array, Mapping[str, Array]]
"""Scores of the test points, and of the points of each OOD set."""
Positions = NDArray[np.int64]

KDE_POINTS = 2000
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

    def seen(self, z: Array) -> Array:
        """What the density is fitted on: features (N, H) or their logarithm."""
        return log_features(z) if self.log else z


@dataclass(frozen=True)
class Scorer:
    """The scores that need training features, fitted to them; they never see OOD data."""

    head: Head
    setup: DensitySetup
    neurons: Positions
    tuned: DensityModel
    untuned: DensityModel
    whitening: Array
    means: Array
    kde: KernelDensity

    @classmethod
    def fitted(cls, train: Captured, setup: DensitySetup, seed: int) -> Scorer:
        """Fit the densities and the Mahalanobis distance to training features with labels."""
        rng = np.random.default_rng(seed)
        chosen = rng.permutation(len(train.z))[: setup.max_train]
        z, labels, H = train.z[chosen].astype(np.float64), train.labels[chosen], train.head.H
        neurons = np.sort(rng.permutation(H)[: setup.features])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # EM, or k-means with repeated points: used as it is
            tuned, untuned = (
                fit_density(Features(values[:, neurons], labels), train.head.K, reg_covar=reg, rng=seed)
                for values, reg in ((setup.seen(z), setup.reg_covar), (z, None))
            )
        means = np.stack([z[labels == i].mean(axis=0) for i in range(train.head.K) if (labels == i).any()])
        classes = np.unique(labels, return_inverse=True)[1]
        kde = KernelDensity.fitted(z, KDE_POINTS, scott(min(KDE_POINTS, len(z)), H))
        return cls(train.head, setup, neurons, tuned, untuned, _whitening(z - means[classes]), means, kde)

    def scores(self, points: Captured) -> Scores:
        """Every score of N points by name, each of shape (N,).

        The plain softmax scores see the logits in float32, as the network gives them, and so may tie; all others
        see float64. Mahalanobis is the squared distance to the nearest class mean under the tied covariance of
        the features (Lee et al. 2018), energy is −log Σ exp l (Liu et al. 2020), KDE a Gaussian kernel with
        Scott's bandwidth on standardised features of at most 2,000 training points.
        """
        z, l = points.z.astype(np.float64), points.logits.astype(np.float64)
        as_given = points.logits.astype(np.float32)
        return {
            "U_max": U_max(as_given),
            "U_entropy": U_entropy(as_given),
            "U_cool": U_cool(as_given),
            "U_density": U_density(self.setup.seen(z)[:, self.neurons], self.tuned),
            "U_density untuned": U_density(z[:, self.neurons], self.untuned),
            "U_max_log": U_max_log(l),
            "U_entropy_log": U_entropy_log(l),
            "max logit": max_logit(l),
            "energy": -logsumexp(l, axis=1),
            "Mahalanobis": self._mahalanobis(z),
            "KDE": -self.kde.log_density(z),
            "mental model": U_max_mental_log(self.head, _without_zeros(z)),
            "corrected model": U_max_corrected(l),
            "−‖z‖": -np.linalg.norm(z, axis=1),
            "−max cos": -max_cosines(self.head, z),
        }

    def _mahalanobis(self, z: Array) -> Array:
        centre = self.means.mean(axis=0)
        points, means = (z - centre) @ self.whitening, (self.means - centre) @ self.whitening
        return euclidean_distances(points, means, squared=True).min(axis=1)


def _whitening(residuals: Array) -> Array:
    """A with A Aᵀ the (pseudo-)inverse covariance of residuals (N, H), so that dead features count for nothing."""
    precision = EmpiricalCovariance(assume_centered=True).fit(residuals).get_precision()
    values, vectors = np.linalg.eigh(precision)
    return vectors * np.sqrt(np.maximum(values, 0))


def max_cosines(head: Head, z: Array) -> Array:
    """max_i cos(z, w_i − w̄), shape (N,), with 0 for a feature vector that is 0."""
    z = np.asarray(z, dtype=np.float64)
    return np.where(np.any(z != 0, axis=1), max_cosine(head, _without_zeros(z)), 0.0)


def _without_zeros(z: Array) -> Array:
    """Rows of zeros, which have no angle, replaced by the shortest rows that count as non-zero."""
    return np.where(np.any(z != 0, axis=1, keepdims=True), z, np.finfo(float).tiny ** 0.25)


def log_features(z: Array) -> Array:
    """log(max(z, 0) + 10⁻³): features of appendix C.6, whose text does not say what becomes of log 0."""
    return np.log(np.maximum(z, 0) + LOG_OFFSET)
