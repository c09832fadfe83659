"""Equations 77 to 85: the inequality on which the printed proof of theorem 5 rests, and where it is true.

**Claim** (eqs 77–82). Let z turn towards w_2, δ_1 < 0 < δ_2, all other changes equal, δ_c = −(δ_1+δ_2)/(K−2), and all
other cosines approximately 0. Then (K−2)(1 − e^{δ_c−δ_1}) < e^{x_2+δ_2−δ_1} − e^{x_2}, "since the exponential
function is strictly increasing and convex". Eqs 83–85: the same with two classes 2 and 3 in the place of class 2.

**Verdict.** Proved under a stated hypothesis: x_2 ≥ 0, or δ_2 ≤ (K−1)|δ_1| (for eq 85: x_2, x_3 ≥ 0, or δ_2 + δ_3 ≤
(K−2)|δ_1|). Without it both are false, eq 82 for every K ≥ 3 and every small rotation out of w_1.

**What is true.** For the n classes of a set N towards which z turns (n = 1 in eq 82, n = 2 in eq 85), s = Σ_{j∈N} δ_j
and δ_c = −(δ_1+s)/(K−1−n): if all x_j ≥ 0 for j in N, or s ≤ (K−n)|δ_1|, then

    (K−1−n)(1 − e^{δ_c−δ_1}) < Σ_{j∈N} (e^{x_j+δ_j−δ_1} − e^{x_j}).

What breaks the case x_2 < 0 is the approximation "all other cosines are 0": with the true ones the statement about
p_1 holds for every rotation in the plane of w_1 and w_2 (theorem 5.5).

**Proof.** δ_j − δ_1 > 0 for j in N, so the right side is positive. δ_c ≥ δ_1 iff s ≤ (K−n)|δ_1|, and then the left
side is ≤ 0. Otherwise, from 1 − e^{−t} ≤ t, the left side is at most (K−1−n)(δ_1−δ_c) = s − (K−n)|δ_1|. If x_j ≥ 0,
from e^t − 1 ≥ t, the right side is at least Σ_{j∈N} (δ_j−δ_1) = s + n|δ_1|, larger by K|δ_1| > 0. ∎

*False for x_2 < 0.* K = 3, x_2 = −1/2, δ = (−1/100, 1/5). And for every K ≥ 3: on the meridian from w_1 towards w_2,
x_1 = cos φ and x_2 = −cos φ/(K−1) + t sin φ with t > 0. To first order in φ, δ_1 = 0 and δ_2 = tφ, so the two sides
are tφ and e^{−1/(K−1)} tφ: the left is larger. ∎

**What the machine checks.** The chain for symbolic K and n (z3: it is linear once s is given), the identities of δ_c
(sympy), the first-order comparison for symbolic K (sympy), the counterexample exactly. Second route: ball arithmetic
for eq 82 on a box at K = 10.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 5, fig 12.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import exponential_sum_sign
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import (
    conserved_change,
    equation_82_left,
    equation_82_right,
    meridian_cosines,
)

x_2, d1, d2, d3 = sp.symbols("x_2 delta_1 delta_2 delta_3", real=True)
K = sp.Symbol("K", positive=True)
size, n, drop, s, left, right = z3.Reals("K n drop s left right")  # drop = |δ_1|
SETTING = [n >= 1, size >= n + 2, drop > 0, s > 0]
TANGENT = left <= s - (size - n) * drop  # from 1 − e^{−t} ≤ t
CHORD = right >= s + n * drop  # from e^t − 1 ≥ t and x_j ≥ 0


@pytest.mark.proves("Equation 82", "Equation 85")
def test_the_conserved_change():
    """(K−2)δ_c + δ_1 + δ_2 = 0; and (K−2)(δ_1 − δ_c) = δ_2 − (K−1)|δ_1|, the bound of the left side."""
    change = conserved_change(d1, d2, K)
    assert sp.simplify(d1 + d2 + (K - 2) * change) == 0
    assert sp.simplify((K - 2) * (d1 - change) - (d2 + (K - 1) * d1)) == 0
    change_of_two = conserved_change(d1, d2 + d3, K - 1)
    assert sp.simplify((K - 3) * (d1 - change_of_two) - (d2 + d3 + (K - 2) * d1)) == 0


@pytest.mark.proves("Equation 82")
def test_the_two_sides_of_equation_82_are_those_of_equation_81():
    before = sp.exp(x_2) + K - 2
    after = sp.exp(x_2 + d2 - d1) + (K - 2) * sp.exp(conserved_change(d1, d2, K) - d1)
    assert sp.expand(after - before - equation_82_right(x_2, d1, d2) + equation_82_left(d1, d2, K)) == 0


@pytest.mark.proves("Equation 82", "Equation 85")
def test_left_is_smaller_for_nonnegative_cosines():
    prove(left < right, [*SETTING, TANGENT, CHORD])


@pytest.mark.proves("Equation 82", "Equation 85")
def test_left_is_not_positive_for_small_turns():
    """If δ_c ≥ δ_1 then left ≤ 0 < right; and δ_c ≥ δ_1 iff s ≤ (K−n)|δ_1|."""
    change = z3.Real("change")
    prove((change >= -drop) == (s <= (size - n) * drop), [*SETTING, change * (size - 1 - n) == drop - s])
    prove(left < right, [*SETTING, left <= 0, right > 0])


@pytest.mark.second_route("Equation 82", "Equation 85")
def test_by_balls_for_ten_classes():
    """On x_2 in [0, 1/2], |δ_1| in [1/100, 1/5], δ_2 in [1/100, 1]; eq 85 with δ_3 = δ_2 and x_3 = x_2."""
    box = [(0, "1/2"), ("1/100", "1/5"), ("1/100", 1)]
    drop_1 = sp.Symbol("drop", positive=True)
    gap = equation_82_right(x_2, -drop_1, d2) - equation_82_left(-drop_1, d2, 10)
    f = BallFunction(gap, x_2, drop_1, d2)
    assert prove_positive(f, box, derivative=f.derivative).proved
    gap_of_two = 2 * equation_82_right(x_2, -drop_1, d2) - equation_82_left(-drop_1, 2 * d2, 9)
    g = BallFunction(gap_of_two, x_2, drop_1, d2)
    assert prove_positive(g, box, derivative=g.derivative).proved


@pytest.mark.proves("Equation 82")
def test_false_for_every_small_rotation_out_of_w_1():
    """The slope of right − left at φ = 0, for symbolic K, is t(e^{−1/(K−1)} − 1) < 0."""
    phi, t = sp.symbols("phi t", positive=True)
    x_start, x = (-1 / (K - 1), -sp.cos(phi) / (K - 1) + t * sp.sin(phi))
    delta_1, delta_2 = sp.cos(phi) - 1, x - x_start
    gap = equation_82_right(x_start, delta_1, delta_2) - equation_82_left(delta_1, delta_2, K)
    assert sp.simplify(sp.diff(gap, phi).subs(phi, 0) - t * (sp.exp(-1 / (K - 1)) - 1)) == 0
    assert gap.subs(phi, 0) == 0
    assert sp.simplify(meridian_cosines(phi, [t, -t])[1] - x.subs(K, 3)) == 0


def sides_at_three_classes(x, drop, turn):
    """The sign of right − left of eq 82 at K = 3, where δ_c = −δ_1−δ_2, exactly."""
    x, d1, d2 = sp.Rational(x), -sp.Rational(drop), sp.Rational(turn)
    exponents = [x + d2 - d1, x, 0, conserved_change(d1, d2, 3) - d1]
    return exponential_sum_sign([1, -1, -1, 1], [str(e) for e in exponents])


@pytest.mark.twin("Equation 82")
def test_twin_negative_cosine():
    """K = 3, x_2 = −1/2, δ = (−1/100, 1/5) fails; the same with x_2 = 0 holds."""
    assert sides_at_three_classes("-1/2", "1/100", "1/5") == -1
    assert sides_at_three_classes("0", "1/100", "1/5") == 1
    with pytest.raises(RefutedError):  # e^{x_2} < 1 weakens the chord bound
        prove(left < right, [*SETTING, TANGENT, 2 * right >= s + n * drop])


@pytest.mark.twin("Equation 85")
def test_twin_negative_cosines_of_two_classes():
    """K = 4, x_2 = x_3 = −1/2, δ_1 = −1/100, δ_2 = δ_3 = 1/5: 1 − e^{δ_c−δ_1} with δ_c = −39/100."""
    x, turn, drop_1, change = (
        sp.Rational(-1, 2),
        sp.Rational(1, 5),
        sp.Rational(1, 100),
        conserved_change(sp.Rational(-1, 100), sp.Rational(2, 5), 3),
    )
    assert change == sp.Rational(-39, 100)
    exponents = [x + turn + drop_1, x, 0, change + drop_1]
    assert exponential_sum_sign([2, -2, -1, 1], [str(e) for e in exponents]) == -1


@pytest.mark.twin("Equation 82", "Equation 85")
def test_twin_class_1_not_left():
    """If δ_1 may be 0, the strict inequality is lost."""
    with pytest.raises(RefutedError) as refuted:
        prove(left < right, [n >= 1, size >= n + 2, drop >= 0, s > 0, TANGENT, CHORD])
    assert refuted.value.model["drop"] == 0
