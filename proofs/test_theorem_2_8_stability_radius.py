"""Theorem 2.8: how far a point may move and stay in the valid region.

**Claim** (ours). logit(max σ) is D-Lipschitz in z, D = max ‖w_i − w_j‖. So a point with logit(max σ) = λ < L = logit t
has the open ball of radius (L−λ)/D inside the valid region {max σ < t}.

**Verdict.** Proved.

**What is true.** As claimed, for any K, weights and biases. The constant is sharp for every head with two classes,
where the radius is the distance to the boundary of the region. For K ≥ 3 it is a guarantee: the distance may be larger.
The margin M is D-Lipschitz too, so a point with M < L has the open ball of radius (L−M)/D inside the linear region.

**Proof.** Let λ_i = logit(σ_i) = −log Σ_{j≠i} e^{l_j−l_i}. Its gradient is w_i − Σ_{j≠i} q_j w_j = Σ_{j≠i} q_j (w_i −
w_j), q the softmax of the other logits: a mean of vectors no longer than D. So each λ_i is D-Lipschitz. The logit is
increasing, so logit(max σ) = max_i λ_i, and a maximum of D-Lipschitz functions is D-Lipschitz. Over a distance below
(L−λ)/D it rises by less than L − λ. Likewise M = max_i min_{j≠i} (l_i − l_j). With K = 2, logit(max σ) = |g| rises
along ±(w_1−w_2) at the rate ‖w_1−w_2‖ = D.

*Second proof, without derivatives.* A step of length r changes every l_j − l_i by at most rD, so every term of T =
Σ_{j≠i} e^{l_j−l_i} by a factor of at least e^{−rD}, and so T by such a factor: −log T rises by at most rD. ∎

**What the machine checks.** The slopes in the logits (sympy, K = 2, 3, 5); that a mean of bounded projections is
bounded (z3, any K); maximum and ball (z3). Second route: the factor argument (z3) and exact confidences of an integer
head. A human must read that ‖v‖ ≤ D iff uᵀv ≤ D for every unit u.

**Sources.** Tsuzuku, Sato & Sugiyama (2018), Lipschitz-margin training, for margins of networks.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import confidence_from_margin, width
from softmax_geometry.symbolic.softmax import affine_logits, log_odds_against, softmax

D, r, level, here, there = z3.Reals("D r L here there")
q, rest, first, mean = z3.Reals("q rest first mean")


@pytest.mark.proves("Theorem 2.8")
@pytest.mark.parametrize("K", [2, 3, 5])
def test_slopes_in_the_logits_are_1_and_minus_the_softmax_of_the_others(K):
    """By the chain rule the gradient in z is then w_i − Σ q_j w_j, and Σ q_j = 1."""
    l = sp.symbols(f"l1:{K + 1}", real=True)
    slopes = [sp.diff(-log_odds_against(l, top=0), x) for x in l]
    others = softmax(l[1:])
    assert sp.simplify(slopes[0]) == 1
    assert [sp.simplify(slope + p) for slope, p in zip(slopes[1:], others, strict=True)] == [0] * (K - 1)
    assert sp.simplify(sum(others)) == 1


@pytest.mark.proves("Theorem 2.8")
def test_a_mean_of_projections_is_no_larger_than_the_largest():
    """One more term in the mean keeps the bound; by induction for any K."""
    prove(q * first + (1 - q) * mean <= D, [q >= 0, q <= 1, first <= D, mean <= D])


@pytest.mark.proves("Theorem 2.8")
def test_a_maximum_of_lipschitz_functions():
    a, b, a_2, b_2 = z3.Reals("a b a2 b2")
    largest, largest_2 = z3.If(a >= b, a, b), z3.If(a_2 >= b_2, a_2, b_2)
    smallest, smallest_2 = z3.If(a <= b, a, b), z3.If(a_2 <= b_2, a_2, b_2)
    moved = [a_2 - a <= r * D, b_2 - b <= r * D, r >= 0, D > 0]
    prove(z3.And(largest_2 - largest <= r * D, smallest_2 - smallest <= r * D), moved)


@pytest.mark.proves("Theorem 2.8")
def test_the_open_ball_stays_below_the_threshold():
    prove(there < level, [D > 0, r >= 0, here < level, there - here <= r * D, r * D < level - here])


@pytest.mark.proves("Theorem 2.8")
def test_sharp_for_two_classes():
    """λ = g on the side of class 1, and it rises along the unit normal at the rate D."""
    w, step = sp.symbols("w1:3", real=True), sp.Symbol("r", positive=True)
    length = 2 * sp.sqrt(w[0] ** 2 + w[1] ** 2)
    z = [step * 2 * x / length for x in w]
    rise = sp.simplify(-log_odds_against(affine_logits([w, [-x for x in w]], z), top=0))
    assert sp.simplify(rise - step * length) == 0
    L = sp.Symbol("L", positive=True)
    assert sp.simplify(L / length - width(L, w, [-x for x in w]) / 2) == 0  # from g = 0: the half-width


@pytest.mark.second_route("Theorem 2.8")
def test_each_term_changes_by_a_bounded_factor():
    """T′ ≥ f T term by term, f = e^{−rD}: adding a term keeps it. With T = e^{−λ}, y = e^{−L}: T f > y gives T′ > y."""
    total, total_2, term, term_2, factor, y = z3.Reals("T T2 e e2 f y")
    prove(total_2 + term_2 >= factor * (total + term), [total_2 >= factor * total, term_2 >= factor * term])
    prove(total_2 > y, [total_2 >= factor * total, factor * total > y])


@pytest.mark.second_route("Theorem 2.8")
def test_integer_head_exactly():
    """Weights (3,4), (0,0), (−3,−4), (4,−3): D = 10, and steps of length r keep logit max σ < λ + 10 r."""
    weight = [(3, 4), (0, 0), (-3, -4), (4, -3)]

    def logits(z):
        return [Fraction(a) * z[0] + Fraction(b) * z[1] for a, b in weight]

    start = (Fraction(1, 5), Fraction(1, 10))
    here_ = Fraction(3, 10)  # logit max σ at the start is below 3/10: checked
    assert compare_confidence(logits(start), [here_, 0]) == -1
    for a, b in product((-1, 0, 1), repeat=2):
        for size in (Fraction(1, 10), Fraction(1, 2), Fraction(2)):
            z = (start[0] + size * Fraction(3 * a - 4 * b, 5), start[1] + size * Fraction(4 * a + 3 * b, 5))
            length_at_most = size * (abs(a) + abs(b))
            assert compare_confidence(logits(z), [here_ + 10 * length_at_most, 0]) == -1


@pytest.mark.twin("Theorem 2.8")
def test_twin_a_closed_ball():
    with pytest.raises(RefutedError) as refuted:
        prove(there < level, [D > 0, r >= 0, here < level, there - here <= r * D, r * D <= level - here])
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert model["there"] == model["L"]
    L = sp.Symbol("L", positive=True)
    assert sp.simplify(softmax([L, 0])[0] - confidence_from_margin(L)) == 0  # at the distance L/D max σ is t


@pytest.mark.twin("Theorem 2.8")
def test_twin_the_longest_weight_in_place_of_the_longest_difference():
    """D = max ‖w_i‖ is half as large for opposite weights: w = ±1, z = r reaches λ = 2r."""
    for radius in (Fraction(1, 3), Fraction(2)):
        assert compare_confidence([radius, -radius], [radius * 1 + Fraction(1, 100), 0]) == 1
    with pytest.raises(RefutedError) as refuted:
        prove(q * first + (1 - q) * mean <= D / 2, [q >= 0, q <= 1, first <= D, mean <= D, D > 0])
    assert Fraction(refuted.value.model["D"]) > 0


@pytest.mark.twin("Theorem 2.8")
def test_twin_only_the_winning_class_is_bounded():
    """Bounding only the class that wins at the start is not enough: another may take over."""
    a, b, a_2, b_2 = z3.Reals("a b a2 b2")
    largest, largest_2 = z3.If(a >= b, a, b), z3.If(a_2 >= b_2, a_2, b_2)
    with pytest.raises(RefutedError) as refuted:
        prove(largest_2 - largest <= r * D, [a_2 - a <= r * D, r >= 0, D > 0])
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert model["b2"] > model["a2"]
