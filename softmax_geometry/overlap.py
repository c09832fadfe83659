"""How well *any* score of the features can tell in-distribution from OOD: the ceiling A* on AUROC.

No function of z has an AUROC above A* = 1/2 + TV(p_in × p_out, p_out × p_in)/2, which the likelihood ratio
p_out/p_in attains (theorem 7.1). 1 − A* is the paper's cause 3, overlap, without its assumption
that −log q̂ is the best score there is. OOD is the positive class; a higher score means more OOD.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy

from softmax_geometry.auroc import AUROC, Placements
from softmax_geometry.checks import Array, InputError, as_floats


def auroc_bounds(tv: float) -> tuple[float, float]:
    """Bounds 1/2 + TV/2 ≤ A* ≤ 1 − (1 − TV)²/2 on the ceiling, from the total variation distance in [0, 1].

    Both are attained (theorem 7.1).

    Accuracy: 2 eps.

    Raises
    ------
    InputError
        If `tv` is not a number in [0, 1].

    Examples
    --------
    >>> auroc_bounds(0.5)
    (0.75, 0.875)
    """
    tv = float(as_floats("tv", tv, ndim=0))
    if not 0 <= tv <= 1:
        raise InputError(f"tv: expected a number in [0, 1], got {tv}")
    return 0.5 + tv / 2, 1 - (1 - tv) ** 2 / 2


def auroc_discrete(p_in: Any, p_out: Any, scores: Any) -> float:
    """Exact AUROC of a score on two laws over the same n atoms, each given by its n probabilities.

    Accuracy: n eps, relative.

    Raises
    ------
    InputError
        If the three arrays differ in length, or one of the first two is not a probability distribution.

    Examples
    --------
    >>> auroc_discrete([0.5, 0.5], [0.0, 1.0], scores=[0, 1])
    0.75
    """
    p_in, p_out = _as_distribution("p_in", p_in), _as_distribution("p_out", p_out)
    scores = as_floats("scores", scores, ndim=1)
    if not len(p_in) == len(p_out) == len(scores):
        raise InputError(f"scores: expected {len(p_in)} entries, as p_in, got {len(scores)} (p_out: {len(p_out)})")
    levels, level = np.unique(scores, return_inverse=True)
    mass_in = np.bincount(level, weights=p_in, minlength=len(levels))
    mass_out = np.bincount(level, weights=p_out, minlength=len(levels))
    return float(mass_out @ (np.cumsum(mass_in) - mass_in / 2))


def auroc_ceiling_discrete(p_in: Any, p_out: Any) -> float:
    """The ceiling A* for two laws over the same n atoms: the AUROC of the likelihood ratio (theorem 7.1).

    Accuracy: n eps, relative.

    Raises
    ------
    InputError
        As `auroc_discrete`.

    Examples
    --------
    −log p_in is not the likelihood ratio: here it scores 0.05, and the paper's cause 3 would blame 95 % on an
    overlap that is 5 %.

    >>> p_in, p_out = [0.101, 0.099] + 8 * [0.1], [1.0] + 9 * [0.0]
    >>> round(auroc_discrete(p_in, p_out, -np.log(p_in)), 4)
    0.0505
    >>> round(auroc_ceiling_discrete(p_in, p_out), 4)
    0.9495
    """
    p_in, p_out = _as_distribution("p_in", p_in), _as_distribution("p_out", p_out)
    if len(p_in) != len(p_out):
        raise InputError(f"p_out: expected {len(p_in)} entries, as p_in, got {len(p_out)}")
    carried = p_in + p_out > 0
    p_in, p_out = p_in[carried], p_out[carried]
    return auroc_discrete(p_in, p_out, p_out / (p_in + p_out))


def auroc_ceiling(
    in_z: Any,
    out_z: Any,
    folds: int = 5,
    rng: np.random.Generator | int | None = None,
    classifier: Any = None,
) -> AUROC:
    """Estimate of the ceiling A* from samples (n_in, H) and (n_out, H): a lower bound in expectation.

    Each fold is scored by a classifier trained to tell the two sides apart on the other folds, and only
    points of the same fold are compared. Each score is then fixed before its points are seen, so the expected
    value is at most A*; it falls short by what the classifier fails to learn. 1 − value is therefore an
    *upper* estimate of the overlap. The standard error treats the fitted scores as fixed.

    Parameters
    ----------
    in_z, out_z : (n_in, H) and (n_out, H) arrays
        In-distribution and OOD points.
    folds : int
        Number of folds, at least 2; each side needs two points for each fold.
    rng : Generator or seed
        Splits the folds (and seeds the default classifier).
    classifier : scikit-learn classifier with `predict_proba`, optional
        Gradient-boosted trees when left out.

    Raises
    ------
    InputError
        If the widths differ, `folds` is below 2, or a side has fewer than 2·folds points.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> result = auroc_ceiling(rng.normal(size=(200, 1)), 4 + rng.normal(size=(200, 1)), rng=0)
    >>> result.value > 0.98
    True
    """
    return ceiling_placements(in_z, out_z, folds, rng, classifier).auroc


def ceiling_placements(
    in_z: Any,
    out_z: Any,
    folds: int = 5,
    rng: np.random.Generator | int | None = None,
    classifier: Any = None,
) -> Placements:
    """The placements behind `auroc_ceiling`, to pair it with scores of the same points.

    Raises
    ------
    InputError
        As `auroc_ceiling`.
    """
    from sklearn.base import clone
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(rng)
    in_z, out_z = as_floats("in_z", in_z, ndim=2), as_floats("out_z", out_z, ndim=2)
    if in_z.shape[1] != out_z.shape[1]:
        raise InputError(f"out_z: expected {in_z.shape[1]} features, as in_z has, got {out_z.shape[1]}")
    n_in, n_out = len(in_z), len(out_z)
    if folds < 2:
        raise InputError(f"folds: expected at least 2, got {folds}")
    if min(n_in, n_out) < 2 * folds:
        raise InputError(f"folds: expected at most {min(n_in, n_out) // 2}, two points a fold, got {folds}")
    if classifier is None:
        classifier = HistGradientBoostingClassifier(random_state=int(rng.integers(2**31)))
    fold_in, fold_out = rng.permutation(np.arange(n_in) % folds), rng.permutation(np.arange(n_out) % folds)
    z, is_out = np.concatenate([in_z, out_z]), np.repeat([0, 1], [n_in, n_out])
    fold = np.concatenate([fold_in, fold_out])
    of_in, of_out, tied = np.empty(n_in), np.empty(n_out), 0.0
    for k in range(folds):
        fitted: Any = clone(classifier)
        fitted.fit(z[fold != k], is_out[fold != k])
        mine_in, mine_out = fold_in == k, fold_out == k
        part = Placements.from_scores(
            fitted.predict_proba(in_z[mine_in])[:, 1], fitted.predict_proba(out_z[mine_out])[:, 1]
        )
        of_in[mine_in], of_out[mine_out] = part.of_in, part.of_out
        tied += part.auroc.tie_fraction / folds
    return Placements.from_parts(of_in, of_out, tied)


def two_class_gaussian_auroc(mean_in: Any, std_in: Any, mean_out: Any, std_out: Any) -> Array:
    """AUROC of every softmax score for K=2 when the logit gap g = l_1 − l_2 is Gaussian on both sides.

    Theorem 7.3: for two classes every softmax score orders points by −abs(g), so the AUROC is
    P(abs(g_out) < abs(g_in)) = Φ₂(a, b; ρ) + Φ₂(−a, −b; ρ) with a, b = (m_in ∓ m_out)/s, s² = s_in² + s_out²
    and ρ = (s_in² − s_out²)/s², computed by Owen's T function; for zero means it is (2/π) arctan(s_in/s_out).

    Accuracy: 20 eps, absolute.

    Parameters
    ----------
    mean_in, std_in, mean_out, std_out : floats or arrays
        Mean and standard deviation of the logit gap, in logits; broadcast against each other.

    Raises
    ------
    InputError
        If an entry is not finite or a standard deviation is not positive.

    Examples
    --------
    >>> float(two_class_gaussian_auroc(0, 1, 0, 1))
    0.5
    """
    m_in, m_out = np.abs(_as_numbers("mean_in", mean_in)), np.abs(_as_numbers("mean_out", mean_out))
    s_in, s_out = _as_numbers("std_in", std_in), _as_numbers("std_out", std_out)
    for name, std in (("std_in", s_in), ("std_out", s_out)):
        if (std <= 0).any():
            raise InputError(f"{name}: expected positive standard deviations, got {std.min()}")
    s = np.hypot(s_in, s_out)
    a, b = (m_in - m_out) / s, (m_in + m_out) / s  # b ≥ 0, since the signs of the means do not matter
    with np.errstate(divide="ignore", invalid="ignore"):
        r_in, r_out = (m / np.maximum(m_in, m_out) for m in (m_in, m_out))  # slopes have no unit
        slope_a = (r_in * s_out / s_in + r_out * s_in / s_out) / (r_in - r_out)
        slope_b = (r_in * s_out / s_in - r_out * s_in / s_out) / (r_in + r_out)
    general = 1 - 2 * scipy.special.owens_t(a, slope_a) - 2 * scipy.special.owens_t(b, slope_b) - (a < 0)
    return np.where(b == 0, 2 / np.pi * np.arctan2(s_in, s_out), general)


def _as_numbers(name: str, value: Any) -> Array:
    return as_floats(name, value, ndim=np.ndim(value)).astype(np.float64)


def _as_distribution(name: str, p: Any) -> Array:
    p = as_floats(name, p, ndim=1).astype(np.float64)
    if (p < 0).any() or abs(p.sum() - 1) > 1e-9:
        raise InputError(f"{name}: expected probabilities ≥ 0 that sum to 1, got minimum {p.min()}, sum {p.sum()}")
    return p
