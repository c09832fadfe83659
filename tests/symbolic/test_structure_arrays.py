"""The arrays of structure.py and loss.py compute the expressions of symbolic/structure.py."""

from functools import partial
from itertools import product

import numpy as np
import pytest
import sympy as sp

from softmax_geometry.head import Head
from softmax_geometry.loss import (
    feature_penalty_optimum,
    loss_bound,
    optimal_confidence,
    optimal_scale,
    relu_optimum,
)
from softmax_geometry.structure import named_structure, simplex, structure
from softmax_geometry.symbolic import structure as symbolic

close = partial(np.testing.assert_allclose, rtol=1e-13, atol=1e-13)
c1, c2, K, lam = sp.symbols("c1 c2 K lam", positive=True)


@pytest.mark.parametrize("size", [2, 3, 4, 9])
def test_simplex_gram(size):
    W = simplex(size, size + 1, scale=2.0, rng=0)
    exact = [[symbolic.gram_entry(i, j, size, 2) for j in range(size)] for i in range(size)]
    close(W @ W.T, np.array(exact, dtype=float))
    vertices = np.array(symbolic.simplex_vertices(size), dtype=float)
    assert structure(Head(vertices)).etf_distance < 1e-14
    assert structure(Head(W)).cosine_max == pytest.approx(float(symbolic.simplex_cosine(size)))


@pytest.mark.parametrize("name", sorted(symbolic.named_structures()))
def test_named_structures(name):
    close(named_structure(name), np.array(symbolic.named_structures()[name], dtype=float))


def test_there_are_no_other_named_structures():
    from softmax_geometry.structure import _NAMED

    assert set(_NAMED) == set(symbolic.named_structures())


@pytest.mark.parametrize(("size", "width"), [(6, 3), (12, 4), (3, 2)])
def test_welch_bound(size, width):
    head = Head(np.random.default_rng(0).standard_normal((size, width)))
    close(structure(head).coherence_least, float(symbolic.welch_bound(size, width)))


@pytest.mark.parametrize(("classes", "penalty"), list(product([2, 3, 10, 100], [1e-4, 1e-2, 1.0])))
def test_loss_and_its_minimum(classes, penalty):
    G = sp.lambdify((c1, c2, K, lam), symbolic.loss_bound(c1=c1, c2=c2, K=K, lam=lam))
    scales = np.linspace(0, 3, 13)
    close(loss_bound(scales, 1.5, penalty, classes), G(scales, 1.5, classes, penalty))
    best = optimal_scale(1.5, penalty, classes)
    root = sp.lambdify((c1, c2, K, lam), symbolic.loss_root_equation(c1=c1, c2=c2, K=K, lam=lam))
    assert abs(root(best, 1.5, classes, penalty)) < 1e-11
    least = sp.lambdify((c1, c2, K, lam), symbolic.least_loss_gibbs(c1=c1, c2=c2, K=K, lam=lam))
    np.testing.assert_allclose(loss_bound(best, 1.5, penalty, classes), least(best, 1.5, classes, penalty), rtol=1e-9)
    exact = symbolic.largest_least_confidence(sp.Float(float(best)), 1.5, classes)
    close(optimal_confidence(1.5, penalty, classes), float(exact))


@pytest.mark.parametrize(("classes", "penalties"), list(product([2, 3, 10], [(1e-2, 3e-3), (0.3, 0.2)])))
def test_feature_penalty(classes, penalties):
    exact = symbolic.feature_penalty_gap(*penalties, classes)
    optimum = feature_penalty_optimum(*penalties, classes)
    close(optimum.gap, float(exact))
    close(float(symbolic.aligned_gap(optimum.weight_norm, optimum.mean_norm, classes)), optimum.gap)
    close(float(symbolic.tied_confidence(optimum.gap, classes)), optimum.confidence)


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_relu(classes):
    W, M = relu_optimum(1.5, 1e-2, classes)
    scale = np.linalg.norm(W[0])
    logits = M @ W.T
    close(logits[0, 0] - logits[0, 1], float(symbolic.relu_gap(scale, 1.5, classes)))
    close(W[0] @ M[0] / scale / 1.5, float(symbolic.relu_cosine(classes)))
    slope = sp.lambdify((c1, c2, K, lam), symbolic.relu_loss_bound(c1=c1, c2=c2, K=K, lam=lam).diff(c1))
    assert abs(slope(scale, 1.5, classes, 1e-2)) < 1e-12
