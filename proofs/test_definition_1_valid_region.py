"""Definition 1 and theorem 1.0: the valid region is {U > τ}.

**Claim**
Definition 1 (eq 5): R_ε = {z_0 : P_{z~D_in}(U(z_0) > U(z)) > 1−ε}. Theorem 1.0 (ours): for every law, atoms allowed,
and 0 < ε < 1, R_ε = {U > τ} with τ = max{u : P(U < u) ≤ 1−ε}; P_in(R_ε) ≤ ε, with equality iff P(U ≤ τ) = 1−ε.

**Verdict**
Definition 1 is well defined; theorem 1.0 is proved. Two slips in the wording: "(1−ε)%" means 100(1−ε)%, and "at
least" would be ≥ where eq 5 has >. The difference matters exactly when P(U < u) hits 1−ε, which for n data points
means that n(1−ε) is whole.

**What is true**
As claimed. For a law with finitely many atoms the level is always below ε: on n data points with distinct scores
s_(1) < … < s_(n), τ = s_(k+1) with k = ⌊n(1−ε)⌋, and n−k−1 < nε points lie in the region (4 of 100 for ε = 0.05).

**Proof**
F₋(u) = P(U < u) is non-decreasing and left-continuous, tends to 0 at −∞ and to 1 at +∞. Hence {u : F₋(u) ≤ 1−ε} is
non-empty, bounded above and closed: a half line (−∞, τ]. So z_0 ∈ R_ε, that is F₋(U(z_0)) > 1−ε, iff U(z_0) > τ.
Letting u fall to τ, P(U ≤ τ) = lim F₋(u) ≥ 1−ε, so P_in(R_ε) = 1 − P(U ≤ τ) ≤ ε, with equality iff P(U ≤ τ) = 1−ε.
With finitely many atoms F₋ is constant just above τ, where it exceeds 1−ε; so P(U ≤ τ) > 1−ε. For distinct data
F₋(u) = (number of s < u)/n ≤ 1−ε iff that number is ≤ k, iff u ≤ s_(k+1).

**What the machine checks**
z3 proves the half line and the strict level for every law on four ordered atoms (masses, ε and u symbolic, masses may
vanish), and the case of equality for an atom beside a density. The general law is the written argument.

**Sources**
Pearce, Brintrup & Zhu (2021), definition 1, eq 5.
"""

from fractions import Fraction
from itertools import product
from math import floor

import pytest
import z3

from numerics.laws import as_law, image, probability, threshold, uniform
from numerics.solver import RefutedError, prove

masses = z3.Reals("m0 m1 m2 m3")
u, epsilon = z3.Reals("u epsilon")
LAW = [z3.And(*[m >= 0 for m in masses]), z3.Sum(masses) == 1, epsilon > 0, epsilon < 1]


def below(u):
    """P(U < u) for atoms at 0, 1, 2, 3."""
    return z3.Sum([z3.If(k < u, m, 0) for k, m in enumerate(masses)])


def tau():
    """The first atom with P(U ≤ k) > 1 − ε."""
    return z3.If(
        masses[0] > 1 - epsilon, 0, z3.If(z3.Sum(masses[:2]) > 1 - epsilon, 1, z3.If(masses[3] < epsilon, 2, 3))
    )


def share_in_region():
    return z3.Sum([z3.If(k > tau(), m, 0) for k, m in enumerate(masses)])


atom, cut, share_above = z3.Reals("atom tau share")
ATOM_AND_DENSITY = [
    z3.And(atom >= 0, atom < 1, epsilon > 0, epsilon < 1),
    z3.If(atom > 1 - epsilon, cut == 0, atom + (1 - atom) * cut == 1 - epsilon),
    share_above == (1 - atom) * (1 - cut),
]


@pytest.mark.proves("Definition 1", "Theorem 1.0")
def test_the_region_is_a_half_line_of_scores():
    prove((below(u) > 1 - epsilon) == (u > tau()), LAW)
    prove(below(z3.ToReal(tau())) <= 1 - epsilon, LAW)


@pytest.mark.proves("Theorem 1.0")
def test_with_finitely_many_atoms_its_level_is_below_epsilon():
    prove(share_in_region() < epsilon, LAW)


@pytest.mark.proves("Theorem 1.0")
def test_its_level_is_epsilon_exactly_when_the_law_reaches_one_minus_epsilon_at_tau():
    """An atom at 0, the rest uniform on (0, 1): F₋(u) = atom + (1 − atom) u there, so τ solves F₋ = 1 − ε or is 0."""
    prove(share_above <= epsilon, ATOM_AND_DENSITY)
    prove((share_above == epsilon) == (atom <= 1 - epsilon), ATOM_AND_DENSITY)


@pytest.mark.second_route("Definition 1", "Theorem 1.0")
def test_every_law_with_masses_in_sixths_in_exact_fractions():
    candidates = [Fraction(k, 2) for k in range(-1, 8)]
    for first in product(range(7), repeat=3):
        if sum(first) <= 6:
            law = as_law(dict(enumerate(Fraction(n, 6) for n in (*first, 6 - sum(first)))))
            for level in (Fraction(n, 12) for n in range(1, 12)):
                cut = threshold(law, level)
                for x in candidates:
                    defined = probability(law, lambda v, x=x: v < x) > 1 - level
                    assert defined == (x > cut)


@pytest.mark.second_route("Theorem 1.0")
def test_on_data_the_threshold_is_the_order_statistic():
    for n in range(1, 25):
        for level in (Fraction(j, 24) for j in range(1, 24)):
            data, k = uniform(*range(1, n + 1)), floor(n * (1 - level))
            assert threshold(data, level) == k + 1
            assert probability(data, lambda v, k=k: v > k + 1) == Fraction(n - k - 1, n) < level


@pytest.mark.second_route("Definition 1")
def test_the_region_does_not_change_under_an_increasing_transformation():
    scores = uniform(0, 1, 1, 2, 5)
    for level in (Fraction(j, 10) for j in range(1, 10)):
        assert threshold(image(scores, lambda x: x**3), level) == threshold(scores, level) ** 3


@pytest.mark.twin("Definition 1", "Theorem 1.0")
def test_at_least_in_place_of_more_than_is_another_region():
    with pytest.raises(RefutedError) as refuted:
        prove((below(u) >= 1 - epsilon) == (u > tau()), LAW)
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    hit = sum(model[f"m{k}"] for k in range(4) if k < model["u"])
    assert hit == 1 - model["epsilon"]


@pytest.mark.twin("Theorem 1.0")
def test_equality_of_the_level_needs_a_law_without_a_jump_there():
    with pytest.raises(RefutedError):
        prove(share_in_region() == epsilon, LAW)
    with pytest.raises(RefutedError) as refuted:
        prove(share_above == epsilon, ATOM_AND_DENSITY)
    assert Fraction(refuted.value.model["atom"]) > 1 - Fraction(refuted.value.model["epsilon"])
    with pytest.raises(RefutedError):  # strictly below ε holds for atoms only
        prove(share_above < epsilon, ATOM_AND_DENSITY)
    constant = uniform(0)
    assert probability(constant, lambda v: v > threshold(constant, "1/20")) == 0
