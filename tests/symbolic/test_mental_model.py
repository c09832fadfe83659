"""The mental model, printed and corrected, against the softmax of exact simplex weights."""

import numpy as np
import pytest
import sympy as sp

from softmax_geometry.symbolic import mental_model, structure

r, m, c, K = sp.symbols("r m c K", positive=True)


def test_chain_is_one_expression():
    first, second, third = mental_model.mental_model_chain(r, m, K, c)
    assert sp.powsimp(sp.expand(1 / first - 1 / second)) == 0
    assert sp.simplify(second - third) == 0
    assert sp.simplify(mental_model.U_max_mental(r, m, K) + third.subs(c, 1)) == 0
    assert sp.simplify(third + mental_model.U_max_mental_corrected(r, m, K, c)) != 0


def test_assumption_forces_max_cos_one():
    assert sp.solve(mental_model.cosine_sum(m, K), m) == [1]
    assert mental_model.cosine_sum(sp.Rational(1, 2), 5) != 0


def test_both_models_agree_with_the_softmax_at_a_weight_vector():
    W = np.array(structure.simplex_coordinates(4), dtype=float)
    logits = 1.5 * W @ (2.0 * W[0])
    confidence = np.exp(logits[0]) / np.exp(logits).sum()
    at = {c: 1.5, r: 2, m: 1, K: 4}
    assert float(mental_model.U_max_mental_scaled(r, m, K, c).subs(at)) == pytest.approx(-confidence, rel=1e-13)
    assert float(mental_model.U_max_mental_corrected(r, m, K, c).subs(at)) == pytest.approx(-confidence, rel=1e-13)


@pytest.mark.parametrize("size", [2, 3, 6])
def test_models_are_lower_bounds_of_U_max(size):
    """U_mental ≤ U_corrected ≤ U_max (theorems 6.1, 6.2) on random z in R^K, the corrected one exact for K = 2."""
    rng = np.random.default_rng(size)
    W = np.array(structure.simplex_vertices(size), dtype=float)
    z = rng.normal(0, 3, (500, size))
    norms = np.linalg.norm(z, axis=1)
    logits = 2.0 * z @ W.T
    top = logits.max(axis=1)
    U = -1 / np.exp(logits - top[:, None]).sum(axis=1)
    cosine = top / (2 * norms)
    mental = sp.lambdify((r, m), mental_model.U_max_mental_scaled(r, m, size, 2))(norms, cosine)
    corrected = sp.lambdify((r, m), mental_model.U_max_mental_corrected(r, m, size, 2))(norms, cosine)
    assert (mental <= corrected + 1e-13).all()
    assert (corrected <= U + 1e-13).all()
    assert (mental < U - 1e-3).any()
    if size == 2:
        np.testing.assert_allclose(corrected, U, rtol=1e-12)


def test_orthogonal_feature_is_uniform_and_the_printed_model_is_not():
    assert sp.simplify(mental_model.U_max_mental_corrected(r, 0, K, c) + 1 / K) == 0
    assert sp.limit(mental_model.U_max_mental(r, 0, 5), r, sp.oo) == -1


def test_corrected_model_is_a_function_of_the_largest_logit():
    s = sp.Symbol("s", positive=True)
    corrected = mental_model.U_max_mental_corrected(r, m, K, c)
    assert sp.simplify(corrected.subs({r: s / (c * m)}).diff(m)) == 0
    assert sp.simplify(mental_model.U_max_mental_scaled(r, m, K, c).subs({r: s / (c * m)}).diff(m)) != 0
