"""Theorem 5.6: a drift that never points to class 1 lowers its softmax, for any structure and any finite move.

**Claim** (ours; what "moving between multiple weight vectors" needs). Let l change to l + Δ and p = σ(l) before. If
E_p[Δ] ≥ Δ_1, then p_1 does not increase, and it strictly decreases unless all Δ_j are equal. In particular, if the
changes are conserved, Σ Δ_j = 0, with Δ_1 < 0, and (Δ_j), (p_j), j ≥ 2, are similarly ordered, then p_1 strictly
decreases.

**Verdict.** Proved, for every K, every head and every move.

**What is true.** Exactly, log(p_1 before/p_1 after) = log E_p[e^{Δ_j−Δ_1}] ≥ E_p[Δ] − Δ_1. Without similar order the
paper's argument for several weights (eqs 83–85, "clearly this reasoning can be extended") fails: K = 4, theorem 5.

**Proof.** p_1 after = e^{l_1+Δ_1}/Σ e^{l_j+Δ_j} = p_1/Σ p_j e^{Δ_j−Δ_1}. With X_j = Δ_j − Δ_1 and u = X − E_p X, e^u
≥ 1 + u gives E_p e^u ≥ 1, that is E_p e^X ≥ e^{E_p X}, an equality iff all u_j = 0. *Conserved changes.* Chebyshev's
identity n Σ p_jΔ_j − Σ p_j Σ Δ_j = Σ_{i<j} (p_i−p_j)(Δ_i−Δ_j) ≥ 0 over the n = K−1 classes j ≥ 2 gives Σ_{j≥2} p_jΔ_j
≥ (1−p_1)(−Δ_1)/n, so E_p Δ − Δ_1 ≥ −(1−p_1)Δ_1 K/(K−1) > 0. ∎

**What the machine checks.** The ratio of the softmaxes and Chebyshev's identity (sympy, K ≤ 5), the sum of the
tangents and the conserved case (z3, symbolic K). Second route: −log p_1 is convex along the move, its second
derivative is a variance and its slope at 0 is the drift (sympy, symbolic K).

**Sources.** Replaces eqs 83–85; Chebyshev's sum inequality, Jensen's inequality.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence, exponential_sum_sign
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import drift
from softmax_geometry.symbolic.softmax import bound, indexed_mean, indexed_softmax, softmax

K = sp.Symbol("K", integer=True, positive=True)
s = sp.Symbol("s", real=True)
l, D = sp.IndexedBase("l", real=True), sp.IndexedBase("Delta", real=True)
size, p_1, down, others = z3.Reals("K p1 down others")  # down = −Δ_1, others = Σ_{j≥2} p_j Δ_j
BEFORE = [Fraction(n, 51) for n in (33, 25, -23, -35)]
AFTER = [Fraction(n, 45) for n in (29, 17, -7, -39)]


class MovingLogits:
    """The logits l_j + s Δ_j."""

    def __getitem__(self, j):
        return l[j] + s * D[j]


@pytest.mark.proves("Theorem 5.6")
@pytest.mark.parametrize("number", [2, 3, 5])
def test_ratio_of_the_two_softmaxes(number):
    x, change = sp.symbols(f"l1:{number + 1}", real=True), sp.symbols(f"Delta1:{number + 1}", real=True)
    p = softmax(x)
    after = softmax([a + b for a, b in zip(x, change, strict=True)])
    mean = sum(q * sp.exp(b - change[0]) for q, b in zip(p, change, strict=True))
    assert sp.simplify(p[0] / after[0] - mean) == 0


@pytest.mark.proves("Theorem 5.6")
def test_jensen_from_tangents():
    """E_p e^u ≥ E_p(1+u) = 1, as E_p u = 0 and the p_j sum to 1; strict if one tangent inequality is."""
    mean_exp, mass, mean_u = z3.Reals("mean_exp mass mean_u")
    prove(mean_exp >= 1, [mass == 1, mean_u == 0, mean_exp >= mass + mean_u])
    prove(mean_exp > 1, [mass == 1, mean_u == 0, mean_exp > mass + mean_u])


@pytest.mark.proves("Theorem 5.6")
@pytest.mark.parametrize("number", [3, 4, 5])
def test_drift_and_chebyshev(number):
    p, change = sp.symbols(f"p1:{number + 1}"), sp.symbols(f"Delta1:{number + 1}")
    centred = sum(q * (b - change[0]) for q, b in zip(p, change, strict=True))
    assert sp.expand((drift(p, change) - centred).subs(p[0], 1 - sum(p[1:]))) == 0
    q, b = p[1:], change[1:]
    pairs = sum((q[i] - q[j]) * (b[i] - b[j]) for i, j in combinations(range(number - 1), 2))
    assert sp.expand((number - 1) * sum(u * v for u, v in zip(q, b, strict=True)) - sum(q) * sum(b) - pairs) == 0


CONSERVED = [size >= 2, down > 0, p_1 > 0, p_1 < 1]


@pytest.mark.proves("Theorem 5.6")
def test_conserved_and_similarly_ordered():
    prove(
        (others - p_1 * down + down) * (size - 1) >= (1 - p_1) * down * size,
        [*CONSERVED, (size - 1) * others >= (1 - p_1) * down],
    )
    prove((1 - p_1) * down * size > 0, CONSERVED)


@pytest.mark.second_route("Theorem 5.6")
def test_convex_along_the_move():
    """F(s) = −log p_1(l + sΔ): F′ = E_p[Δ] − Δ_1 and F″ = Var_p Δ ≥ 0, so F(1) ≥ F(0) + F′(0)."""
    moving = MovingLogits()
    F = -sp.expand_log(sp.log(indexed_softmax(moving, 1, K)), force=True)
    slope = indexed_mean(moving, D[bound], K) - D[1]
    variance = indexed_mean(moving, D[bound] ** 2, K) - indexed_mean(moving, D[bound], K) ** 2
    assert sp.simplify(sp.diff(F, s) - slope) == 0
    assert sp.simplify(sp.diff(slope, s) - variance) == 0
    mean, square, mass = z3.Reals("mean square mass")  # Σ p(Δ − mean)² ≥ 0
    prove(square - mean * mean >= 0, [mass == 1, square - 2 * mean * mean + mean * mean * mass >= 0])


@pytest.mark.second_route("Theorem 5.6")
def test_an_instance_in_exact_numbers():
    before, change = [2, 1, -3], [-1, 2, -1]
    weighted_drift = exponential_sum_sign([d - change[0] for d in change], before)
    assert weighted_drift == 1
    top = [2 + change[0], 1 + change[1], -3 + change[2]]
    assert exponential_sum_sign([1, 1, 1, -1, -1, -1], [y - top[0] for y in top] + [y - 2 for y in before]) == 1


@pytest.mark.twin("Theorem 5.6")
def test_twin_conserved_but_not_similarly_ordered():
    """The pair of theorem 5: Δ_1 < 0, Σ Δ = 0, and class 1 gains; its drift is negative."""
    change = [a - b for a, b in zip(AFTER, BEFORE, strict=True)]
    assert sum(change) == 0
    assert change[0] < 0
    assert compare_confidence(AFTER, BEFORE) == 1
    assert exponential_sum_sign([d - change[0] for d in change], BEFORE) == -1
    with pytest.raises(RefutedError):
        prove(others - p_1 * down + down > 0, CONSERVED)


@pytest.mark.twin("Theorem 5.6")
def test_twin_a_negative_drift_proves_the_opposite():
    """Drift < 0 does not make p_1 rise: K = 2 at l = (0, 0) is exact, but l = 0, Δ = (0, 2, −3), K = 3 is not."""
    assert exponential_sum_sign([0, 2, -3], [0, 0, 0]) == -1
    assert exponential_sum_sign([3, -1, -1, -1], [0, 0, 2, -3]) == -1  # Σ e^Δ > 3, so p_1 falls all the same


@pytest.mark.twin("Theorem 5.6")
def test_twin_strict_for_equal_changes():
    mean_exp, mass, mean_u = z3.Reals("mean_exp mass mean_u")
    with pytest.raises(RefutedError):
        prove(mean_exp > 1, [mass == 1, mean_u == 0, mean_exp >= mass + mean_u])
