"""The list algebra of the expressions against numpy, and the pieces of the mixture and of the loss."""

import numpy as np
import pytest
import sympy as sp
from scipy.special import log_softmax
from scipy.stats import multivariate_normal

from softmax_geometry.symbolic import vectors
from softmax_geometry.symbolic.softmax import bound, indexed_mean, indexed_softmax, weighted_densities
from softmax_geometry.symbolic.structure import tied_loss

a, b = [1, -2, 3], [4, 5, sp.Rational(1, 2)]
matrix = [[4, 1, 0], [1, 3, -1], [0, -1, 2]]


def test_list_algebra_agrees_with_numpy():
    x, y, M = (np.array(v, dtype=float) for v in (a, b, matrix))
    assert float(vectors.dot(a, b)) == x @ y
    np.testing.assert_array_equal(np.array(vectors.difference(a, b), dtype=float), x - y)
    assert float(vectors.squared_norm(a)) == x @ x
    assert float(vectors.quadratic_form(matrix, a)) == x @ M @ x
    np.testing.assert_allclose(np.array(vectors.solve(matrix, b), dtype=float), np.linalg.solve(M, y), rtol=1e-13)
    assert float(vectors.determinant(matrix)) == pytest.approx(np.linalg.det(M))


def test_weighted_densities_agree_with_scipy():
    means, priors = [[0, 1], [2, -1]], [sp.Rational(1, 4), sp.Rational(3, 4)]
    covariances = [[[2, 1], [1, 3]], [[1, 0], [0, 4]]]
    found = [float(d) for d in weighted_densities([1, 1], means, covariances, priors)]
    expected = [
        float(p) * multivariate_normal(m, np.array(c, dtype=float)).pdf([1, 1])
        for p, m, c in zip(priors, means, covariances, strict=True)
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_indexed_mean_at_a_concrete_K_is_the_mean_under_the_softmax():
    l, values = sp.IndexedBase("l"), [0.3, -1.2, 2.0]
    mean = indexed_mean(l, l[bound], 3).doit().subs({l[i + 1]: v for i, v in enumerate(values)})
    p = [float(indexed_softmax(l, i + 1, 3).doit().subs({l[k + 1]: v for k, v in enumerate(values)})) for i in range(3)]
    assert float(mean) == pytest.approx(np.dot(p, values))


@pytest.mark.parametrize("K", [2, 3, 10])
@pytest.mark.parametrize("x", [-1.0, 0.0, 4.0])
def test_tied_loss_is_the_cross_entropy_of_tied_rivals(K, x):
    assert float(tied_loss(x, K)) == pytest.approx(-log_softmax([x] + [0.0] * (K - 1))[0], rel=1e-12)
