"""k-means of points on any device, in float64."""

from __future__ import annotations

import math
from typing import Any

import array_api_compat
import numpy as np

_ITERATIONS = 300
_TOLERANCE = 1e-4  # of the mean variance: centres that move less have arrived


def kmeans_labels(z: Any, n_clusters: int, seed: int) -> Any:
    """The cluster (N,) of each point of z (N, H), an array of any array-API library.

    Greedy k-means++ (Arthur & Vassilvitskii 2007) and Lloyd's steps. Random numbers are drawn on the CPU in the order
    of scikit-learn's `KMeans(n_clusters, n_init=1, random_state=seed)`, so clusters are the same up to rounding. A
    cluster that loses all its points stays where it is.

    Examples
    --------
    >>> z = np.array([[0.0], [1.0], [10.0], [12.0]])
    >>> labels = kmeans_labels(z, 2, seed=0)
    >>> bool(labels[0] == labels[1] != labels[2] == labels[3])
    True
    """
    xp = array_api_compat.array_namespace(z)
    z = z - xp.mean(z, axis=0)
    lengths = xp.sum(z * z, axis=1)
    at_rest = _TOLERANCE * float(xp.mean(lengths)) / z.shape[1]
    centres = z[_seeds(z, lengths, n_clusters, np.random.RandomState(seed)), :]
    labels, moved = xp.argmin(_squared_distances(z, lengths, centres), axis=1), math.inf
    for _ in range(_ITERATIONS):
        members = xp.astype(labels[:, None] == xp.arange(n_clusters, device=array_api_compat.device(z)), z.dtype)
        counts = xp.sum(members, axis=0)[:, None]
        means = xp.where(counts > 0, members.T @ z / xp.where(counts > 0, counts, 1), centres)
        moved, centres = float(xp.sum((means - centres) ** 2)), means
        before, labels = labels, xp.argmin(_squared_distances(z, lengths, centres), axis=1)
        if moved <= at_rest or bool(xp.all(labels == before)):
            break
    return labels


def _seeds(z: Any, lengths: Any, n_clusters: int, random: np.random.RandomState) -> Any:
    """Indices of the points where k-means++ starts: of a few candidates far from all before, the best each time."""
    xp, N = array_api_compat.array_namespace(z), len(z)
    found = [int(random.choice(N, p=np.full(N, 1 / N)))]
    nearest = _squared_distances(z, lengths, z[found, :])[:, 0]
    for _ in range(1, n_clusters):
        cumulative = xp.cumulative_sum(nearest)
        shares = xp.asarray(random.uniform(size=2 + int(math.log(n_clusters))), device=array_api_compat.device(z))
        candidates = xp.clip(xp.searchsorted(cumulative, shares * cumulative[-1]), None, N - 1)
        after = xp.minimum(nearest[:, None], _squared_distances(z, lengths, z[candidates, :]))
        best = int(xp.argmin(xp.sum(after, axis=0)))
        nearest = after[:, best]
        found.append(int(candidates[best]))
    return found


def _squared_distances(z: Any, lengths: Any, centres: Any) -> Any:
    """Of points (N, H) of these squared lengths to centres (M, H), as (N, M)."""
    xp = array_api_compat.array_namespace(z)
    return xp.clip(lengths[:, None] - 2 * (z @ centres.T) + xp.sum(centres * centres, axis=1), 0.0, None)
