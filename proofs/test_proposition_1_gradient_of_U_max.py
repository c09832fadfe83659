"""Proposition 1, eq 8: the direction of steepest U_max.

**Claim**
∂U_max/∂z = σ_i Σ_j σ_j (w_j − w_i), i = argmax σ.

**Verdict**
Proved under a stated hypothesis: the argmax is unique, or the tied classes have equal weights.

**What is true**
As claimed, for any K, H and bias, where one class alone is the largest. At a tie of classes with different weights
U_max is a maximum of smooth functions with different gradients, so it has one-sided derivatives only.

**Proof**
Near such a point U_max = −σ_i. ∂σ_i/∂l_m = σ_i (δ_im − σ_m), so ∂U_max/∂l_m = σ_i (σ_m − δ_im), and with l_m = w_mᵀz
+ b_m the chain rule gives σ_i (Σ_m σ_m w_m − w_i) = σ_i Σ_j σ_j (w_j − w_i) because Σ σ_j = 1.

**What the machine checks**
The derivative in one coordinate of z, with the number of classes and all other coordinates symbolic, so for every K
and H; the logit derivative with K symbolic; explicit K = 3, H = 2.

**Sources**
Pearce, Brintrup & Zhu (2021), proposition 1, eq 8.
"""

import pytest
import sympy as sp

from softmax_geometry.symbolic import gradients
from softmax_geometry.symbolic.softmax import U_max, affine_logits, indexed_U_max

w, l = sp.IndexedBase("w", real=True), sp.IndexedBase("l", real=True)
rest = sp.IndexedBase("c", real=True)
t = sp.Symbol("t", real=True)
top, m, h, K = sp.symbols("top m h K", integer=True, positive=True)
z = list(sp.symbols("z1 z2", real=True))
W = [[2, 1], [-1, 3], [0, -1]]
b = [0, 1, -2]


class AlongCoordinate:
    """L[j] = t w[j,h] + c[j]: the logits as functions of one coordinate t = z_h."""

    def __getitem__(self, j):
        return t * w[j, h] + rest[j]


@pytest.mark.proves("Proposition 1, eq 8")
def test_derivative_along_a_coordinate_for_every_K_and_H():
    logits = AlongCoordinate()
    derived = sp.diff(indexed_U_max(logits, top, K), t)
    assert sp.simplify(derived - gradients.indexed_U_max_gradient(logits, w, top, h, K)) == 0


@pytest.mark.second_route("Proposition 1, eq 8")
def test_logit_derivative_and_chain_rule():
    derived = gradients.indexed_derivative(indexed_U_max(l, top, K), l, m)
    stated = gradients.indexed_U_max_logit_gradient(l, top, m, K)
    assert sp.expand(derived - stated) == 0
    logits = affine_logits(W, z, b)
    for coordinate in range(2):
        chained = sp.Add(
            *[
                W[n][coordinate]
                * stated.subs({K: 3, top: 2, m: n + 1}).doit().subs({l[i + 1]: logits[i] for i in range(3)})
                for n in range(3)
            ]
        )
        assert sp.simplify(chained - gradients.U_max_gradient(logits, W, 1)[coordinate]) == 0


@pytest.mark.second_route("Proposition 1, eq 8")
def test_explicit_head_against_sympys_derivative():
    logits = affine_logits(W, z, b)
    for coordinate, stated in zip(z, gradients.U_max_gradient(logits, W, 1), strict=True):
        assert sp.simplify(sp.diff(U_max(logits, 1), coordinate) - stated) == 0


@pytest.mark.twin("Proposition 1, eq 8")
def test_the_opposite_sign_is_rejected():
    logits = AlongCoordinate()
    residual = sp.diff(indexed_U_max(logits, top, K), t) + gradients.indexed_U_max_gradient(logits, w, top, h, K)
    at_point = residual.subs({K: 2, top: 1, h: 1}).doit().subs({w[1, 1]: 1, w[2, 1]: -1, rest[1]: 0, rest[2]: 0, t: 0})
    assert at_point == -1  # twice the true derivative −1/2


@pytest.mark.twin("Proposition 1, eq 8")
def test_at_a_tie_the_two_choices_of_i_disagree():
    one, other = (gradients.U_max_gradient([0, 0], [[1], [-1]], i)[0] for i in (0, 1))
    assert (one, other) == (sp.Rational(-1, 2), sp.Rational(1, 2))
    same = [gradients.U_max_gradient([0, 0, 0], [[1], [1], [-3]], i)[0] for i in (0, 1)]
    assert same[0] == same[1]  # tied classes of equal weight do not matter
