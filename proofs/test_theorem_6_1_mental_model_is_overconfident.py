"""Theorem 6.1: the mental model is never more uncertain than the softmax it models.

**Claim** (ours; the paper offers eq 7 as a stand-in for U_max). Optimal structure, weights of norm c, zero bias, r =
‖z‖, m = max_i cos θ_{i,z}. Then

    max σ(z) ≤ 1/(1 + (K−1) e^{−c r m K/(K−1)}) ≤ 1/(1 + (K−1) e^{−c r (1/(K−1) + m)}),

that is U_max_mental ≤ U_max (with the same c). For r > 0 the second inequality is an equality iff m = 1.

**Verdict.** Proved.

**What is true.** The model overstates the log-odds of the top class by at least c r (1−m)/(K−1), and by exactly that
where all competitors tie. The error is not small: at a z orthogonal to all weights (H ≥ K) the softmax is uniform,
max σ = 1/K for every r, while the model's confidence tends to 1 as r grows.

**Proof.** Let x_1 = m, Σ_i x_i = 0 (proposition 6, ii), and u_j = c r (x_j + m/(K−1)) for j ≥ 2, so that Σ_{j≥2} u_j
= 0. From e^u ≥ 1 + u, with equality iff u = 0,

    Σ_{j≥2} e^{c r x_j} = e^{−c r m/(K−1)} Σ_{j≥2} e^{u_j} ≥ e^{−c r m/(K−1)} (K − 1 + Σ u_j) = (K−1) e^{−c r m/(K−1)}.

Divide by e^{c r m}: the odds against class 1 are at least (K−1) e^{−c r m K/(K−1)}, which is the first inequality, an
equality iff all u_j = 0, that is iff all competitors tie. For the second, compare exponents:

    (1/(K−1) + m) − m K/(K−1) = (1−m)/(K−1) ≥ 0, with equality iff m = 1.

So the model's odds against are e^{−c r (1−m)/(K−1)} times those of the middle term. If m = 0 the middle term is 1/K,
and the right one tends to 1. (e^u − 1 − u = u² ∫_0^1 (1−s) e^{su} ds, positive for u ≠ 0.) ∎

**What the machine checks.** The remainder formula (sympy), the summed inequality (z3, K symbolic), the ratio of odds
(sympy, K symbolic). Second route: ball arithmetic over all angles and scales of a box for K = 3, H = 2, from the
trigonometric form of the softmax. A human must read the summation over j.

**Sources.** Pearce, Brintrup & Zhu (2021), eq 7; Jensen's inequality.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import mental_model
from softmax_geometry.symbolic.angles import three_class_confidence

r, m, c, K = sp.symbols("r m c K", positive=True)
theta = sp.Symbol("theta", positive=True)
ANGLES_AND_SCALES = [("1/10", "1047/1000"), ("1/4", 8)]  # θ up to π/3, and c r

mental_odds = -1 / mental_model.U_max_mental_scaled(r, m, K, c) - 1
corrected_odds = -1 / mental_model.U_max_mental_corrected(r, m, K, c) - 1
inverse_true = sp.powsimp(sp.expand(1 / three_class_confidence(c, theta)))
inverse_model = sp.expand(-1 / mental_model.U_max_mental_scaled(1, sp.cos(theta), 3, c))


@pytest.mark.proves("Theorem 6.1")
def test_exponential_lies_above_its_tangent():
    u = sp.Symbol("u", real=True, nonzero=True)
    s = sp.Symbol("s", real=True)
    remainder = u**2 * sp.integrate((1 - s) * sp.exp(s * u), (s, 0, 1))
    assert sp.simplify(remainder - (sp.exp(u) - 1 - u)) == 0


@pytest.mark.proves("Theorem 6.1")
def test_summed_tangents_bound_the_confidence():
    """T = Σ_{j≥2} e^{l_j}, B = e^{−crm/(K−1)}, E = e^{crm}, U = Σ u_j; the claim is E/(E+T) ≤ E/(E+(K−1)B)."""
    size, E, B, T, U = z3.Reals("K E B T U")
    prove(
        E * (E + (size - 1) * B) <= E * (E + T),
        [size >= 2, E > 0, B > 0, U == 0, B * (size - 1 + U) <= T],
    )


@pytest.mark.proves("Theorem 6.1")
def test_model_overstates_the_log_odds_by_a_known_amount():
    assert sp.simplify(mental_odds / corrected_odds * sp.exp(c * r * (1 - m) / (K - 1))) == 1


@pytest.mark.proves("Theorem 6.1")
def test_orthogonal_features():
    assert sp.simplify(mental_model.U_max_mental_corrected(r, 0, K, c) + 1 / K) == 0
    assert sp.simplify((-1 / mental_model.U_max_mental(r, 0, K) - 1) / ((K - 1) * sp.exp(-r / (K - 1)))) == 1


@pytest.mark.second_route("Theorem 6.1")
def test_three_classes_in_the_plane_by_balls():
    """K = 3, H = 2: cosines cos θ, cos(2π/3 ∓ θ), 0 < θ ≤ π/3. Strict, because m < 1."""
    f = BallFunction(inverse_true - inverse_model, theta, c)
    certificate = prove_positive(f, ANGLES_AND_SCALES, derivative=f.derivative)
    assert certificate.proved, certificate


@pytest.mark.twin("Theorem 6.1")
def test_twin_the_model_underestimates_confidence():
    f = BallFunction(inverse_model - inverse_true, theta, c)
    assert prove_positive(f, ANGLES_AND_SCALES).refuted


@pytest.mark.twin("Theorem 6.1")
def test_twin_a_gap_of_r_without_the_factor():
    """The overstatement is not c r (1−m) for K ≥ 3."""
    assert sp.simplify((mental_odds / corrected_odds * sp.exp(c * r * (1 - m))).subs(K, 3)) != 1


@pytest.mark.twin("Theorem 6.1")
def test_twin_without_centred_competitors():
    size, E, B, T, U = z3.Reals("K E B T U")
    with pytest.raises(RefutedError) as refuted:
        prove(E * (E + (size - 1) * B) <= E * (E + T), [size >= 2, E > 0, B > 0, T > 0, B * (size - 1 + U) <= T])
    assert Fraction(refuted.value.model["U"]) < 0
