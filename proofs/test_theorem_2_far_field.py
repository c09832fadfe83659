"""Theorem 2: far out the exact region becomes the linear one, with a rate.

**Claim**
For K ≥ 3 and general weights the exact region of U_max approaches the linear one at large magnitudes, except close to
intersections of decision hyperplanes. At z = βd + α(w_1−w_2), (w_1−w_2)ᵀd = 0 (eq 30), p_1 is eq 33 (through eqs 31,
32), and the sum over k ≥ 3 vanishes as β → ∞ (eq 34), provided w_1ᵀd = w_2ᵀd ≠ w_kᵀd.

**Verdict**
Proved under stated hypotheses. Eqs 30–33 are identities. Eq 34 needs w_1ᵀd > w_kᵀd, strictly, not only ≠; for
collinear weights without biases no such d exists and the exact region never approaches the linear one.

**What is true**
Theorem 2*. Let w_1ᵀd = w_2ᵀd > w_kᵀd for all k ≥ 3, γ = min (w_1−w_k)ᵀd and C = max (w_k−w_1)ᵀ(w_1−w_2). For α, β ≥ 0

    0 ≤ σ(α‖w_1−w_2‖²) − p_1(βd + α(w_1−w_2)) ≤ (K−2) e^{−βγ+αC}.

With biases the same holds from a point z_0 where classes 1 and 2 tie, with the factor max_{k≥3} e^{(l_k−l_1)(z_0)}.
In a cell where l_1 ≥ l_2 are the largest, the exact boundary is M = −log(e^{−L} − S), S = Σ_{k≥3} e^{l_k−l_1}: so
M − L = −log(1 − S e^L) ≥ 0, and ≤ 2 log 2 · S e^L where S e^L ≤ 1/2. It falls like e^{−βγ}.

*Three collinear weights.* w = (0,1), (0,0), (0,−1), t = 4/7, z = (z_1, h): the logits are h, 0, −h for every z_1, all
three tie on the whole boundary h = 0, and max σ = t at h = log 2, while the linear region ends at h = L = log(4/3). The
ratio of the widths is 2.41 at every magnitude.

**Proof**
Divide numerator and denominator of p_1 by e^{l_1}: 1/p_1 = 1 + e^{l_2−l_1} + S. Here l_2 − l_1 = −α‖w_1−w_2‖² (β drops
out) and l_k − l_1 = β(w_k−w_1)ᵀd + α(w_k−w_1)ᵀ(w_1−w_2) ≤ −βγ + αC, so 0 ≤ S ≤ (K−2)e^{−βγ+αC}. With u = e^{l_2−l_1},
1/(1+u) − 1/(1+u+S) = S/((1+u)(1+u+S)) lies in [0, S].

max σ = t iff e^{−M} + S = e^{−L}; solve for M. With x = S e^L, −log(1−x) is convex and vanishes at 0, so on [0, 1/2] it
is at most its chord 2 log 2 · x.

*Collinear.* 1/p_1 = 1 + e^{−h} + e^{−2h} = 1 + 1/2 + 1/4 = 7/4 at h = log 2, and L = log((4/7)/(3/7)). ∎

**What the machine checks**
Eqs 30–33 for symbolic weights in the plane and K = 3, 4 (sympy); the bound on the difference by z3 with K symbolic;
that the stated exponent bounds each term (z3) and, by balls, the expressions' bound on a head with different γ's and
C's, with equality for K = 3; the boundary by z3 and sympy, the chord by balls. The collinear head exactly. A human must
read that K−2 terms, each at most e^{−βγ+αC}, sum to at most the bound.

**Sources**
Pearce, Brintrup & Zhu (2021), theorem 2, eqs 30–34, figs 9, 10, 5 (the collinear "stack").
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.polynomials import nonnegative, positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import (
    boundary_margin,
    confidence_from_margin,
    far_field_bound,
    far_field_confidence,
    far_field_remainder,
    margin_from_confidence,
    offset,
    width,
)
from softmax_geometry.symbolic.softmax import affine_logits, softmax

alpha, beta, L, M, h = sp.symbols("alpha beta L M h", positive=True)
u, R, x, s = sp.symbols("u R x s", positive=True)
WEIGHT, DIRECTION = [[2, 1], [0, 1], [1, -1], [0, -2]], [0, 1]
STACK = [[0, 1], [0, 0], [0, -1]]
BOX = [("1/2", 2), ("1/4", 1)]  # β, α

U, rest, size, term = z3.Reals("u R K e")
FAR = [U > 0, size >= 3, term > 0, rest >= 0, rest <= (size - 2) * term]
difference_of_confidences = 1 / (1 + u) - 1 / (1 + u + R)


@pytest.mark.proves("Theorem 2")
@pytest.mark.parametrize("K", [3, 4])
def test_equations_30_to_33_for_any_weights_in_the_plane(K):
    weight = [sp.symbols(f"v{k} y{k}", real=True) for k in range(K)]
    (a_1, a_2), (b_1, b_2) = weight[:2]
    d = [-(a_2 - b_2), a_1 - b_1]  # every direction of the boundary, up to scale
    z = [beta * d[0] + alpha * (a_1 - b_1), beta * d[1] + alpha * (a_2 - b_2)]
    logits = affine_logits(weight, z)
    across = alpha * ((a_1 - b_1) ** 2 + (a_2 - b_2) ** 2)
    assert sp.expand(logits[0] - logits[1] - across) == 0
    exponents = [sp.expand(l - logits[0]) for l in logits]
    printed = far_field_confidence(beta, alpha, weight, d)
    stated = {sp.expand(part.exp) for part in sp.Add.make_args(1 / printed) if part.is_Pow or part.func is sp.exp}
    assert sp.Add.make_args(1 / printed).count(1) == 1
    assert stated == set(exponents[1:])


@pytest.mark.proves("Theorem 2")
def test_equation_34_with_strict_dominance():
    assert sp.limit(far_field_remainder(beta, alpha, WEIGHT, DIRECTION), beta, sp.oo) == 0
    p = far_field_confidence(beta, alpha, WEIGHT, DIRECTION)
    assert sp.simplify(sp.limit(p, beta, sp.oo) - confidence_from_margin(4 * alpha)) == 0


@pytest.mark.proves("Theorem 2*")
def test_the_difference_is_at_most_the_sum_of_the_other_classes():
    prove(nonnegative(difference_of_confidences), FAR)
    e, K = sp.symbols("e K")
    prove(nonnegative((K - 2) * e - difference_of_confidences), FAR)


@pytest.mark.proves("Theorem 2*")
def test_each_exponent_is_bounded():
    b, a, drop, slope, least, largest = z3.Reals("beta alpha drop slope gamma C")
    prove(
        b * -drop + a * slope <= -b * least + a * largest,
        [b >= 0, a >= 0, drop >= least, slope <= largest],
    )


@pytest.mark.proves("Theorem 2*")
def test_the_bound_is_attained_by_the_sum_when_all_other_classes_agree():
    for others in (1, 2, 4):
        weight = [*WEIGHT[:2], *[WEIGHT[2]] * others]
        gap = far_field_bound(beta, alpha, weight, DIRECTION) - far_field_remainder(beta, alpha, weight, DIRECTION)
        assert sp.simplify(gap) == 0


@pytest.mark.proves("Theorem 2*")
def test_the_exact_boundary():
    """Logits (0, −M, …) with the other terms summing to S: max σ = 1/(1 + e^{−M} + S)."""
    boundary = boundary_margin(L, s)
    assert sp.simplify(1 / (1 + sp.exp(-boundary) + s) - confidence_from_margin(L)) == 0
    assert sp.simplify(sp.exp(L - boundary) - (1 - s * sp.exp(L))) == 0  # M − L = −log(1 − S e^L)
    assert boundary_margin(L, 0) == L


@pytest.mark.proves("Theorem 2*")
def test_the_boundary_is_at_most_a_chord_beyond_L():
    """−log(1−x) ≤ 2 log 2 · x on [0, 1/2]: convex, and equal at both ends."""
    excess = -sp.log(1 - x)
    assert sp.diff(excess, x, 2) == (x - 1) ** -2
    assert excess.subs(x, 0) == 0
    assert excess.subs(x, sp.Rational(1, 2)) == sp.log(2)


@pytest.mark.second_route("Theorem 2*")
def test_expressions_by_balls():
    """γ = 2 and C = −2 come from class 3 here; the bound exceeds the difference on a box of (β, α)."""
    far = confidence_from_margin(4 * alpha) - far_field_confidence(beta, alpha, WEIGHT, DIRECTION)
    bound = far_field_bound(beta, alpha, WEIGHT, DIRECTION)
    assert sp.simplify(bound - 2 * sp.exp(-2 * beta - 2 * alpha)) == 0
    f = BallFunction((bound - far) * sp.exp(2 * beta), beta, alpha)
    assert prove_positive(f, BOX, derivative=f.derivative).proved
    chord = BallFunction(2 * x + sp.log(1 - x), x)
    assert prove_positive(chord, [("1/1000", "1/2")], derivative=chord.derivative).proved


@pytest.mark.second_route("Theorem 2", "Theorem 2*")
def test_powers_of_two():
    """The same head at α = log 2, β = n log 2: all exponentials are powers of two."""
    for n in range(1, 10):
        p = softmax(affine_logits(WEIGHT, [2 * sp.log(2), n * sp.log(2)]))[0]
        direct = Fraction(16 * 2**n, 1) / (16 * 2**n + 2**n + Fraction(4, 2**n) + Fraction(1, 4**n))
        assert p == sp.Rational(direct.numerator, direct.denominator)
        assert p == far_field_confidence(n * sp.log(2), sp.log(2), WEIGHT, DIRECTION)
        assert 0 < Fraction(16, 17) - direct <= Fraction(2, 4 ** (n + 1))


@pytest.mark.twin("Theorem 2")
def test_twin_collinear_weights():
    """Eq 34 fails, and the half-widths stay log 2 and log(4/3) at every magnitude."""
    z = sp.Symbol("z", real=True)
    p = softmax(affine_logits(STACK, [z, h]))[0]
    assert z not in p.free_symbols
    t = sp.Rational(4, 7)
    assert p.subs(h, sp.log(2)) == t
    linear = width(margin_from_confidence(t), STACK[0], STACK[1]) / 2
    assert linear == margin_from_confidence(t) == sp.log(sp.Rational(4, 3))
    assert sp.log(2) > linear
    remainder = far_field_remainder(beta, alpha, STACK, [1, 0])
    assert sp.limit(remainder, beta, sp.oo) == sp.exp(-2 * alpha)  # not 0: w_3ᵀd = w_1ᵀd


@pytest.mark.twin("Theorem 2")
def test_twin_different_in_place_of_larger():
    """Eq 34's proviso ≠: with w_3ᵀd > w_1ᵀd the sum grows without bound."""
    weight = [[1, 0], [-1, 0], [0, 1]]
    assert sp.limit(far_field_remainder(beta, alpha, weight, [0, 1]), beta, sp.oo) == sp.oo
    assert sp.limit(far_field_confidence(beta, alpha, weight, [0, 1]), beta, sp.oo) == 0


@pytest.mark.twin("Theorem 2*")
def test_twin_a_bound_without_the_number_of_classes():
    e = sp.Symbol("e")
    with pytest.raises(RefutedError) as refuted:
        prove(nonnegative(e - difference_of_confidences), FAR)
    assert Fraction(refuted.value.model["K"]) > 3


@pytest.mark.twin("Theorem 2*")
def test_twin_the_largest_gap_in_place_of_the_smallest():
    far = confidence_from_margin(4 * alpha) - far_field_confidence(beta, alpha, WEIGHT, DIRECTION)
    f = BallFunction(2 * sp.exp(-3 * beta - 2 * alpha) - far, beta, alpha)
    certificate = prove_positive(f, BOX)
    assert certificate.refuted
    assert certificate.recheck(f, precision=200)


@pytest.mark.twin("Theorem 2*")
def test_twin_negative_offsets():
    b, a, drop, slope, least, largest = z3.Reals("beta alpha drop slope gamma C")
    with pytest.raises(RefutedError) as refuted:
        prove(b * -drop + a * slope <= -b * least + a * largest, [b >= 0, drop >= least, slope <= largest])
    assert Fraction(refuted.value.model["alpha"]) < 0


@pytest.mark.twin("Theorem 2*")
def test_twin_strict_bound():
    with pytest.raises(RefutedError):
        prove(positive(difference_of_confidences), FAR)  # equality at S = 0


@pytest.mark.twin("Theorem 2*")
def test_twin_the_offset_of_a_pair_at_the_exact_boundary():
    """The exact boundary near an intersection is not at α_12: S > 0 moves it out."""
    step = offset(L, WEIGHT[0], WEIGHT[1])
    near = BallFunction(far_field_confidence(beta, step, WEIGHT, DIRECTION) - confidence_from_margin(L), beta, L)
    assert prove_positive(near, [("1/10", 2), ("1/2", 2)]).refuted
    assert (
        sp.simplify(boundary_margin(L, s) - L + sp.log(1 - s * sp.exp(L))).subs({L: 1, s: sp.Rational(1, 10)}).equals(0)
    )
