"""k-means against scikit-learn's, on arrays and on tensors."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from softmax_geometry.clusters import kmeans_labels


def points(seed):
    """Between one and eleven groups that overlap, off the origin."""
    rng = np.random.default_rng(seed)
    N, H, K = rng.integers(50, 1500), rng.integers(1, 20), rng.integers(1, 12)
    z = rng.normal(size=(N, H)) + 2 * rng.normal(size=(K, H))[rng.integers(0, K, N)] + 5
    return z, int(K)


@pytest.mark.parametrize("seed", range(8))
def test_clusters_are_scikit_learns(seed):
    torch = pytest.importorskip("torch")
    z, K = points(seed)
    theirs = KMeans(K, n_init=1, random_state=np.random.RandomState(seed)).fit(z).labels_
    np.testing.assert_array_equal(kmeans_labels(z, K, seed), theirs)
    np.testing.assert_array_equal(kmeans_labels(torch.from_numpy(z), K, seed).numpy(), theirs)


def test_more_clusters_than_distinct_points_leave_some_empty():
    z = np.repeat([[0.0], [1.0]], 5, axis=0)
    labels = kmeans_labels(z, 4, seed=0)
    assert len(set(labels[:5])) == len(set(labels[5:])) == 1
    assert labels[0] != labels[5]
