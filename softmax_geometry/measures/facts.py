"""Facts about head and data: sizes, structure, the principal plane."""

from __future__ import annotations

from typing import Any

import numpy as np

from softmax_geometry.density import RIDGE
from softmax_geometry.head import Head
from softmax_geometry.measures.plain import share
from softmax_geometry.measures.subject import Subject
from softmax_geometry.structure import structure

RANDOM_HEADS = 20


def data_facts(s: Subject) -> dict[str, Any]:
    """Sizes, accuracies, and what is degenerate in the features."""
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


def structure_facts(head: Head, rng: np.random.Generator) -> dict[str, Any]:
    """The structure of the head, beside heads of its size with random weights."""
    measured = structure(head)
    off_diagonal = measured.cosines[np.triu_indices(head.K, 1)]
    random = [structure(Head(rng.standard_normal((head.K, head.H)))).etf_distance for _ in range(RANDOM_HEADS)]
    return measured.to_dict() | {
        "cosine_min": float(off_diagonal.min()),
        "random_etf_distance": [min(random), max(random)],
        "random_heads": RANDOM_HEADS,
    }


def plane_facts(s: Subject) -> dict[str, Any]:
    """What the principal plane holds."""
    population = "the training features" if s.ood is None else "an equal mixture of training and OOD features"
    return {"explained": s.plane.explained, "population": population}
