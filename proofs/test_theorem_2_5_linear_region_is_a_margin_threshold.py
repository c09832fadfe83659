"""Theorem 2.5: the linear region is a threshold on the gap between the two largest logits.

**Claim** (ours; it says what eq 28 is). With the offsets of definition 4* the linear region of eq 28 is {M < L}, M the
gap between the two largest logits, for any weights and biases.

**Verdict.** Proved.

**What is true.** As claimed, for any K ≥ 2. If all distances ‖w_i−w_j‖ are one number D, as in the optimal structure,
where D = c √(2K/(K−1)) with c the norm of the weights, the region is the tube of half-width L/D around the decision
boundary {M = 0}, for any biases. For other structures the slabs have different widths and it is no tube.

**Proof.** By definition 4* the slab of i and j is |l_i − l_j| < L. *⊂.* Let z be in the cell of i and in the slab of i
and j. Then l_i is the largest logit, and l_j is at most the second largest, unless j is itself the one called largest,
when l_i = l_j ties with it; either way M ≤ l_i − l_j < L. *⊃.* If M < L take for i and j the largest and the second
largest: z is in the cell of i, and l_i − l_j = M < L.

*Tube.* Let class i win at z, j be second, and M > 0. A step of length r changes every l_i − l_k by at most rD, so a
step shorter than M/D keeps i the only winner. The step −(M/D²)(w_i−w_j), of length M/D, makes l_i = l_j; as all
distances are D, (w_i−w_j)ᵀ(w_i−w_k) = D²/2, so it lowers l_i − l_k ≥ M by M/2 only, and i and j tie above all
others. So the distance of z to {M = 0} is M/D. In the simplex w_iᵀw_j = −c²/(K−1), hence D² = 2c²K/(K−1). ∎

**What the machine checks.** Both inclusions by z3 for any K: only four logits take part. Second route: eq 28 written
out for three and four classes against the sorted logits (z3), and exactly on integer heads. The tube: the step and
its length by sympy for symbolic vectors, D for symbolic K. A human must read the step "shorter than M/D".

**Sources.** Pearce, Brintrup & Zhu (2021), definition 4, eqs 25–28.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product

import pytest
import sympy as sp
import z3

from numerics.exact import integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import offset, width
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm

top, second, l_i, l_j, level = z3.Reals("top second l_i l_j L")
i_is_top, j_is_top = z3.Bools("i_is_top j_is_top")
PAIR_OF_ANY_K = [
    top >= second,
    z3.Not(z3.And(i_is_top, j_is_top)),
    z3.If(i_is_top, l_i == top, l_i <= second),
    z3.If(j_is_top, l_j == top, l_j <= second),
]
in_slab = z3.And(l_i - l_j < level, l_j - l_i < level)
in_a_cell = z3.Or(l_i == top, l_j == top)


def largest(values):
    result = values[0]
    for value in values[1:]:
        result = z3.If(value > result, value, result)
    return result


def equation_28(l, slab):
    """∪ (R_ŷ=i ∪ R_ŷ=j) ∩ slab, written out."""
    best = largest(l)
    return z3.Or(*[z3.And(z3.Or(a == best, b == best), slab(a, b)) for a, b in combinations(l, 2)])


def margin_of(l):
    """The largest logit minus the second largest, as the maximum over classes of the least lead over the others."""
    leads = [-largest([b - a for k, b in enumerate(l) if k != i]) for i, a in enumerate(l)]
    return largest(leads)


def slab_of_definition_4(a, b):
    return z3.And(a - b < level, b - a < level)


@pytest.mark.proves("Theorem 2.5")
def test_a_point_of_a_slab_has_a_small_margin():
    prove(z3.Implies(z3.And(in_a_cell, in_slab), top - second < level), PAIR_OF_ANY_K)


@pytest.mark.proves("Theorem 2.5")
def test_a_small_margin_puts_the_point_in_the_slab_of_its_two_largest():
    prove(
        z3.Implies(top - second < level, z3.And(in_a_cell, in_slab)),
        [*PAIR_OF_ANY_K, i_is_top, l_j == second],
    )


@pytest.mark.proves("Theorem 2.5")
def test_tube_for_equal_distances():
    """Weights 0, a, b with all distances D: ‖a‖² = ‖b‖² = ‖a−b‖² = D². The step −(M/D²)(w_i−w_j)."""
    M, D2 = sp.symbols("M D2", positive=True)
    a, b = sp.symbols("a1:4", real=True), sp.symbols("b1:4", real=True)
    half = dot(a, b) - (squared_norm(a) + squared_norm(b) - squared_norm(difference(a, b))) / 2
    assert sp.expand(half) == 0  # so (w_i−w_j)ᵀ(w_i−w_k) = D²/2
    fall_of_j, fall_of_k = offset(M, [sp.sqrt(D2)], [0]) * D2, offset(M, [sp.sqrt(D2)], [0]) * D2 / 2
    assert fall_of_j == M
    assert fall_of_k == M / 2
    assert width(M, [sp.sqrt(D2)], [0]) / 2 == M / sp.sqrt(D2)
    c, K = sp.symbols("c K", positive=True)
    assert sp.simplify(2 * c**2 - 2 * (-(c**2) / (K - 1)) - (c * sp.sqrt(2 * K / (K - 1))) ** 2) == 0


@pytest.mark.second_route("Theorem 2.5")
@pytest.mark.parametrize("K", [2, 3, 4])
def test_equation_28_written_out(K):
    l = z3.Reals(" ".join(f"l{k}" for k in range(K)))
    prove(equation_28(l, slab_of_definition_4) == (margin_of(l) < level))


@pytest.mark.second_route("Theorem 2.5")
def test_integer_simplex_exactly():
    """Offset slabs by the distances of the weights: |w_i−w_j|² = 18 for K = 3, a slab is |(w_i−w_j)ᵀz| < 18 α."""
    weight, L = integer_simplex(3), 4
    for z in product(range(-2, 3), repeat=3):
        l = [sum(a * b for a, b in zip(w, z, strict=True)) for w in weight]
        in_union = any(
            max(l) in (l[i], l[j])
            and abs(l[i] - l[j]) < offset(L, weight[i], weight[j]) * squared_norm(difference(weight[i], weight[j]))
            for i, j in combinations(range(3), 2)
        )
        ranked = sorted(l)
        assert in_union == (ranked[-1] - ranked[-2] < L)


@pytest.mark.twin("Theorem 2.5")
def test_twin_without_the_cells():
    """The bare union of slabs is larger: two losing classes may tie."""
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Implies(in_slab, top - second < level), PAIR_OF_ANY_K)
    assert Fraction(refuted.value.model["top"]) - Fraction(refuted.value.model["second"]) >= Fraction(
        refuted.value.model["L"]
    )


@pytest.mark.twin("Theorem 2.5")
def test_twin_an_intersection_in_place_of_the_union():
    l = z3.Reals("l0 l1 l2")
    best = largest(l)
    in_all = z3.And(
        *[z3.Implies(z3.Or(a == best, b == best), slab_of_definition_4(a, b)) for a, b in combinations(l, 2)]
    )
    with pytest.raises(RefutedError):
        prove(in_all == (margin_of(l) < level))


@pytest.mark.twin("Theorem 2.5")
def test_twin_closed_slabs():
    l = z3.Reals("l0 l1 l2")
    with pytest.raises(RefutedError) as refuted:
        prove(equation_28(l, lambda a, b: z3.And(a - b <= level, b - a <= level)) == (margin_of(l) < level))
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    ranked = sorted(model[f"l{k}"] for k in range(3))
    assert ranked[2] - ranked[1] == model["L"]
