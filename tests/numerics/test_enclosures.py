from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
from flint import acb, arb, ctx
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.balls import arb_rational, lower_bound, normal_cdf, normal_density, sigmoid, upper_bound
from numerics.enclosures import (
    Certificate,
    UnresolvedError,
    enclose_integral,
    enclose_root,
    prove_positive,
)
from softmax_geometry.checks import InputError


def gibbs(x):
    """e^x − 1 − x, positive away from 0."""
    return x.exp() - 1 - x


def test_a_true_inequality_is_proved_and_confirmed_at_other_precisions():
    certificate = prove_positive(gibbs, [("1/10", 10)])
    assert certificate.proved
    assert not certificate.refuted
    assert 0 < certificate.lower <= Fraction("0.0052")  # e^0.1 − 1.1 = 0.00517…
    assert certificate.recheck(gibbs, 60)
    assert certificate.recheck(gibbs, 300)


def test_a_false_inequality_is_refuted_at_a_point_that_checks():
    def below_one_half(x):
        return arb_rational("1/2") - sigmoid(x)

    certificate = prove_positive(below_one_half, [(-3, 1)])
    assert certificate.refuted
    assert certificate.witness is not None
    assert certificate.witness[0] >= 0
    assert certificate.recheck(below_one_half, 200)
    assert not certificate.recheck(lambda x: below_one_half(x) + 1, 200)
    with pytest.raises(InputError, match="expected the verdict proved, got refuted"):
        _ = certificate.lower


def test_a_violation_inside_the_box_is_found():
    certificate = prove_positive(lambda x: (x - arb_rational("1/3")) ** 2 - arb_rational("1/10000"), [(0, 1)])
    assert certificate.refuted
    assert certificate.witness is not None
    assert abs(certificate.witness[0] - Fraction(1, 3)) <= Fraction(1, 100)


def test_a_tangent_inequality_is_undecided():
    certificate = prove_positive(lambda x: (x * x - 2) ** 2, [(1, 2)], max_boxes=500)
    assert certificate.verdict == "undecided"
    assert certificate.unresolved is not None
    ((low, high),) = certificate.unresolved
    assert (low - Fraction(1, 2**10)) ** 2 < 2 < (high + Fraction(1, 2**10)) ** 2
    assert high - low < Fraction(1, 2**10)
    assert not certificate.recheck(lambda x: (x * x - 2) ** 2, 200)


def test_equality_at_an_end_is_not_strictly_positive():
    assert prove_positive(gibbs, [(0, 1)]).refuted
    assert prove_positive(lambda x: gibbs(x) / (x * x), [("1/1000", 1)]).proved


@pytest.mark.parametrize(
    "tamper",
    [
        lambda c: replace(c, pieces=c.pieces[1:]),
        lambda c: replace(c, pieces=(*c.pieces, c.pieces[0])),
        lambda c: replace(c, pieces=(*c.pieces, c.pieces[0]._replace(box=((Fraction(11), Fraction(12)),)))),
        lambda c: replace(c, pieces=()),
        lambda c: replace(c, box=((Fraction(1, 10), Fraction(11)),)),
        lambda c: replace(c, box=((Fraction(1, 11), Fraction(10)),)),
        lambda c: replace(c, pieces=(c.pieces[0]._replace(lower=2 * c.pieces[0].lower), *c.pieces[1:])),
        lambda c: replace(c, pieces=(c.pieces[0]._replace(lower=Fraction(0)), *c.pieces[1:])),
        lambda c: replace(c, pieces=(c.pieces[0]._replace(box=((Fraction(1), Fraction(1)),)), *c.pieces[1:])),
        lambda c: replace(c, verdict="refuted", witness=(Fraction(1),)),
        lambda c: replace(c, verdict="refuted", witness=None),
    ],
)
def test_recheck_catches_a_tampered_certificate(tamper):
    certificate = prove_positive(gibbs, [("1/10", 10)])
    assert certificate.recheck(gibbs, 200)
    assert not tamper(certificate).recheck(gibbs, 200)


def test_recheck_catches_another_function_and_a_witness_outside_the_box():
    certificate = prove_positive(gibbs, [("1/10", 10)])
    assert not certificate.recheck(lambda x: gibbs(x) - arb_rational("1/100"), 200)
    refuted = prove_positive(lambda x: x, [(-1, 1)])
    assert not replace(refuted, witness=(Fraction(-2),)).recheck(lambda x: x, 200)


def test_an_undecided_certificate_relabelled_proved_is_caught():
    def tangent(x):
        return (x * x - 2) ** 2

    certificate = prove_positive(tangent, [(1, 2)], max_boxes=200)
    assert not replace(certificate, verdict="proved").recheck(tangent, 200)


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_boxes_of_every_dimension(dimension):
    def distance(*x):
        return sum(((a - arb_rational("1/3")) ** 2 for a in x), arb_rational("-1/20"))

    far = prove_positive(lambda *x: distance(*x) + arb_rational("1/10"), [(0, 1)] * dimension)
    assert far.proved
    assert far.recheck(lambda *x: distance(*x) + arb_rational("1/10"), 150)
    assert prove_positive(distance, [(0, 1)] * dimension).refuted


def test_a_fixed_coordinate_and_a_single_point_are_boxes():
    certificate = prove_positive(lambda x, y: x * y, [(2, 2), (1, 3)])
    assert certificate.proved
    assert certificate.recheck(lambda x, y: x * y, 99)
    point = prove_positive(lambda x: x - arb_rational("1/3"), [("2/3", "2/3")])
    assert point.proved
    assert point.recheck(lambda x: x - arb_rational("1/3"), 99)


def test_the_mean_value_form_needs_fewer_boxes():
    def f(x):
        return x * x - x + arb_rational("251/1000")

    plain = prove_positive(f, [(0, 1)])
    sharp = prove_positive(f, [(0, 1)], derivative=lambda x: 2 * x - 1)
    assert plain.proved
    assert sharp.proved
    assert 3 * len(sharp.pieces) < len(plain.pieces)
    assert sharp.recheck(f, 200, derivative=lambda x: 2 * x - 1)
    assert not sharp.recheck(f, 200)


def test_the_mean_value_form_in_two_dimensions_cannot_prove_a_falsehood():
    def f(x, y):
        return x * x + y * y - x * y - arb_rational("1/100")

    def gradient(x, y):
        return 2 * x - y, 2 * y - x

    assert prove_positive(f, [(-1, 2), (-1, 1)], derivative=gradient).refuted
    assert prove_positive(f, [("1/8", 1), ("1/8", 1)], derivative=gradient).proved


@settings(deadline=None, derandomize=True, max_examples=60)
@given(st.fractions(-2, 2, max_denominator=50), st.fractions("1/100", 1, max_denominator=100))
def test_verdicts_on_parabolas_are_right(centre, gap):
    def parabola(x):
        return (x - arb_rational(centre)) ** 2

    assert prove_positive(lambda x: parabola(x) + arb_rational(gap), [(-3, 3)]).proved
    assert prove_positive(lambda x: parabola(x) - arb_rational(gap), [(-3, 3)]).refuted


def test_undefined_values_are_never_proof():
    assert prove_positive(lambda x: x.log() + 100, [(-1, 1)], max_boxes=50).verdict == "undecided"


def test_the_working_precision_is_restored():
    before = ctx.prec
    prove_positive(gibbs, [(1, 2)], precision=333).recheck(gibbs, 222)
    enclose_root(lambda x: x * x - 2, (1, 2))
    enclose_integral(lambda x, _: x, 0, 1)
    assert ctx.prec == before


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ([], "box: expected 1 to 3 ranges"),
        ([(0, 1)] * 4, "box: expected 1 to 3 ranges"),
        ([(0.1, 1)], "exact rational"),
        ([(2, 1)], "expected lower ≤ upper"),
        ([3], "expected a range"),
    ],
)
def test_bad_boxes_are_refused(box, message):
    with pytest.raises(InputError, match=message):
        prove_positive(gibbs, box)


def test_functions_that_leave_ball_arithmetic_are_refused():
    with pytest.raises(InputError, match="returns a ball"):
        prove_positive(lambda x: float(x), [(1, 1)])
    with pytest.raises(InputError, match="derivative: expected 1 components, got 2"):
        prove_positive(gibbs, [(1, 2)], derivative=lambda x: (x, x))


def test_roots_match_an_independent_computation():
    def quantile(a):  # the exact offset for means ±2, unit variance, ε = 1/20
        return normal_cdf(2 - a) + normal_cdf(-2 - a) - arb_rational("19/20")

    root = enclose_root(quantile, (0, 2))
    with mpmath.workdps(40):
        oracle = mpmath.findroot(lambda a: mpmath.ncdf(2 - a) + mpmath.ncdf(-2 - a) - mpmath.mpf("0.95"), 0.425)
        assert lower_bound(root) <= Fraction(str(oracle)) <= upper_bound(root)
    assert upper_bound(root) - lower_bound(root) < Fraction(1, 2**58)


def test_exact_roots_and_bad_brackets():
    assert enclose_root(lambda x: x - 1, (0, 2)) == 1
    assert enclose_root(lambda x: x, (0, 2)) == 0
    with pytest.raises(InputError, match="opposite signs"):
        enclose_root(lambda x: x * x + 1, (-1, 1))


def test_an_uncertifiable_sign_raises_with_the_bracket():
    with pytest.raises(UnresolvedError) as caught:  # the root is at the first midpoint, where sin(pi) is [0 ± tiny]
        enclose_root(lambda x: (arb.pi() * x).sin(), ("1/2", "3/2"))
    assert caught.value.enclosure.contains(1)


def test_integrals_match_closed_forms():
    assert enclose_integral(lambda x, _: normal_density(x), -1, 1).overlaps(1 - 2 * normal_cdf(arb(-1)))
    third = enclose_integral(lambda x, _: x * x, 0, "1/3")
    assert lower_bound(third) <= Fraction(1, 81) <= upper_bound(third)
    assert third.rad() < 1e-20
    square_root = enclose_integral(lambda x, analytic: x.sqrt(analytic=analytic), 1, 4)
    assert square_root.overlaps(arb_rational("14/3"))
    assert enclose_integral(lambda x, _: x.exp(), 0, arb(2).log()).overlaps(arb(1))


def test_the_tetrahedron_mass_of_theory_12():
    with ctx.workprec(80):
        A = arb_rational("4/3")
        d = (2 * A - arb(3).log()) / A.sqrt()
        core = enclose_integral(lambda x, _: normal_density(x) * normal_cdf(x - d) ** 3, -12, 12)
        tail = normal_cdf(arb(-12)).union(arb(0))  # 0 <= integrand <= density outside
        mass = 1 - 4 * (core + 2 * tail)
    assert arb("0.850359") < mass
    assert mass < arb("0.850360")


def test_a_non_integrable_pole_is_unresolved():
    with pytest.raises(UnresolvedError):
        enclose_integral(lambda x, _: acb(1) / x, -1, 1)


def test_the_certificate_reads_well():
    assert repr(prove_positive(lambda x: x, [(1, 2)])) == "Certificate(proved, 1 boxes, f >= 0.999)"
    assert isinstance(prove_positive(lambda x: 1, [(0, 1)]), Certificate)
