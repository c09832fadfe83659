"""Theorem 1.1: AUROC is the average OOD mass of the valid region.

**Claim**
Ours. For every pair of laws and every score, ∫₀¹ P_out(R_ε) dε = P(U_in < U_out) = AUROC − P(U_in = U_out)/2.

**Verdict**
Proved.

**What is true**
As claimed. Hence if one score's regions contain another's for every ε, its AUROC (ties counted as losses) is at
least as large for every OOD law.

**Proof**
A point with score v lies in R_ε iff F₋(v) > 1−ε, F₋(v) = P(U_in < v). By Fubini (everything is between 0 and 1) ∫₀¹
P_out(F₋(U_out) > 1−ε) dε = E_out ∫₀¹ 1[ε > 1−F₋(U_out)] dε = E_out F₋(U_out) = P(U_in < U_out). AUROC adds half of
P(U_in = U_out).

**What the machine checks**
The inner integral symbolically; the identity in exact fractions for all 225 pairs of laws on three atoms with masses
in quarters, the regions built by definition 1. Fubini is read by a person.

**Sources**
Fubini; the area under a ROC curve as P(U_in < U_out): Hanley & McNeil (1982).
"""

from fractions import Fraction
from itertools import pairwise, product

import pytest
import sympy as sp

from numerics.laws import as_law, auroc, probability, threshold, uniform


def average_out_mass(scores_in, scores_out, contains=lambda v, tau: v > tau):
    """∫₀¹ P_out(R_ε) dε: P_out(R_ε) is constant between the levels 1 − F₋(v), so midpoints are exact."""
    levels = {
        Fraction(0),
        Fraction(1),
        *(probability(scores_in, lambda w, v=v: w >= v) for v in (*scores_in, *scores_out)),
    }
    total = Fraction(0)
    for low, high in pairwise(sorted(levels)):
        tau = threshold(scores_in, (low + high) / 2)
        total += (high - low) * probability(scores_out, lambda v, tau=tau: contains(v, tau))
    return total


def ties(scores_in, scores_out):
    return sum((p * scores_out.get(v, Fraction(0)) for v, p in scores_in.items()), Fraction(0))


def laws():
    for a, b in product(range(5), repeat=2):
        if a + b <= 4:
            yield as_law({0: Fraction(a, 4), 1: Fraction(b, 4), 2: Fraction(4 - a - b, 4)})


@pytest.mark.proves("Theorem 1.1")
def test_a_point_is_in_the_regions_of_a_share_F_of_all_levels():
    f = sp.Symbol("f", positive=True)
    epsilon = sp.Symbol("epsilon", real=True)
    inside = sp.Piecewise((1, epsilon > 1 - f), (0, True))
    share = sp.integrate(inside, (epsilon, 0, 1))
    for value in (sp.Rational(1, 7), sp.Rational(1, 2), sp.Integer(1)):
        assert share.subs(f, value) == value


@pytest.mark.proves("Theorem 1.1")
def test_the_identity_on_discrete_laws_in_exact_fractions():
    for scores_in, scores_out in product(laws(), repeat=2):
        expected = auroc(scores_in, scores_out) - ties(scores_in, scores_out) / 2
        assert average_out_mass(scores_in, scores_out) == expected


@pytest.mark.second_route("Theorem 1.1")
def test_exponential_scores_in_closed_form():
    """U_in ~ Exp(1), U_out ~ Exp(λ): τ = −log ε, P_out(R_ε) = ε^λ, and P(U_in < U_out) = 1/(1+λ)."""
    x, epsilon = sp.symbols("x epsilon", positive=True)
    for lam in (sp.Rational(1, 3), sp.Integer(2)):
        mass = sp.exp(-lam * -sp.log(epsilon))
        average = sp.integrate(sp.powsimp(mass), (epsilon, 0, 1))
        in_below_out = sp.integrate((1 - sp.exp(-x)) * lam * sp.exp(-lam * x), (x, 0, sp.oo))
        assert sp.simplify(average - 1 / (1 + lam)) == 0
        assert sp.simplify(in_below_out - 1 / (1 + lam)) == 0


@pytest.mark.second_route("Theorem 1.1")
def test_larger_regions_at_every_level_have_the_larger_auroc():
    scores_in, near, far = uniform(0, 1, 2), uniform(1, 2, 3), uniform(2, 3, 3)
    assert average_out_mass(scores_in, near) < average_out_mass(scores_in, far)
    assert auroc(scores_in, near) < auroc(scores_in, far)


@pytest.mark.twin("Theorem 1.1")
def test_forgetting_ties_or_closing_the_region_breaks_the_identity():
    scores_in, scores_out = uniform(0, 1), uniform(1, 2)
    assert average_out_mass(scores_in, scores_out) == Fraction(3, 4)
    assert auroc(scores_in, scores_out) == Fraction(7, 8)
    closed = average_out_mass(scores_in, scores_out, contains=lambda v, tau: v >= tau)
    assert closed == Fraction(1) == auroc(scores_in, scores_out) + ties(scores_in, scores_out) / 2
