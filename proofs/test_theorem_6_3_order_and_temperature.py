"""Theorem 6.3: the order of U_max turns with the scale of the logits, from MaxLogit (small) to the margin (large).

**Claim** (ours, beside the paper's "we can ignore the constant c", which holds for the model of eq 92 but not for
U_max itself). Let l have gaps g_j = l_1 − l_j ≥ 0 from its largest logit, j = 2, …, K, and l' gaps g'_j. Put G = Σ
g_j = K (max l − mean l) and M = min g_j, the margin; likewise G', M'. Multiply all logits by c > 0. Then

- if G < G' then c l is more uncertain than c l' for every c < 2(G' − G)/Σ g'_j²;
- if M > M' then c l is more confident than c l' for every c > log(K−1)/(M − M').

So if the two orders disagree, U_max ranks the pair both ways, depending on c.

**Verdict.** Proved.

**What is true.** As claimed, and: (i) for K = 2 the order never turns (G = M). (ii) For K ≥ 3 it can: logits (2, 0,
0) and (3, 2, −5) at c = 1/4 and c = 4. (iii) The number of turns is below the number of sign changes of the sequence
of coefficients of Σ e^{−c g_j} − Σ e^{−c g'_j} ordered by exponent; in the example there is exactly one, at c =
0.6849…

**Proof.** The odds against class 1 are S(c) = Σ_{j≥2} e^{−c g_j}, and more odds against mean more uncertainty. From 1
− u ≤ e^{−u} ≤ 1 − u + u²/2 for u ≥ 0,

    S(c) ≥ K − 1 − cG and S'(c) ≤ K − 1 − cG' + c² Σ g'_j²/2,

so S(c) > S'(c) when c Σ g'_j²/2 < G' − G. For large c, e^{−cM} ≤ S(c) ≤ (K−1) e^{−cM}, so S(c) < S'(c) when (K−1)
e^{−cM} < e^{−cM'}. The difference S − S' is continuous in c, so it has a zero between. By the rule of signs for sums
of real exponentials its real zeros, counted with multiplicity, are at most as many as the sign changes of its
coefficients in the order of the exponents; c = 0 is one of them, since S(0) = S'(0) = K − 1. In the example, with x =
e^{−c}, S − S' = 2x² − x − x⁸ = −x(1 − 2x + x⁷), and 1 − 2x + x⁷ has one root in (0, 1). ∎

**What the machine checks.** The expansion at c = 0 with K symbolic (sympy); the bounds of the tail (z3, K symbolic)
and of e^{−u} (sympy remainders); the flip exactly (Lindemann-Weierstrass and balls); the single turn by an exact root
count and again by a rigorous enclosure of the root. A human must read the rule of signs (Laguerre).

**Sources.** Laguerre, Sur la théorie des équations numériques (1883), for the rule of signs.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3
from flint import arb

from numerics.balls import confidence
from numerics.enclosures import enclose_root, prove_positive
from numerics.exact import compare_confidence
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import mental_model
from softmax_geometry.symbolic.softmax import log_odds_against

c, K = sp.symbols("c K", positive=True)
j = sp.Symbol("j", integer=True)
g = sp.IndexedBase("g")

FIRST, SECOND = (2, 0, 0), (3, 2, -5)


def scaled(logits, factor):
    return [str(sp.Rational(factor) * l) for l in logits]


@pytest.mark.proves("Theorem 6.3")
def test_small_scales_rank_by_the_sum_of_gaps():
    odds = sp.Sum(sp.exp(-c * g[j]), (j, 2, K))
    assert sp.simplify(odds.diff(c).subs(c, 0) + sp.Sum(g[j], (j, 2, K))) == 0
    s, r, m = sp.symbols("s r m", positive=True)
    model = mental_model.U_max_mental_corrected(r, m, K, c).subs(r, s / m)  # the corrected model at max − mean = c s
    assert sp.simplify((-1 / model - 1).diff(c).subs(c, 0) + K * s) == 0  # −G, as for U_max itself


@pytest.mark.proves("Theorem 6.3")
def test_remainders_of_the_exponential():
    u, s = sp.symbols("u s", positive=True)
    assert sp.simplify(u**2 * sp.integrate((1 - s) * sp.exp(-s * u), (s, 0, 1)) - (sp.exp(-u) - 1 + u)) == 0
    third = u**3 / 2 * sp.integrate((1 - s) ** 2 * sp.exp(-s * u), (s, 0, 1))
    assert sp.simplify(third - (1 - u + u**2 / 2 - sp.exp(-u))) == 0


@pytest.mark.proves("Theorem 6.3")
def test_both_thresholds_follow():
    size, scale, G, G_2, squares, S, S_2 = z3.Reals("K c G G2 Q S S2")
    prove(
        S > S_2,
        [
            scale > 0,
            size - 1 - scale * G <= S,
            size - 1 - scale * G_2 + scale * scale * squares / 2 >= S_2,
            scale * squares < 2 * (G_2 - G),
        ],
    )
    small, large = z3.Reals("m m2")  # e^{−cM} < e^{−cM'}
    prove(S < S_2, [size >= 2, small > 0, (size - 1) * small >= S, large <= S_2, (size - 1) * small < large])


@pytest.mark.proves("Theorem 6.3")
def test_the_order_turns():
    assert compare_confidence(scaled(FIRST, "1/4"), scaled(SECOND, "1/4")) == -1
    assert compare_confidence(scaled(FIRST, 4), scaled(SECOND, 4)) == 1


@pytest.mark.proves("Theorem 6.3")
def test_it_turns_once():
    x = sp.Symbol("x", positive=True)
    odds = [sp.exp(log_odds_against([c * l for l in logits], 0)) for logits in (FIRST, SECOND)]
    polynomial = sp.expand((odds[0] - odds[1]).subs(c, -sp.log(x)))
    quotient = sp.Poly(sp.cancel(-polynomial / x), x)
    assert quotient == sp.Poly(x**7 - 2 * x + 1, x)
    assert quotient.count_roots(0, 1) - (quotient.eval(1) == 0) == 1


@pytest.mark.second_route("Theorem 6.3")
def test_the_turn_is_enclosed():
    def difference(scale):
        return confidence([scale * l for l in FIRST]) - confidence([scale * l for l in SECOND])

    turn = enclose_root(difference, ("1/4", 4))
    assert abs(turn - arb("0.684904")) < arb("0.000001")
    assert prove_positive(lambda c: -difference(c), [("3/20", "684/1000")]).proved  # below 2/13 by the theorem
    assert prove_positive(difference, [("686/1000", "7/10")]).proved  # above log 2 by the theorem


@pytest.mark.second_route("Theorem 6.3")
def test_thresholds_hold_on_the_example():
    """G = 4 < 9 = G', Σ g'² = 65: more uncertain below c = 2/13; M = 2 > 1: more confident above c = log 2 < 1."""
    for factor in ("1/100", "1/10", "2/13"):
        assert compare_confidence(scaled(FIRST, factor), scaled(SECOND, factor)) == -1
    for factor in (1, 2, 10):
        assert compare_confidence(scaled(FIRST, factor), scaled(SECOND, factor)) == 1


@pytest.mark.twin("Theorem 6.3")
def test_twin_the_order_of_U_max_does_not_depend_on_c():
    """The claim D(1/4) > 0 ⟺ D(c) > 0 would need difference < 0 on all of [1/4, 4]."""

    def difference(scale):
        return confidence([scale * l for l in SECOND]) - confidence([scale * l for l in FIRST])

    assert prove_positive(difference, [("1/4", 4)]).refuted


@pytest.mark.twin("Theorem 6.3")
def test_twin_for_three_classes_the_orders_cannot_disagree():
    """For K = 2 the sum of gaps and the margin are one number, so they cannot; with two gaps each they can."""
    G, G_2, M, M_2 = z3.Reals("G G2 M M2")
    prove(z3.Not(z3.And(G < G_2, M > M_2)), [G == M, G_2 == M_2])
    a, b, a_2, b_2 = z3.Reals("a b a2 b2")
    order = [a >= 0, b >= a, a_2 >= 0, b_2 >= a_2]
    with pytest.raises(RefutedError):
        prove(z3.Not(z3.And(a + b < a_2 + b_2, a > a_2)), order)


@pytest.mark.twin("Theorem 6.3")
def test_twin_margins_decide_at_every_scale():
    """Without log(K−1): the larger margin is not more confident at c = 1/4."""
    size, small, large, S, S_2 = z3.Reals("K m m2 S S2")
    with pytest.raises(RefutedError):
        prove(S < S_2, [size >= 2, small > 0, (size - 1) * small >= S, small <= S, large <= S_2, small < large])
