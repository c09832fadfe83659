"""Proposition 4: uncertainty and the magnitude of z, with theorem 4.0 that says it for every score and in numbers.

**Claim** (eqs 50–54). For any weights, U_max(z) increases when ‖z‖ decreases in a fixed direction.

**Verdict.** Proved under stated hypotheses: zero (or equal) biases, and weakly; it is strict unless all logits are
equal. The paper's last line U_max = max_i −σ_i must read −max_i σ_i. With biases it is false.

**What is true** (theorem 4.0). Write the logits as l = r s, r = ‖z‖ and s_i = ‖w_i‖ cos θ_{z,i} sorted downwards, and
p = σ(r s). For every k < K

    d(p_1 + … + p_k)/dr = Σ_{i≤k<j} p_i p_j (s_i − s_j) ≥ 0.

So for r < r' the vector σ(r s) is majorised by σ(r' s), and **every** symmetric Schur-concave uncertainty (U_max,
U_entropy, all Rényi and Tsallis entropies, Gini) is at least as high at r. In particular dp_1/dr = p_1(s_1 − E_p s)
and dH/dr = −r Var_p(s). All of this is also cooling: σ(l/T) is r = 1/T. Limits: p_1 → 1/K as r → 0; p_1 → 1/(number
of classes tied for the largest s) as r → ∞, which is 1 only without ties; and 1 − p_1 ≤ (K−1) e^{−rγ}, γ = s_1 − s_2.

**Proof.** p_i' = p_i (s_i − E_p s) = p_i Σ_j p_j (s_i − s_j). Sum over i ≤ k: the pairs with j ≤ k cancel, as (i, j)
and (j, i) have opposite signs; the pairs i ≤ k < j remain, and s_i ≥ s_j there. The order of the classes does not
depend on r, so p_1 + … + p_k is the sum of the k largest entries for all r, and "no such sum falls" is majorisation.
k = 1 gives p_1' = p_1 Σ_j p_j(s_1 − s_j), zero iff all s_j = s_1. H = log Σ e^{r s_j} − r E_p s has the derivative
E_p s − E_p s − r Var_p(s). At r = 0 all exponentials are 1. With q classes tied at s_1, 1/p_1 = q + Σ_{s_j<s_1}
e^{−r(s_1−s_j)} → q. Finally 1 − p_1 ≤ (1−p_1)/p_1 = Σ_{j≥2} e^{−r(s_1−s_j)} ≤ (K−1) e^{−rγ}. ∎

*Second proof, without derivatives.* p_i(r') = p_i(r) g_i/E_p g with g_i = e^{(r'−r)s_i}, which falls in i. Let γ lie
between g_k and g_{k+1}. The first k classes have Σ_{i≤k} p_i g_i ≥ γ P, the others Σ_{j>k} p_j g_j ≤ γ(1−P), where P
= p_1 + … + p_k; so their share G/(G + G') of the total is at least P. ∎

*With biases.* Two classes with logits z − 1 and 0: confidence 1/2 at z = 1 and σ(1) = 0.731 at z = 0.

**What the machine checks.** Eqs 51–54 and the identity of the top-k sums for K ≤ 5 and all k; the quotient rule and
the entropy for symbolic K and k (sympy sums); the sign of the numerator and the derivative-free step (z3, any K and
k). Biases: exact comparison. A human must read why the pairs cancel for general K, and the passage from top-k sums to
Schur-concave functions (Hardy, Littlewood & Pólya).

**Sources.** Pearce, Brintrup & Zhu (2021), proposition 4; Marshall, Olkin & Arnold, Inequalities (2011), ch. 1 and 3.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence, majorises
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.softmax import (
    U_max,
    bound,
    indexed_mean,
    indexed_U_entropy,
    magnitude_angle_softmax,
    softmax,
)

r, K = sp.symbols("r K", positive=True)
k, i = sp.symbols("k i", integer=True)
s = sp.IndexedBase("s")


class LogitsOfMagnitude:
    """The logits l_j = r s_j."""

    def __getitem__(self, j):
        return r * s[j]


l = LogitsOfMagnitude()


def in_exponentials(expression, scores):
    """The expression with e^{r s_j} as an unknown E_j, so that identities are rational."""
    return expression.subs({sp.exp(r * x): sp.Symbol(f"E_{x}", positive=True) for x in scores})


@pytest.mark.proves("Proposition 4")
@pytest.mark.parametrize("size", [2, 3, 4])
def test_equations_51_to_54(size):
    norms, x = sp.symbols(f"w1:{size + 1}", positive=True), sp.symbols(f"x1:{size + 1}", real=True)
    p = magnitude_angle_softmax(norms, r, x)
    printed = 1 / (1 + sum(sp.exp(r * (norms[j] * x[j] - norms[0] * x[0])) for j in range(1, size)))
    assert sp.simplify(1 / p[0] - 1 / printed) == 0
    assert U_max([r * n * y for n, y in zip(norms, x, strict=True)], top=0) == -p[0]


@pytest.mark.proves("Proposition 4", "Theorem 4.0")
@pytest.mark.parametrize("size", [2, 3, 4, 5])
def test_derivative_of_the_sum_of_the_k_largest(size):
    scores = sp.symbols(f"s1:{size + 1}", real=True)
    p = magnitude_angle_softmax([1] * size, r, scores)
    for count in range(1, size):
        pairs = [(a, b) for a in range(count) for b in range(count, size)]
        stated = sum(p[a] * p[b] * (scores[a] - scores[b]) for a, b in pairs)
        assert sp.cancel(in_exponentials(sp.diff(sum(p[:count]), r) - stated, scores)) == 0


@pytest.mark.proves("Theorem 4.0")
def test_quotient_rule_for_any_number_of_classes():
    """With G = Σ_{i≤k} e^{rs_i}, L = Σ_{j>k} e^{rs_j}: d(G/(G+L))/dr = (G'L − GL')/(G+L)²."""
    largest, rest = (sp.Sum(sp.exp(l[i]), (i, *limits)) for limits in ((1, k), (k + 1, K)))
    weighted, rest_weighted = (sp.Sum(s[i] * sp.exp(l[i]), (i, *limits)) for limits in ((1, k), (k + 1, K)))
    stated = (weighted * rest - largest * rest_weighted) / (largest + rest) ** 2
    assert sp.simplify(sp.diff(largest / (largest + rest), r) - stated) == 0


G, G_s, L, L_s, theta = z3.Reals("G G_s L L_s theta")
SORTED = [G > 0, L > 0, G_s >= theta * G, L_s <= theta * L]  # s_i ≥ θ for i ≤ k, s_j ≤ θ for j > k


@pytest.mark.proves("Proposition 4", "Theorem 4.0")
def test_the_numerator_is_not_negative():
    """Σ_{i≤k<j} e^{rs_i} e^{rs_j}(s_i − s_j) = G_s L − G L_s, for sorted scores, any K and k."""
    prove(G_s * L - G * L_s >= 0, SORTED)
    prove(G_s * L - G * L_s > 0, [*SORTED, G_s > theta * G])  # strict unless all tie


@pytest.mark.proves("Theorem 4.0")
def test_entropy_falls_at_the_rate_r_times_the_variance():
    variance = indexed_mean(l, s[bound] ** 2, K) - indexed_mean(l, s[bound], K) ** 2
    assert sp.simplify(sp.diff(indexed_U_entropy(l, K), r) + r * variance) == 0


@pytest.mark.proves("Theorem 4.0")
def test_limits():
    p = magnitude_angle_softmax([1] * 4, r, [2, 2, 1, -1])
    assert [sp.limit(q, r, 0) for q in p] == [sp.Rational(1, 4)] * 4
    assert [sp.limit(q, r, sp.oo) for q in p] == [sp.Rational(1, 2)] * 2 + [0, 0]
    odds, size, tail = z3.Reals("odds K tail")  # odds = Σ_{j≥2} e^{−r(s_1−s_j)} ≤ (K−1) tail, tail = e^{−rγ}
    prove(odds <= (size - 1) * tail * (1 + odds), [size >= 2, tail > 0, odds >= 0, odds <= (size - 1) * tail])


P, Q, share, other, gamma = z3.Reals("P Q share other gamma")
REWEIGHTED = [P > 0, Q > 0, P + Q == 1, gamma > 0, share >= gamma * P, other <= gamma * Q, other > 0]


@pytest.mark.second_route("Proposition 4", "Theorem 4.0")
def test_without_derivatives():
    """G = Σ_{i≤k} p_i g_i ≥ γP and G' = Σ_{j>k} p_j g_j ≤ γQ give G/(G+G') ≥ P."""
    prove(share >= P * (share + other), REWEIGHTED)


@pytest.mark.second_route("Theorem 4.0")
@pytest.mark.parametrize("bases", [(5, 3, 2, 1), (4, 4, 1), (7, 6, 6, 2, 1)])
def test_majorisation_in_exact_numbers(bases):
    """Scores log a_i make σ(r s)_i = a_i^r/Σ a_j^r rational."""
    p = {power: [Fraction(a**power, sum(b**power for b in bases)) for a in bases] for power in (1, 2, 3)}
    assert majorises(p[2], p[1])
    assert majorises(p[3], p[2])
    assert not majorises(p[1], p[2])
    assert softmax([2 * sp.log(a) for a in bases]) == [sp.Rational(x.numerator, x.denominator) for x in p[2]]


@pytest.mark.twin("Proposition 4")
def test_twin_with_a_bias():
    """Logits (z − 1, 0): z falls from 1 to 0 and the confidence rises; the proof then lacks its order."""
    assert compare_confidence([1 - 1, 0], [0 - 1, 0]) == -1
    with pytest.raises(RefutedError):  # largest p no longer means largest s
        prove(G_s * L - G * L_s >= 0, [G > L, L > 0])


@pytest.mark.twin("Proposition 4", "Theorem 4.0")
def test_twin_strict_for_equal_logits():
    with pytest.raises(RefutedError) as refuted:
        prove(G_s * L - G * L_s > 0, SORTED)
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert model["G_s"] * model["L"] == model["G"] * model["L_s"]
    assert compare_confidence([2, 2, 2], [1, 1, 1]) == 0


@pytest.mark.twin("Theorem 4.0")
def test_twin_the_wrong_sign_of_the_variance():
    variance = indexed_mean(l, s[bound] ** 2, K) - indexed_mean(l, s[bound], K) ** 2
    assert sp.simplify(sp.diff(indexed_U_entropy(l, K), r) - r * variance) != 0


@pytest.mark.twin("Theorem 4.0")
def test_twin_confidence_tends_to_one_even_with_ties():
    assert sp.limit(magnitude_angle_softmax([1] * 3, r, [1, 1, 0])[0], r, sp.oo) != 1


@pytest.mark.twin("Theorem 4.0")
def test_twin_a_reweighting_that_rises_in_the_other_order():
    with pytest.raises(RefutedError):
        prove(share >= P * (share + other), [P > 0, Q > 0, P + Q == 1, gamma > 0, other >= gamma * Q, share > 0])
