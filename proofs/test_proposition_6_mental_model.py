"""Proposition 6: the algebra of the mental model is right, its assumption holds only where z points along a weight.

**Claim** (eqs 7, 86-93). Under the optimal structure (K weights of norm c, pairwise cosines −1/(K−1)), and if every
cosine cos θ_{j,z} but the largest equals −1/(K−1), then with r = ‖z‖ and m = max_i cos θ_{i,z} ∈ [−1, 1]

    U_max = −1/(1 + (K−1) exp(−c r (1/(K−1) + m))),

and for the order of points c can be left out, which gives U_max_mental.

**Verdict.** Corrected. Every step from eq 87 to eq 93 is right, and so is the remark that c can be left out of the
order of *this* model. But the two assumptions together force m = 1, so the derivation says nothing about any other
point; and m never takes the values below 0 that the text allows.

**What is true.** (i) Eqs 88-92 are one expression. (ii) Under the optimal structure the assumption on the cosines
holds iff z = r w_i/c for some i, and there the model is exact. (iii) m lies in [0, 1] if H ≥ K, in [1/(K−1), 1] if H
= K−1, and these ranges are attained. (iv) The order of eq 92 is that of r(1/(K−1) + m) for every c > 0. Theorems 6.1
and 6.2 say what the model is worth away from m = 1, and what to use in its place.

**Proof.** (i) With logits c r x_j, x_1 = m and x_j = −1/(K−1) for j ≥ 2, the softmax is e^{crm}/(e^{crm} + (K−1)
e^{−cr/(K−1)}), which is eq 90; divide by e^{crm} for eqs 91 and 92.

(ii) ‖Σ w_i‖² = K c² + K(K−1) c² (−1/(K−1)) = 0, so Σ_i x_i = zᵀ(Σ w_i)/(rc) = 0. Under the assumption the sum is m −
(K−1)/(K−1) = m − 1. So m = 1: equality in Cauchy-Schwarz, z is a positive multiple of w_1. Conversely z = r w_1/c has
x_1 = 1 and x_j = −1/(K−1).

(iii) 0 = Σ x_i ≤ K m, so m ≥ 0; z orthogonal to all weights, possible iff H ≥ K, has m = 0. If H = K−1 then z lies in
the span of the weights, on which Σ w_i w_iᵀ = c² K/(K−1) times the identity, so Σ x_i² = K/(K−1). Since x_i ≤ m, also
x_i = −Σ_{j≠i} x_j ≥ −(K−1)m, hence 0 ≤ Σ_i (m − x_i)(x_i + (K−1)m) = K(K−1)m² − K/(K−1), and m ≥ 1/(K−1), attained at
z = −w_i.

(iv) Let v = r(1/(K−1) + m). The odds against, (1−p)/p = (K−1) e^{−cv}, strictly decrease in v for every c > 0. ∎

**What the machine checks.** (i) and (iv) with K symbolic (sympy), again from eq 6 for K = 2, …, 6. (ii) by sympy and
by z3 with K symbolic; where H = K−1 again through Σ x_i² alone. (iii) the inequality by z3 with K symbolic, its
expansion by sympy. A human must read: Cauchy-Schwarz and the frame identity Σ w_i w_iᵀ = c² K/(K−1) I on the span.

**Sources.** Pearce, Brintrup & Zhu (2021), section 5.2 and proposition 6.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.balls import dot
from numerics.exact import exponential_sum_sign, integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.checks import InputError
from softmax_geometry.symbolic import mental_model, structure
from softmax_geometry.symbolic.softmax import magnitude_angle_softmax

r, m, c, K = sp.symbols("r m c K", positive=True)
j = sp.Symbol("j", integer=True)


def confidence_given(other):
    """The softmax of the top class at cosine m, the K−1 others at cosine `other`."""
    own = sp.exp(c * r * m)
    return own / (own + sp.Sum(sp.exp(c * r * other), (j, 2, K)).doit())


def odds_against(U):
    """(1−p)/p of the confidence p = −U, expanded."""
    return sp.powsimp(sp.expand(-1 / U - 1))


@pytest.mark.proves("Proposition 6, eqs 7, 86-93")
def test_equations_87_to_92_are_one_expression():
    derived = odds_against(-confidence_given(structure.simplex_cosine(K)))
    steps = [-p for p in mental_model.mental_model_chain(r, m, K, c)]
    for U in [*steps, mental_model.U_max_mental_scaled(r, m, K, c)]:
        assert sp.simplify(sp.expand(derived / odds_against(U))) == 1


@pytest.mark.proves("Proposition 6, eqs 7, 86-93")
def test_equations_7_86_and_93_leave_c_out():
    printed = -1 / (1 + (K - 1) * sp.exp(-r * (1 / (K - 1) + m)))
    assert sp.simplify(mental_model.U_max_mental(r, m, K) - printed) == 0
    assert sp.simplify(mental_model.U_max_mental_scaled(r, m, K, c).subs(c, 1) - printed) == 0


@pytest.mark.proves("Proposition 6, eqs 7, 86-93")
def test_cosines_sum_to_zero_so_the_assumption_forces_max_cos_one():
    i = sp.Symbol("i", integer=True)
    own, other = structure.gram_entry(i, i, K, c), structure.gram_entry(i, i + 1, K, c)
    assert sp.simplify(K * own + K * (K - 1) * other) == 0  # ‖Σ w_i‖²
    total = m + sp.Sum(structure.simplex_cosine(K), (j, 2, K)).doit()
    assert sp.simplify(total - mental_model.cosine_sum(m, K)) == 0
    assert sp.solve(mental_model.cosine_sum(m, K), m) == [1]


@pytest.mark.second_route("Proposition 6, eqs 7, 86-93")
@pytest.mark.parametrize("classes", range(2, 7))
def test_model_is_the_softmax_of_eq_6_at_the_assumed_cosines(classes):
    cosines = [m] + [sp.Rational(-1, classes - 1)] * (classes - 1)
    true = magnitude_angle_softmax([c] * classes, r, cosines)[0]
    assert sp.simplify(true + mental_model.U_max_mental_scaled(r, m, classes, c)) == 0


@pytest.mark.second_route("Proposition 6, eqs 7, 86-93")
def test_assumption_forces_max_cos_one_by_z3_and_in_the_span_by_the_squares_alone():
    size, x, y = z3.Reals("K m x")
    assumption = [size >= 2, (size - 1) * y == -1]
    prove(x == 1, [*assumption, x + (size - 1) * y == 0])
    prove(x == 1, [*assumption, x >= 0, (size - 1) * (x * x + (size - 1) * y * y) == size])
    with pytest.raises(InputError):  # nothing at all satisfies the assumption below max cos 1
        prove(x == 1, [*assumption, x + (size - 1) * y == 0, x < 1])


@pytest.mark.proves("Proposition 6, eqs 7, 86-93")
def test_range_of_the_largest_cosine():
    x = sp.Symbol("x")
    term = sp.Poly((m - x) * (x + (K - 1) * m), x)
    constant, linear, square = (term.coeff_monomial(x**n) for n in range(3))
    summed = K * constant + 0 * linear + K / (K - 1) * square  # Σ 1, Σ x_i = 0, Σ x_i² = K/(K−1)
    assert sp.simplify(summed - (K * (K - 1) * m**2 - K / (K - 1))) == 0
    size, top = z3.Reals("K m")
    prove(top >= 0, [size >= 2, size * top >= 0])
    prove(top * (size - 1) >= 1, [size >= 2, top >= 0, size * (size - 1) * (size - 1) * top * top >= size])
    for classes in (2, 4, 8):  # attained in H = K−1, at z = −w_1
        W = integer_simplex(classes, classes - 1)
        largest = max(Fraction(-dot(W[0], w), dot(w, w)) for w in W)
        assert largest == Fraction(1, classes - 1)


@pytest.mark.proves("Proposition 6, eq 93: c can be ignored")
def test_odds_of_the_model_fall_in_one_number_whatever_c():
    v = r * (1 / (K - 1) + m)
    odds = odds_against(mental_model.U_max_mental_scaled(r, m, K, c))
    assert sp.simplify(odds / ((K - 1) * sp.exp(-c * v))) == 1
    assert sp.simplify(odds_against(mental_model.U_max_mental(r, m, K)) / ((K - 1) * sp.exp(-v))) == 1


@pytest.mark.second_route("Proposition 6, eq 93: c can be ignored")
def test_contours_in_the_plane_of_norm_and_cosine_do_not_move_with_c():
    """The slope of a level line, −(∂U/∂r)/(∂U/∂m), is free of c, and U falls along r for every c."""
    U = mental_model.U_max_mental_scaled(r, m, K, c)
    slope = sp.simplify(U.diff(r) / U.diff(m))
    assert c not in slope.free_symbols
    p = -U
    assert sp.simplify(U.diff(r) + c * (1 / (K - 1) + m) * p * (1 - p)) == 0


@pytest.mark.twin("Proposition 6, eqs 7, 86-93")
def test_twin_other_cosines_with_the_opposite_sign():
    wrong = odds_against(-confidence_given(-structure.simplex_cosine(K)))
    assert sp.simplify(wrong / odds_against(mental_model.U_max_mental_scaled(r, m, K, c))) == sp.exp(
        2 * c * r / (K - 1)
    )


@pytest.mark.twin("Proposition 6, eqs 7, 86-93")
def test_twin_without_the_zero_sum_the_largest_cosine_is_free():
    size, x, y = z3.Reals("K m x")
    with pytest.raises(RefutedError) as refuted:
        prove(x == 1, [size >= 2, (size - 1) * y == -1, x <= 1])
    assert refuted.value.model["m"] != 1


@pytest.mark.twin("Proposition 6, eqs 7, 86-93")
def test_twin_the_printed_range_reaches_minus_one():
    size, top = z3.Reals("K m")
    with pytest.raises(InputError, match="contradiction"):
        prove(top == -1, [size >= 2, size * top >= 0, top == -1])


@pytest.mark.twin("Proposition 6, eq 93: c can be ignored")
def test_twin_a_constant_on_the_cosine_alone_cannot_be_ignored():
    """With c on r m alone, not on r/(K−1), the order of (r, m) = (1, 1) and (2, 1/4) turns at c = 1 for K = 3."""

    def compare(scale):
        first, second = Fraction(1, 2) + scale, 2 * (Fraction(1, 2) + scale / 4)
        return exponential_sum_sign([2, -2], [-first, -second])  # sign of the difference of the odds against

    assert compare(Fraction(1, 2)) == 1
    assert compare(Fraction(2)) == -1
