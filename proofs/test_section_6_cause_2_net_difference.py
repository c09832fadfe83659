"""Section 6, cause 2: AUROC(U_density) − AUROC(U_cool) is a difference of two OOD masses, not that of one region.

**Claim** (section 6). The share of softmax extrapolation (cause 2) "is estimated by finding the improvement realised
by using U_density rather than U_cool", pictured as the extrapolation region R_density ∩ R'_softmax, the points
flagged by the density but not by the softmax.

**Verdict.** Corrected: the improvement is the mean OOD mass of that region *minus* the mean OOD mass of the opposite
one, R_softmax ∩ R'_density.

**What is true.** With R_ε(U) the valid region at level ε (definition 1), for scores without ties between the two
sides,

    AUROC(V) − AUROC(U) = ∫_0^1 P_out(R_ε(V) ∖ R_ε(U)) dε − ∫_0^1 P_out(R_ε(U) ∖ R_ε(V)) dε;

with ties, add (P(tie for V) − P(tie for U))/2. So the improvement is at most the mass of the extrapolation region,
and may be zero or negative while half of all OOD data lies in it. *Example.* OOD points a and b of mass ½ each; V
puts a above and b below all training points, U the other way round: both AUROC are ½, cause 2 reads 0, and at every ε
half of the OOD mass is in the extrapolation region.

**Proof.** R_ε(U) = {x : P_in(U < U(x)) > 1−ε}, so by Fubini ∫_0^1 P_out(R_ε(U)) dε = E_out[P_in(U < U(x_out))] =
P(U_in < U_out) = AUROC(U) − P(tie)/2. Subtract for V and U, and use P(A) − P(B) = P(A∖B) − P(B∖A) inside the
integral. ∎

**What the machine checks.** Exact rational arithmetic on discrete laws: both sides of the identity, the regions from
the threshold at each ε, the AUROC from pairs; the pointwise set identity by z3. Fubini is for a human to read.

**Sources.** Pearce, Brintrup & Zhu (2021), section 6 and definition 1.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import z3

from numerics import laws
from numerics.solver import RefutedError, prove

HALF = Fraction(1, 2)


def mean_mass(law_in, law_out, U, V):
    """∫_0^1 P_out(R_ε(V) ∖ R_ε(U)) dε, exactly: both regions are constant between the levels 1 − P_in(score < s)."""
    levels = {Fraction(0), Fraction(1)}
    for score in (U, V):
        scores = laws.image(law_in, score)
        levels |= {1 - laws.probability(scores, lambda u, s=s: u < s) for s in scores}
    total, ends = Fraction(0), sorted(levels)
    for low, high in itertools.pairwise(ends):
        tau_U, tau_V = (laws.threshold(laws.image(law_in, score), (low + high) / 2) for score in (U, V))
        flagged = laws.probability(law_out, lambda x, tau_U=tau_U, tau_V=tau_V: V(x) > tau_V and not U(x) > tau_U)
        total += (high - low) * flagged
    return total


def auroc(law_in, law_out, score):
    return laws.auroc(laws.image(law_in, score), laws.image(law_out, score))


def ties(law_in, law_out, score):
    return sum(p * q for x, p in law_in.items() for y, q in law_out.items() if score(x) == score(y))


TRAIN = laws.uniform("t1", "t2", "t3")
OOD = laws.uniform("a", "b")
U_DENSITY = {"t1": 1, "t2": 2, "t3": 3, "a": 9, "b": 0}.__getitem__
U_COOL = {"t1": 2, "t2": 1, "t3": 3, "a": 0, "b": 9}.__getitem__

MIXED_IN = laws.as_law({0: "1/2", 1: "1/4", 2: "1/8", 3: "1/8"})
MIXED_OUT = laws.as_law({1: "1/8", 2: "1/2", 3: "1/8", 4: "1/4"})
SCORES = [lambda x: x, lambda x: -x, lambda x: (x - 2) ** 2, lambda x: x % 2, lambda x: (3 * x + 1) % 5]


@pytest.mark.proves("Section 6, cause 2")
def test_cause_2_reads_zero_with_half_of_the_ood_mass_in_the_extrapolation_region():
    assert auroc(TRAIN, OOD, U_DENSITY) == auroc(TRAIN, OOD, U_COOL) == HALF
    assert mean_mass(TRAIN, OOD, U=U_COOL, V=U_DENSITY) == HALF
    assert mean_mass(TRAIN, OOD, U=U_DENSITY, V=U_COOL) == HALF


@pytest.mark.proves("Section 6, cause 2")
def test_pointwise_set_identity():
    a, b = z3.Bools("a b")

    def one(event):
        return z3.If(event, 1, 0)

    prove(one(a) - one(b) == one(z3.And(a, z3.Not(b))) - one(z3.And(b, z3.Not(a))))


@pytest.mark.second_route("Section 6, cause 2")
@pytest.mark.parametrize("V", SCORES)
@pytest.mark.parametrize("U", SCORES)
def test_the_improvement_is_a_difference_of_two_masses(U, V):
    """Ties included; the two sides are computed from pairs and from regions."""
    half_ties = (ties(MIXED_IN, MIXED_OUT, V) - ties(MIXED_IN, MIXED_OUT, U)) / 2
    gained = mean_mass(MIXED_IN, MIXED_OUT, U=U, V=V)
    lost = mean_mass(MIXED_IN, MIXED_OUT, U=V, V=U)
    assert auroc(MIXED_IN, MIXED_OUT, V) - auroc(MIXED_IN, MIXED_OUT, U) == gained - lost + half_ties


@pytest.mark.twin("Section 6, cause 2")
def test_twin_the_improvement_is_the_mass_of_the_extrapolation_region():
    a, b = z3.Bools("a b")

    def one(event):
        return z3.If(event, 1, 0)

    with pytest.raises(RefutedError) as refuted:
        prove(one(a) - one(b) == one(z3.And(a, z3.Not(b))))
    assert refuted.value.model == {"a": False, "b": True}
    assert auroc(TRAIN, OOD, U_DENSITY) - auroc(TRAIN, OOD, U_COOL) != mean_mass(TRAIN, OOD, U=U_COOL, V=U_DENSITY)


@pytest.mark.twin("Section 6, cause 2")
def test_twin_ties_left_out():
    """Without the half ties the identity fails on the parity score."""
    parity, identity = SCORES[3], SCORES[0]
    gained = mean_mass(MIXED_IN, MIXED_OUT, U=identity, V=parity)
    lost = mean_mass(MIXED_IN, MIXED_OUT, U=parity, V=identity)
    difference = auroc(MIXED_IN, MIXED_OUT, parity) - auroc(MIXED_IN, MIXED_OUT, identity)
    assert difference != gained - lost
