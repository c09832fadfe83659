"""Theorem 4 for K = 2: the confidence is a function of ‖z‖ and the largest cosine.

**Claim** (eqs 63–65). Two opposite weights, zero bias, c = ‖w‖‖z‖ fixed: max σ(z) = 1/(1 + e^{−2cm}), m = max cos
θ_{z,i}, so U_max rises when m falls.

**Verdict.** Proved, for every dimension H ≥ 1 and every c > 0.

**What is true.** More: since σ(z) = (p, 1−p), every strictly Schur-concave uncertainty (U_entropy included) is a
strictly decreasing function of p ≥ 1/2, so of m, and also of c m. Centring makes any two weights opposite, so only
the zero bias is a restriction.

**Proof.** The cosines are m and −m, with 0 ≤ m ≤ 1. Dividing by e^{cm}, p = 1/(1 + e^{−2cm}), and dp/dm = 2c p(1−p) >
0. ∎ *Without a derivative:* for m′ < m the odds against are e^{−2cm′} = v e^{−2cm} with v = e^{2c(m−m′)} > 1.

**What the machine checks.** Eqs 63–65 and the derivative (sympy), the comparison of two odds (z3), the entropy as an
identity dH/dm = −2c p(1−p) log(p/(1−p)).

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 4.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence, two_class_confidence
from softmax_geometry.symbolic.softmax import U_entropy

c, m = sp.symbols("c m", positive=True)
p = two_class_confidence(c, m)
u, v = z3.Reals("u v")


@pytest.mark.proves("Theorem 4, K=2")
def test_equations_63_to_65():
    assert sp.simplify(confidence(c, [m, -m]) - p) == 0


@pytest.mark.proves("Theorem 4, K=2")
def test_confidence_rises_and_entropy_falls_with_the_cosine():
    assert sp.simplify(sp.diff(p, m) - 2 * c * p * (1 - p)) == 0
    falling = -2 * c * p * (1 - p) * 2 * c * m  # log(p/(1−p)) = 2cm
    assert sp.simplify(sp.diff(U_entropy([c * m, -c * m]), m) - falling) == 0


@pytest.mark.second_route("Theorem 4, K=2")
def test_two_odds_against():
    """With u = e^{−2cm} and uv = e^{−2cm′}, v > 1: 1/(1+uv) < 1/(1+u)."""
    prove(1 + u < 1 + u * v, [u > 0, v > 1])


@pytest.mark.twin("Theorem 4, K=2")
def test_twin_the_sign_of_the_exponent():
    with pytest.raises(RefutedError):
        prove(1 + u < 1 + u * v, [u > 0, v < 1])
    assert sp.simplify(confidence(c, [m, -m]) - two_class_confidence(c, -m)) != 0


@pytest.mark.twin("Theorem 4, K=2")
def test_twin_with_a_bias():
    """Weights ±1, bias (2, 0), H = 2, ‖z‖ = 1: max cos 4/5 beats 3/5 but the confidence does not."""
    against, along = (-4, 5), (3, 5)  # w_1ᵀz = −4/5 (class 2 is closest, cosine 4/5) and 3/5
    logits = [[f"{sign * n + 2 * d * (sign > 0)}/{d}" for sign in (1, -1)] for n, d in (against, along)]
    assert compare_confidence(*logits) == -1
