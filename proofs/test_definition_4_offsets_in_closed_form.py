"""Definition 4: one number fixes all offsets of the linear region.

**Claim**
For classes i and j let R_H,ij = {(w_i−w_j)ᵀz = 0} (eq 25) and R_ŷ=i the cell of class i (eq 26). The slab of the pair
lies between two planes, offset by α_ij^i(w_i−w_j) and α_ij^j(w_i−w_j) from z_0 ∈ R_H,ij (eq 27), and the linear region
is the union over pairs of (R_ŷ=i ∪ R_ŷ=j) ∩ slab (eq 28). The α's match the exact region at z = c e_ij, c → ∞, with
e_ij on the boundary and in the plane of w_i and w_j. For general structures α_ij^i ≠ α_ij^j, up to K(K−1) numbers; for
the optimal structure one α serves for all pairs.

**Verdict**
Corrected. e_ij may lie in the cell of a third class, and then no α matches anything; where it does not, α_ij^i =
α_ij^j, and all of them follow from one number, for every structure.

**What is true**
Definition 4*. α_ij = α_ji = L/‖w_i−w_j‖², L = log(t/(1−t)), t the confidence on the boundary of the exact region. With
biases, z_0 on the hyperplane of the pair, the slab is |l_i − l_j| < L; its width is 2L/‖w_i−w_j‖. Theorem 1 counts α
in units of w_1 = −w_2, half of w_1−w_2: its α is twice this one. α_ij > 0 iff t > 1/2.

**Proof**
*Planes.* Along z_0 + α(w_i−w_j) the gap l_i − l_j grows from 0 at the rate ‖w_i−w_j‖², so eq 27 is
−α_ij^i‖w_i−w_j‖² < l_i − l_j < α_ij^j‖w_i−w_j‖², two planes at distances α^i‖w_i−w_j‖ and α^j‖w_i−w_j‖ from R_H,ij.

*Offset.* Go out along any d with w_iᵀd = w_jᵀd > w_kᵀd for all other k. At z = βd + α(w_i−w_j) the gap l_i − l_j is
α‖w_i−w_j‖² for every β, and l_k − l_i → −∞, so p_i → 1/(1+e^{−α‖w_i−w_j‖²}) (theorem 2* bounds the difference). The
limit is t iff α‖w_i−w_j‖² = L. Exchanging i and j, and α and −α, gives the same equation, so the two offsets are equal.

*Where e_ij fails.* w = (1,0), (−1,0), (0,1), (0,−1): the plane of w_1 and w_2 being a line here, e_12 = ±(0,1) is the
only choice. At c e_12 + α(w_1−w_2) = (2α, ±c), p_1 ≤ e^{2α}/e^{c} → 0 whatever α is. (Classes 1 and 2 meet nowhere but
at the origin.) α_12 = L/4 is then a definition; theorem 2.5 shows that it is the right one. ∎

**What the machine checks**
The gap and the widths (sympy, any weights and biases in three dimensions); the limit from both sides, for symbolic t;
the failure of e_12 as a limit and, for every α and c, by z3. Second route: exact rational confidences on a head whose
boundary is reached at powers of two. A human must read that only inner products with w_i−w_j and d enter, so that
the number of dimensions and classes does not matter.

**Sources**
Pearce, Brintrup & Zhu (2021), definition 4, eqs 25–28, fig 9.
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import (
    confidence_from_margin,
    far_field_bound,
    far_field_confidence,
    margin_from_confidence,
    offset,
    theorem_1_offset,
    width,
)
from softmax_geometry.symbolic.softmax import affine_logits, softmax
from softmax_geometry.symbolic.vectors import difference, squared_norm

alpha, beta, L, t = sp.symbols("alpha beta L t", positive=True)
w_i, w_j, z = (list(sp.symbols(f"{name}1:4", real=True)) for name in ("v", "w", "z"))
biases = list(sp.symbols("b1 b2", real=True))
WEIGHT, DIRECTION = [[2, 1], [0, 1], [1, -1], [0, -2]], [0, 1]  # classes 1 and 2 meet along d, α_12 = L/4
CROSS = [[1, 0], [-1, 0], [0, 1], [0, -1]]


def far_out(weight, offset_from_boundary):
    """The limit of p_1 at an offset from the boundary, as β → ∞; the exponentials that vanish are set to zero."""
    p = far_field_confidence(beta, offset_from_boundary, weight, DIRECTION)
    return sp.limit(p, beta, sp.oo)


@pytest.mark.proves("Definition 4", "Definition 4*")
def test_the_gap_grows_at_the_rate_of_the_squared_distance():
    across = difference(w_i, w_j)
    here, there = (
        affine_logits([w_i, w_j], [x + step * y for x, y in zip(z, across, strict=True)], biases) for step in (0, alpha)
    )
    grown = (there[0] - there[1]) - (here[0] - here[1])
    assert sp.expand(grown - alpha * squared_norm(across)) == 0
    assert sp.simplify(grown.subs(alpha, offset(L, w_i, w_j)) - L) == 0


@pytest.mark.proves("Definition 4*")
def test_far_out_the_offset_reaches_the_threshold_from_either_side():
    log_odds = margin_from_confidence(t)
    for weight in (WEIGHT, [WEIGHT[1], WEIGHT[0], *WEIGHT[2:]]):
        assert sp.simplify(far_out(weight, alpha) - confidence_from_margin(4 * alpha)) == 0
        reached = far_out(weight, alpha).subs(alpha, offset(log_odds, weight[0], weight[1]))
        assert sp.simplify(reached - t) == 0


@pytest.mark.proves("Definition 4*")
def test_margin_and_confidence_thresholds_are_those_of_a_two_class_softmax():
    assert sp.simplify(confidence_from_margin(L) - softmax([L, 0])[0]) == 0
    p = softmax([L, 0])
    assert sp.simplify(sp.exp(margin_from_confidence(t)) - t / (1 - t)) == 0
    assert sp.simplify(margin_from_confidence(p[0]) - sp.log(sp.simplify(p[0] / p[1]))) == 0


@pytest.mark.proves("Definition 4*")
def test_the_width_is_the_distance_of_the_two_planes():
    """Both planes |l_i − l_j| = L are met by the line through z along the unit normal, 2α‖w_i−w_j‖ apart."""
    across = difference(w_i, w_j)
    assert sp.simplify(width(L, w_i, w_j) - 2 * offset(L, w_i, w_j) * sp.sqrt(squared_norm(across))) == 0
    opposite = [-x for x in w_i]
    in_units_of_w_1 = theorem_1_offset(offset(L, w_i, opposite))
    for h in range(3):
        assert sp.simplify(in_units_of_w_1 * w_i[h] - offset(L, w_i, opposite) * (w_i[h] - opposite[h])) == 0


@pytest.mark.proves("Definition 4")
def test_along_e_12_a_third_class_takes_over():
    for sign in (1, -1):
        logits = affine_logits(CROSS, [2 * alpha, sign * beta])
        p = softmax(logits)
        assert sp.limit(p[0], beta, sp.oo) == 0
        assert sp.limit(p[2 if sign == 1 else 3], beta, sp.oo) == 1


@pytest.mark.second_route("Definition 4")
def test_no_offset_matches_for_any_distance():
    """p_1 ≤ A/B, A = e^{2α}, B = e^c: below every level once c is large, however large α was chosen."""
    A, B, level, p = z3.Reals("A B level p")
    softmax_of_class_1 = p * (A * A * B + B + A * B * B + A) == A * A * B
    prove(p <= level, [A > 0, B > 0, level > 0, softmax_of_class_1, level * B >= A])


@pytest.mark.second_route("Definition 4", "Definition 4*")
def test_powers_of_two():
    """Weights (1,0), (0,1), (0,0), t = 4/5: α_12 = log 2. At β = n log 2, p_1 = 2^{n+1}/(2^{n+1}+2^{n−1}+1)."""
    weight, direction, target = [[1, 0], [0, 1], [0, 0]], [1, 1], sp.Rational(4, 5)
    step = offset(margin_from_confidence(target), weight[0], weight[1])
    assert sp.expand_log(step - sp.log(2)) == 0
    for n in range(1, 12):
        p = far_field_confidence(n * sp.log(2), sp.log(2), weight, direction)
        exact = Fraction(2 ** (n + 1), 1) / (2 ** (n + 1) + Fraction(2**n, 2) + 1)
        assert (
            p
            == sp.Rational(exact.numerator, exact.denominator)
            == softmax([(n + 1) * sp.log(2), (n - 1) * sp.log(2), 0])[0]
        )
        bound = far_field_bound(n * sp.log(2), sp.log(2), weight, direction)
        assert bound == sp.Rational(1, 2 ** (n + 1))
        assert 0 < target - p < bound


@pytest.mark.twin("Definition 4")
def test_twin_two_different_offsets():
    """The paper's α_ij^i ≠ α_ij^j: both reach t only if they are equal."""
    x, y, squared, level = z3.Reals("alpha_i alpha_j D2 L")
    with pytest.raises(RefutedError) as refuted:
        prove(x != y, [squared > 0, x * squared == level, y * squared == level])
    assert Fraction(refuted.value.model["alpha_i"]) == Fraction(refuted.value.model["alpha_j"])
    exchanged = [WEIGHT[1], WEIGHT[0], *WEIGHT[2:]]
    assert sp.simplify(far_out(WEIGHT, alpha) - far_out(exchanged, alpha)) == 0


@pytest.mark.twin("Definition 4")
def test_twin_the_cross_has_a_boundary_between_classes_1_and_2():
    """Classes 1 and 3 of the cross share a boundary, 1 and 2 have no d with w_1ᵀd = w_2ᵀd above the others."""
    assert far_out(WEIGHT, alpha) != 0
    d_1, d_2 = z3.Reals("d1 d2")
    pair = {(0, 1): d_1 == -d_1, (0, 2): d_1 == d_2}
    others = {(0, 1): [d_1 > d_2, d_1 > -d_2], (0, 2): [d_1 > -d_1, d_1 > -d_2]}
    prove(z3.Not(z3.And(*others[0, 1])), [pair[0, 1]])
    with pytest.raises(RefutedError):
        prove(z3.Not(z3.And(*others[0, 2])), [pair[0, 2]])


@pytest.mark.twin("Definition 4*")
@pytest.mark.parametrize("wrong", [L / 2, L, 3 * L / 4], ids=["distance", "none", "factor"])
def test_twin_other_units(wrong):
    """Offsets such as L/‖w_i−w_j‖ miss the threshold: for these weights only α = L/4 reaches it."""
    assert sp.simplify(far_out(WEIGHT, wrong) - confidence_from_margin(L)) != 0
    assert sp.simplify(far_out(WEIGHT, L / 4) - confidence_from_margin(L)) == 0


@pytest.mark.twin("Definition 4*")
def test_twin_theorem_1_offset_in_units_of_definition_4():
    w = [1, 2]
    twice = theorem_1_offset(offset(L, w, [-1, -2]))
    logits = affine_logits([w, [-1, -2]], [2 * twice * x for x in w])  # z = α(w_1−w_2)
    assert logits[0] - logits[1] == 2 * L
