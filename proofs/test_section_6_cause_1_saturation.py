"""Section 6, cause 1: AUROC(U_cool) − AUROC(U_entropy) is not what saturation costs; ties cost at most P(tie)/2.

**Claim** (section 6). Softmax saturation loses the order of points. It "is remedied by using U_cool rather than
U_entropy. Hence, AUROC using U_cool minus AUROC using U_entropy gives the responsibility of cause 1", where U_cool(z)
= U_entropy(z/10).

**Verdict.** Refuted: the difference also counts points that cooling re-orders although nothing is saturated.

**What is true.** *Counterexample.* In-distribution logits (0, 0, −6), OOD logits (0, −3, −4), K = 3. No probability
is within 1/1000 of 0 or 1, and U_entropy ranks them wrongly, U_cool rightly: the difference is 1, all of the AUROC.
With the two exchanged it is −1. The reason: cooled entropy ranks by the variance of the logits in the limit, as log K
− H(c l) = ∫_0^c s Var_{softmax(sl)}(l) ds.

*Theorem 7.7* (ours). Let U' = f(U) with f non-decreasing: rounding, clipping, a saturating formula. Then |AUROC(U) −
AUROC(U')| ≤ ½ P(U'_in = U'_out, U_in ≠ U_out) ≤ ½ P(U'_in = U'_out), for all laws, and the bound is attained. So
saturation costs at most half the tie fraction. The log-odds score log Σ_{j≠i*} e^{l_j} − l_{i*} has the order of
U_max and does not saturate: it removes the loss without re-ordering anything.

**Proof.** *Counterexample*: two numbers on each side, decided by ball arithmetic.

*Theorem 7.7.* AUROC(U) = E[1{U_in < U_out} + ½ 1{U_in = U_out}]. Take one pair of values u (in), v (out). If f(u) ≠
f(v) then f(u), f(v) are in the order of u, v, so the pair counts the same for U and U'. If f(u) = f(v) it counts ½
for U' and 0, ½ or 1 for U, so the difference is at most ½, and 0 when u = v. Take expectations. Attained by f
constant and U separating perfectly: 1 − ½ = ½ · 1.

*Log-odds.* log((1−p)/p) is strictly decreasing in p = max σ, and (1−p)/p = Σ_{j≠i*} e^{l_j − l_{i*}}: sums of
positive terms, no difference of nearly equal numbers. ∎

**What the machine checks.** The signs by balls on the expressions; again by the integral of the variance. The
pairwise inequality by z3; again exactly over all monotone maps of a small law. The log-odds identities by sympy.

**Sources.** Pearce, Brintrup & Zhu (2021), section 6.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
import sympy as sp
import z3
from flint import arb

from numerics import laws
from numerics.balls import arb_rational, softmax
from numerics.enclosures import enclose_integral
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import softmax as symbolic

IN, OUT = (0, 0, -6), (0, -3, -4)
HALF = Fraction(1, 2)


def ball(expression):
    return BallFunction(expression)()


def auroc_of(score):
    """AUROC on the two point masses, from scores that are balls."""
    below = ball(score(IN)) < ball(score(OUT))
    assert below or ball(score(IN)) > ball(score(OUT))
    return int(below)


def entropy_drop(logits, c):
    """∫_0^c s Var_p(l) ds with p = softmax(s l), which is log K − H(c l)."""

    def integrand(s, _):
        weights = [(s * l).exp() for l in logits]
        total = sum(weights, 0 * s)
        mean = sum((w * l for w, l in zip(weights, logits, strict=True)), 0 * s) / total
        square = sum((w * l * l for w, l in zip(weights, logits, strict=True)), 0 * s) / total
        return s * (square - mean * mean)

    return enclose_integral(integrand, 0, c)


def win(u, v):
    """What a pair counts: 1 if the OOD score v is above u, ½ in a tie."""
    return z3.If(u < v, z3.RealVal(1), z3.If(u == v, z3.RealVal("1/2"), z3.RealVal(0)))


@pytest.mark.proves("Section 6, cause 1")
def test_the_difference_is_all_of_the_auroc_with_nothing_saturated():
    assert auroc_of(symbolic.U_cool) - auroc_of(symbolic.U_entropy) == 1
    for logits in (IN, OUT):
        for p in softmax(logits):
            assert arb_rational("1/1000") < p < arb_rational("999/1000")


@pytest.mark.second_route("Section 6, cause 1")
def test_cooling_ranks_by_variance():
    """Larger drop from log K, less uncertain: at c = 1 OUT drops more, at c = 1/10 IN does."""
    assert entropy_drop(IN, 1) < entropy_drop(OUT, 1)
    assert entropy_drop(IN, "1/10") > entropy_drop(OUT, "1/10")
    drop = arb(3).log() - ball(symbolic.U_cool(OUT))
    assert drop.overlaps(entropy_drop(OUT, "1/10"))


@pytest.mark.second_route("Section 6, cause 1")
def test_cooling_is_a_tenth():
    l = sp.symbols("l_1:4", real=True)
    assert sp.simplify(symbolic.U_cool(l) - symbolic.U_entropy([x / 10 for x in l])) == 0


@pytest.mark.twin("Section 6, cause 1")
def test_twin_it_is_zero_wherever_nothing_saturates():
    """A claim of no re-ordering would hold for two classes; the same machinery agrees there and refuses it here."""
    pair = ((0, -3), (0, -1))
    assert all((ball(score(pair[0])) < ball(score(pair[1]))) for score in (symbolic.U_entropy, symbolic.U_cool))
    assert auroc_of(symbolic.U_cool) != auroc_of(symbolic.U_entropy)


@pytest.mark.twin("Section 6, cause 1")
def test_twin_a_factor_that_does_not_cool_enough():
    """With a factor 9/10 in place of 1/10 the order is that of U_entropy: the example rests on the temperature."""
    warm = auroc_of(lambda l: symbolic.U_cool(l, sp.Rational(9, 10)))
    assert warm == auroc_of(symbolic.U_entropy)


@pytest.mark.proves("Theorem 7.7")
def test_a_monotone_map_changes_a_pair_by_half_a_tie_at_most():
    u, v, fu, fv = z3.Reals("u v fu fv")
    monotone = [z3.Implies(u <= v, fu <= fv), z3.Implies(v <= u, fv <= fu)]
    cost = win(u, v) - win(fu, fv)
    tie = z3.If(z3.And(fu == fv, u != v), z3.RealVal("1/2"), z3.RealVal(0))
    prove(z3.And(cost <= tie, -cost <= tie), monotone)


@pytest.mark.proves("Theorem 7.7")
def test_log_odds_have_the_order_of_U_max():
    l = sp.symbols("l_1:5", real=True)
    p = symbolic.softmax(l)[0]
    odds = sp.exp(symbolic.log_odds_against(l, 0))
    assert sp.simplify(odds - (1 - p) / p) == 0
    assert sp.simplify(sp.exp(symbolic.U_max_log(l, 0)) - (1 + symbolic.U_max(l, 0))) == 0
    assert sp.simplify(sp.exp(symbolic.U_entropy_log(l)) - symbolic.U_entropy(l)) == 0
    q = sp.Symbol("q", positive=True)
    assert sp.simplify(sp.diff(sp.log((1 - q) / q), q) + 1 / (q * (1 - q))) == 0  # decreasing on (0, 1)


@pytest.mark.second_route("Theorem 7.7")
def test_every_monotone_map_of_a_small_law():
    """All ways to merge neighbouring values of six scores: the change is at most P(new ties)/2, and attains it."""
    law_in = laws.as_law({0: "1/4", 1: "1/8", 2: "3/8", 4: "1/4"})
    law_out = laws.as_law({1: "1/8", 3: "1/2", 4: "1/8", 5: "1/4"})
    exact, attained = laws.auroc(law_in, law_out), 0
    for n in range(6):
        for cuts in combinations(range(1, 6), n):

            def merge(u, cuts=cuts):
                return sum(u >= cut for cut in cuts)

            merged = laws.auroc(laws.image(law_in, merge), laws.image(law_out, merge))
            ties = sum(p * q for u, p in law_in.items() for v, q in law_out.items() if merge(u) == merge(v) and u != v)
            assert abs(exact - merged) <= ties / 2
            attained += bool(ties) and abs(exact - merged) == ties / 2
    assert attained
    assert laws.auroc(laws.uniform(0), laws.uniform(1)) - laws.auroc(laws.uniform(7), laws.uniform(7)) == HALF


@pytest.mark.twin("Theorem 7.7")
def test_twin_a_quarter_of_the_ties():
    u, v, fu, fv = z3.Reals("u v fu fv")
    monotone = [z3.Implies(u <= v, fu <= fv), z3.Implies(v <= u, fv <= fu)]
    with pytest.raises(RefutedError):
        prove(win(u, v) - win(fu, fv) <= z3.If(fu == fv, z3.RealVal("1/4"), z3.RealVal(0)), monotone)


@pytest.mark.twin("Theorem 7.7")
def test_twin_for_a_map_that_is_not_monotone():
    u, v, fu, fv = z3.Reals("u v fu fv")
    with pytest.raises(RefutedError) as refuted:
        prove(win(u, v) - win(fu, fv) <= z3.If(fu == fv, z3.RealVal("1/2"), z3.RealVal(0)), [u != v])
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert model["u"] < model["v"]
    assert model["fu"] > model["fv"]
