"""Equation 6: the softmax in magnitudes and angles.

**Claim**
Eq 6 writes σ(z)_i = exp(‖w_i‖‖z‖ cos θ_{i,z})/Σ_j exp(‖w_j‖‖z‖ cos θ_{j,z}).

**Verdict**
Proved under a stated hypothesis: the biases are zero (or all equal).

**What is true**
w_iᵀz = ‖w_i‖‖z‖ cos θ_{i,z}, so eq 6 holds iff all b_i are equal. The paper absorbs biases by appending a one to z;
then eq 6 holds for the extended vectors (w_i, b_i) and (z, 1), but their norms and angles are not those of w_i and
z, and ‖(z, 1)‖ ≥ 1 can no longer shrink to zero.

**Proof**
The cosine is defined by w_iᵀz = ‖w_i‖‖z‖ cos θ. The softmax is a function of the differences of logits and
determines them (log σ_i − log σ_j = l_i − l_j), so leaving out b changes nothing iff b_i − b_j = 0 for all i, j. For
the extended vectors w_iᵀz + b_i is an inner product, hence the same identity.

**What the machine checks**
The identity with symbolic weights and z in the plane for K = 3, with and without the appended one. The same algebra
holds in every dimension and for every K, since it is done logit by logit.

**Sources**
Pearce, Brintrup & Zhu (2021), section 5, eq 6.
"""

import pytest
import sympy as sp

from softmax_geometry.symbolic.softmax import affine_logits, magnitude_angle_softmax, softmax
from softmax_geometry.symbolic.vectors import dot, squared_norm

z = list(sp.symbols("z1 z2", real=True))
W = [list(sp.symbols(f"w{i}1 w{i}2", real=True)) for i in range(3)]
b = list(sp.symbols("b1:4", real=True))


def in_angles(weight, z):
    norms, size = [sp.sqrt(squared_norm(w)) for w in weight], sp.sqrt(squared_norm(z))
    return magnitude_angle_softmax(norms, size, [dot(w, z) / (n * size) for w, n in zip(weight, norms, strict=True)])


def agree(p, q):
    return all(sp.simplify(u - v) == 0 for u, v in zip(p, q, strict=True))


@pytest.mark.proves("Equation 6")
def test_equation_6_without_bias():
    assert agree(in_angles(W, z), softmax(affine_logits(W, z)))


@pytest.mark.second_route("Equation 6")
def test_equation_6_with_a_one_appended():
    extended = [[*w, c] for w, c in zip(W, b, strict=True)]
    assert agree(in_angles(extended, [*z, 1]), softmax(affine_logits(W, z, b)))


@pytest.mark.second_route("Equation 6")
def test_in_polar_coordinates_it_is_a_difference_of_angles():
    """w_i = n_i (cos a_i, sin a_i), z = r (cos t, sin t): the cosine is cos(a_i − t)."""
    n, a = sp.symbols("n1:4", positive=True), sp.symbols("a1:4", real=True)
    r, t = sp.symbols("r t", positive=True)
    weight = [[m * sp.cos(u), m * sp.sin(u)] for m, u in zip(n, a, strict=True)]
    p = softmax(affine_logits(weight, [r * sp.cos(t), r * sp.sin(t)]))
    assert agree(p, magnitude_angle_softmax(n, r, [sp.expand_trig(sp.cos(u - t)) for u in a]))


@pytest.mark.twin("Equation 6")
def test_with_biases_it_fails():
    weight, bias, point = [[1, 0], [-1, 0]], [sp.log(3), 0], [1, 1]
    printed, true = in_angles(weight, point), softmax(affine_logits(weight, point, bias))
    assert not agree(printed, true)
    assert sp.simplify(true[0] / true[1] / (printed[0] / printed[1])) == 3  # e^{b_1 − b_2}
    assert agree(printed, softmax(affine_logits(weight, point, [5, 5])))  # equal biases do not matter
