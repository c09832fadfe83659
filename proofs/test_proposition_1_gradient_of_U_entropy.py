"""Proposition 1, eq 9: the direction of steepest U_entropy.

**Claim**
∂U_entropy/∂z = Σ_i (log σ_i + 1) σ_i Σ_j σ_j (w_j − w_i).

**Verdict**
Proved, for any K, H and bias.

**What is true**
The "+1" contributes nothing and the rest is ∂U_entropy/∂z = −Cov_p(l, w) = −Σ_i σ_i (l_i − E_p l) w_i. With zero
bias this is −Cov_p(w) z, so moving outwards, along z, never raises the entropy: zᵀ∂U_entropy/∂z = −Var_p(l) ≤ 0.

**Proof**
U_entropy = log Σ e^{l_j} − E_p l. Differentiating, ∂/∂l_m = p_m − p_m − p_m (l_m − E_p l) = −p_m (l_m − E_p l), and
the chain rule gives −Cov_p(l, w). For the printed form put log σ_i = l_i − c with c = log Σ e^{l_j}: Σ_i (l_i − c +
1) p_i (E_p w − w_i) = E_p l E_p w − E_p(l w) − (c − 1)(E_p w − E_p w). With zero bias l = wᵀz.

**What the machine checks**
The derivative in one coordinate with K symbolic; the printed against the compact form for K = 3; the zero-bias form.

**Sources**
Pearce, Brintrup & Zhu (2021), proposition 1, eq 9.
"""

import pytest
import sympy as sp

from softmax_geometry.symbolic import gradients
from softmax_geometry.symbolic.softmax import U_entropy, affine_logits, bound, indexed_mean, indexed_U_entropy, softmax

w, l = sp.IndexedBase("w", real=True), sp.IndexedBase("l", real=True)
rest = sp.IndexedBase("c", real=True)
t = sp.Symbol("t", real=True)
m, h, K = sp.symbols("m h K", integer=True, positive=True)
L, V = sp.symbols("l1:4", real=True), [[v] for v in sp.symbols("v1:4", real=True)]


class AlongCoordinate:
    """L[j] = t w[j,h] + c[j]: the logits as functions of one coordinate t = z_h."""

    def __getitem__(self, j):
        return t * w[j, h] + rest[j]


@pytest.mark.proves("Proposition 1, eq 9")
def test_derivative_along_a_coordinate_for_every_K_and_H():
    logits = AlongCoordinate()
    derived = sp.diff(indexed_U_entropy(logits, K), t)
    assert sp.simplify(sp.expand(derived - gradients.indexed_U_entropy_gradient(logits, w, h, K))) == 0


@pytest.mark.proves("Proposition 1, eq 9")
def test_the_printed_form_is_the_covariance():
    (printed,), (compact,) = gradients.U_entropy_gradient_printed(L, V), gradients.U_entropy_gradient(L, V)
    assert sp.simplify(sp.expand_log(printed - compact, force=True)) == 0
    p = softmax(L)
    plus_one = sp.Add(*[q * r * (b - a) for q, (a,) in zip(p, V, strict=True) for r, (b,) in zip(p, V, strict=True)])
    assert sp.simplify(plus_one) == 0


@pytest.mark.second_route("Proposition 1, eq 9")
def test_logit_derivative_for_every_K():
    derived = gradients.indexed_derivative(indexed_U_entropy(l, K), l, m)
    assert sp.expand(derived - gradients.indexed_U_entropy_logit_gradient(l, m, K)) == 0
    small = gradients.indexed_U_entropy_logit_gradient(l, m, K).subs({K: 2, m: 1}).doit().subs({l[1]: L[0], l[2]: L[1]})
    assert sp.simplify(sp.diff(U_entropy(L[:2]), L[0]) - small) == 0


@pytest.mark.second_route("Proposition 1, eq 9")
def test_without_bias_the_outward_derivative_is_minus_a_variance_for_every_K():
    r, s = sp.Symbol("r", positive=True), sp.IndexedBase("s", real=True)

    class Outward:
        def __getitem__(self, j):
            return r * s[j]

    ray = Outward()
    variance = indexed_mean(ray, ray[bound] ** 2, K) - indexed_mean(ray, ray[bound], K) ** 2
    assert sp.simplify(sp.expand(r * sp.diff(indexed_U_entropy(ray, K), r) + variance)) == 0


@pytest.mark.second_route("Proposition 1, eq 9")
def test_without_bias_the_gradient_is_minus_the_covariance_times_z():
    z, weight = sp.symbols("z1 z2", real=True), [[2, 1], [0, -1]]
    logits = affine_logits(weight, z)
    p = softmax(logits)
    mean = [sp.Add(*[q * row[c] for q, row in zip(p, weight, strict=True)]) for c in range(2)]
    for c, stated in enumerate(gradients.U_entropy_gradient(logits, weight)):
        covariance = [
            sp.Add(*[q * (row[c] - mean[c]) * (row[d] - mean[d]) for q, row in zip(p, weight, strict=True)])
            for d in range(2)
        ]
        assert sp.simplify(stated + covariance[0] * z[0] + covariance[1] * z[1]) == 0


@pytest.mark.twin("Proposition 1, eq 9")
def test_a_plain_second_moment_is_rejected():
    logits = AlongCoordinate()
    second_moment = -indexed_mean(logits, logits[bound] * w[bound, h], K)
    residual = sp.diff(indexed_U_entropy(logits, K), t) - second_moment
    at_point = residual.subs({K: 2, h: 1}).doit().subs({w[1, 1]: 1, w[2, 1]: 0, rest[1]: 0, rest[2]: 0, t: sp.log(2)})
    assert sp.simplify(at_point - sp.Rational(4, 9) * sp.log(2)) == 0  # E l E w


@pytest.mark.twin("Proposition 1, eq 9")
def test_with_bias_covariance_times_z_is_rejected():
    (at_zero,) = gradients.U_entropy_gradient(affine_logits([[1], [0]], [0], [sp.log(2), 0]), [[1], [0]])
    assert sp.simplify(at_zero + sp.Rational(2, 9) * sp.log(2)) == 0  # not 0 = −Cov_p(w) z
