"""Several networks, or several passes of one with dropout, as a single classifier. Higher scores mean more OOD."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import log_softmax, logsumexp

from experiments.scoring.scores import Pair, Scores
from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import U_entropy, U_entropy_log, U_max_log
from softmax_geometry.head import Head


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


def ensemble_pairs(method: str, logits: Mapping[str, Sequence[Array]]) -> dict[str, Pair]:
    """`ensemble_scores` by "method score", of the test points and of each OOD set.

    `logits` holds those of all networks or passes by population: "test" and the OOD sets.
    """
    scores = {name: ensemble_scores(of) for name, of in logits.items()}
    return {
        f"{method} {score}": (values, {name: of[score] for name, of in scores.items() if name != "test"})
        for score, values in scores["test"].items()
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
