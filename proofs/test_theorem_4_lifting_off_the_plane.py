"""Theorem 4, the case "off the plane": turning z out of the span of the weights only cools the softmax.

**Claim** (eqs 68–70). For K = 3, z in the plane of the weights and n normal to it, ‖n‖ = ‖z‖: the softmax at z_r = z
cos θ_r + n sin θ_r is that at z cos θ_r; so turning z off the plane lowers max cos and the confidence.

**Verdict.** Proved, for zero bias, and for every K and every structure.

**What is true.** All cosines shrink by the factor cos θ_r, with ‖z‖ fixed: proposition 4 applies and every
Schur-concave uncertainty rises, strictly for 0 < θ_r < π/2 unless all logits are equal. But this compares z with its
own lift only. It says nothing about two vectors that are not lifts of each other, and there theorem 4 fails (K = 3, H
≥ 3).

**Proof.** w_iᵀn = 0, so w_iᵀz_r = cos θ_r w_iᵀz. Then proposition 4 with r = cos θ_r. ∎

**What the machine checks.** The logits in coordinates, K = 3; for general K the identity is one inner product. The
decrease: in exact numbers, and by z3 for the three-class odds under x ↦ r x.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 4 ("lemma 4" there is proposition 4).
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence, integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.softmax import affine_logits, softmax

x, y, turn = sp.symbols("x y theta_r", real=True)


@pytest.mark.proves("Theorem 4, off the plane")
def test_equations_68_to_70():
    """Weights (2,−1,−1), …; z = (x, y, −x−y) in their plane, n a multiple of (1, 1, 1)."""
    z, n = [x, y, -x - y], [sp.Symbol("n")] * 3
    lifted = [a * sp.cos(turn) + b * sp.sin(turn) for a, b in zip(z, n, strict=True)]
    weight = integer_simplex(3)
    direct = softmax(affine_logits(weight, lifted))
    cooled = softmax(affine_logits(weight, [a * sp.cos(turn) for a in z]))
    assert [sp.simplify(a / b) for a, b in zip(direct, cooled, strict=True)] == [1, 1, 1]


a, b, r, odds_a, odds_b = z3.Reals("a b r odds_a odds_b")


@pytest.mark.proves("Theorem 4, off the plane")
def test_smaller_gaps_larger_odds_against():
    """Gaps a = c(x_1−x_2), b = c(x_1−x_3) ≥ 0 become r a, r b ≤ a, b, and e^{−t} decreases."""
    prove(z3.And(r * a <= a, r * b <= b), [a >= 0, b >= 0, r > 0, r <= 1])
    prove(z3.And(r * a < a, r * b <= b), [a > 0, b >= 0, r > 0, r < 1])


@pytest.mark.second_route("Theorem 4, off the plane")
def test_in_exact_numbers():
    """At cos θ_r = 3/5: z = (2,−1,−1) and z_r = (3/5)z + (4/5)n, with ‖n‖² = ‖z‖² = 6, n = √2 (1,1,1)."""
    logits = affine_logits(integer_simplex(3), [2, -1, -1])
    assert compare_confidence([int(l) for l in logits], [f"{3 * int(l)}/5" for l in logits]) == 1


@pytest.mark.twin("Theorem 4, off the plane")
def test_twin_n_not_normal_to_the_weights():
    weight, z, n = integer_simplex(3), [2, -1, -1], [1, 1, -2]
    lifted = [3 * sp.Rational(p, 5) + 4 * sp.Rational(q, 5) for p, q in zip(z, n, strict=True)]
    direct, cooled = (affine_logits(weight, v) for v in (lifted, [3 * sp.Rational(p, 5) for p in z]))
    assert direct != cooled


@pytest.mark.twin("Theorem 4, off the plane")
def test_twin_strict_when_all_logits_are_equal():
    with pytest.raises(RefutedError) as refuted:
        prove(r * a < a, [a >= 0, r > 0, r < 1])
    assert refuted.value.model["a"] == 0
