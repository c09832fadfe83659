"""Fitting and scoring a mixture takes at most two thirds of scikit-learn's time, to the same result."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from benchmarks.machine import this_machine
from benchmarks.rows import Row
from benchmarks.timing import medians
from softmax_geometry import DensityModel
from softmax_geometry.mixture import fit_mixture

N, H, K, RIDGE = 50_000, 512, 10, 1e-3


def features(rng: np.random.Generator, N: int = N, H: int = H, K: int = K) -> np.ndarray:
    """What comes out of a ReLU: classes of different shapes that overlap."""
    labels = rng.integers(0, K, N)
    z = rng.normal(size=(K, H))[labels] * 0.3
    for i in range(K):
        mine = labels == i
        z[mine] += rng.normal(size=(mine.sum(), H)) @ rng.normal(size=(H, H)) / np.sqrt(H)
    return np.maximum(z, 0)


def rows() -> list[Row]:
    z = features(np.random.default_rng(0))
    theirs, ours = GaussianMixture(K, reg_covar=RIDGE, random_state=0), {}

    def fit_ours() -> None:
        ours["model"] = DensityModel(*fit_mixture(z, K, RIDGE, seed=0))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mine, scikit_learn = medians(fit_ours, lambda: theirs.fit(z), repeats=1, warm=False)
        my_scores, their_scores = medians(
            lambda: ours["model"].log_density(z), lambda: theirs.score_samples(z), repeats=1
        )
    difference = abs(ours["model"].log_density(z).mean() - theirs.score(z))
    floor = this_machine().seconds(operations=2 * theirs.n_iter_ * N * H**2 * K)
    case = f"N={N} H={H} K={K}, {theirs.n_iter_} iterations"
    together = (scikit_learn + their_scores) / (mine + my_scores)
    return [
        Row("scikit-learn's fit and scores / ours", case, together, 1.5, at_most=False, floor=mine / floor),
        Row("scikit-learn's fit / ours", case, scikit_learn / mine, floor=mine / floor),
        Row("scikit-learn's scores / ours", case, their_scores / my_scores),
        Row("difference of the mean log-likelihoods", case, difference, 1e-6, unit="nats"),
    ]
