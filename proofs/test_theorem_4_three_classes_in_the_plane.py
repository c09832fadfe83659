"""Theorem 4 for K = 3, H = 2: in the plane of the weights the confidence falls as z turns from its closest weight.

**Claim** (eqs 66–67 and fig 11). At angle θ in [0, π/3] from w_1 the cosines are cos θ, cos(2π/3−θ), cos(2π/3+θ). A
plot of the derivative for one range "verifies" that ∂ max σ/∂ cos θ < 0, "so max σ is decreasing in cos θ".

**Verdict.** Corrected. The theorem is true for H = 2, for every c > 0; the printed sign is the opposite of what it
needs and of what holds: ∂p_1/∂ cos θ > 0.

**What is true.** For all c > 0, dp_1/dθ < 0 on (0, π/3] (and 0 at θ = 0), and the entropy strictly increases on [0,
π/3] too.

**Proof.** Write e = p_3/p_2 = e^{c(x_3−x_2)}; 0 < e ≤ 1, with e = 1 only at θ = 0. Then dp_1/dθ = c p_1 p_2 N(e) with

    N(e) = −(1+e) sin θ − sin(2π/3−θ) + e sin(2π/3+θ),

an **affine** function of e: N(0) = −√3 cos(π/3−θ) < 0 and N(1) = −3 sin θ ≤ 0. So N(e) ≤ 0 on [0, 1], and N(e) < 0
for e < 1, which is every θ in (0, π/3].

*Second proof, in the variable of the paper.* dp_1/d cos θ = c p_1[(3/2)(1−p_1) + (√3/2)(p_2−p_3) cot θ]; on (0, π/3]
every term is ≥ 0 and the first is > 0.

*Entropy.* dH/dθ = −c² Cov_p(x, x′), and −Cov_p(x, x′) = (3/2)[p_1(p_2−p_3) sin(2θ+π/3) + p_3(p_1−p_2) sin 2θ]. On (0,
π/3) p_1 > p_2 > p_3 and both sines are positive. ∎

**What the machine checks.** All three identities (sympy, for the expressions eqs 66–67 differentiated); N < 0 by z3
over the whole range of θ, as a polynomial claim in (cos θ, sin θ, √3, e); as a second route positivity of the second
form by z3 and by balls on a box of (c, θ). The printed sign is refuted on the same box.

**Sources.** Pearce, Brintrup & Zhu (2021), theorem 4, fig 11.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.polynomials import polynomial
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import (
    three_class_certificate,
    three_class_confidence,
    three_class_cosines,
    three_class_derivative,
    three_class_derivative_in_cosine,
)
from softmax_geometry.symbolic.softmax import U_entropy, affine_logits, softmax
from softmax_geometry.symbolic.structure import simplex_coordinates

c, theta, e = sp.symbols("c theta e", positive=True)
C, S, root = sp.symbols("C S root")
x = three_class_cosines(theta)
E = sp.symbols("E1:4", positive=True)
SCALES_AND_ANGLES = [("1/2", 4), ("1/10", "1047/1000")]  # c, and θ up to π/3


def in_exponentials(expression):
    """The expression with e^{c x_k} as an unknown E_k and angle sums expanded."""
    apart = expression.replace(
        lambda part: isinstance(part, sp.exp), lambda part: sp.expand(sp.exp(sp.expand(part.args[0])), power_exp=True)
    )
    return sp.simplify(sp.expand_trig(apart.subs({sp.exp(c * y): E_k for y, E_k in zip(x, E, strict=True)})))


def in_coordinates(expression):
    """A z3 polynomial in C = cos θ, S = sin θ, √3 and e."""
    return polynomial(sp.expand_trig(expression).subs({sp.cos(theta): C, sp.sin(theta): S, sp.sqrt(3): root}))


cosine, sine, root_3, ratio = z3.Reals("C S root e")
UP_TO_60_DEGREES = [cosine**2 + sine**2 == 1, 2 * cosine >= 1, sine > 0, root_3**2 == 3, root_3 > 0]


@pytest.mark.proves("Theorem 4, K=3 in the plane")
def test_the_cosines_are_those_of_three_weights_in_the_plane():
    """The vector z = (sin θ, −cos θ) turns away from the weight (0, −1) of the coordinates, towards the right."""
    weight = simplex_coordinates(3)
    z = [sp.sin(theta), -sp.cos(theta)]
    closest, second, third = (affine_logits(weight, z)[k] for k in (2, 0, 1))
    assert [sp.simplify(sp.expand_trig(a - b)) for a, b in zip((closest, second, third), x, strict=True)] == [0, 0, 0]


@pytest.mark.proves("Theorem 4, K=3 in the plane")
def test_derivative_through_the_certificate():
    assert in_exponentials(sp.diff(three_class_confidence(c, theta), theta) - three_class_derivative(c, theta)) == 0


@pytest.mark.proves("Theorem 4, K=3 in the plane")
def test_certificate_is_affine_and_negative_at_both_ends():
    N = three_class_certificate(theta, e)
    assert sp.expand(N).coeff(e, 2) == 0
    assert sp.simplify(sp.diff(N, e, 2)) == 0
    assert sp.simplify(N.subs(e, 0) + sp.sqrt(3) * sp.cos(sp.pi / 3 - theta)) == 0
    assert sp.simplify(sp.expand_trig(N.subs(e, 1)) + 3 * sp.sin(theta)) == 0


@pytest.mark.proves("Theorem 4, K=3 in the plane")
def test_certificate_is_negative_for_every_angle_and_ratio():
    prove(in_coordinates(three_class_certificate(theta, e)) < 0, [*UP_TO_60_DEGREES, ratio > 0, ratio <= 1])


@pytest.mark.proves("Theorem 4, K=3 in the plane")
def test_entropy_rises():
    p_1, p_2, p_3 = softmax([c * y for y in x])
    stated = sp.Rational(3, 2) * (
        p_1 * (p_2 - p_3) * sp.sin(2 * theta + sp.pi / 3) + p_3 * (p_1 - p_2) * sp.sin(2 * theta)
    )
    logs = {sp.log(E_k): c * y for E_k, y in zip(E, x, strict=True)}
    derivative = in_exponentials(
        sp.expand_log(sp.diff(U_entropy([c * y for y in x]), theta) - c**2 * stated, force=True)
    )
    assert sp.simplify(sp.expand_trig(sp.expand_log(derivative, force=True).subs(logs))) == 0


@pytest.mark.second_route("Theorem 4, K=3 in the plane")
def test_derivative_in_the_cosine_is_a_sum_of_positive_terms():
    direct = sp.diff(three_class_confidence(c, theta), theta) / sp.diff(sp.cos(theta), theta)
    stated = three_class_derivative_in_cosine(c, theta)
    assert in_exponentials(direct - stated) == 0
    scale, p_1, p_2, p_3, cotangent = z3.Reals("c p1 p2 p3 cot")
    form = scale * p_1 * (3 * (1 - p_1) + root_3 * (p_2 - p_3) * cotangent)
    prove(form > 0, [scale > 0, root_3 > 0, p_1 > 0, p_1 < 1, p_2 >= p_3, cotangent > 0])


@pytest.mark.second_route("Theorem 4, K=3 in the plane")
def test_by_balls_over_scales_and_angles():
    rising = BallFunction(three_class_derivative_in_cosine(c, theta), c, theta)
    certificate = prove_positive(rising, SCALES_AND_ANGLES)
    assert certificate.proved, certificate


@pytest.mark.twin("Theorem 4, K=3 in the plane")
def test_twin_the_printed_sign():
    printed = BallFunction(-three_class_derivative_in_cosine(c, theta), c, theta)
    certificate = prove_positive(printed, SCALES_AND_ANGLES)
    assert certificate.refuted
    assert certificate.recheck(printed, precision=200)


@pytest.mark.twin("Theorem 4, K=3 in the plane")
def test_twin_beyond_60_degrees():
    """Past π/3 class 1 is not the closest any more, e may exceed 1, and there the certificate can be positive."""
    with pytest.raises(RefutedError) as refuted:
        prove(
            in_coordinates(three_class_certificate(theta, e)) < 0,
            [*UP_TO_60_DEGREES[2:], cosine**2 + sine**2 == 1, ratio > 0],
        )
    model = refuted.value.model
    assert isinstance(model["C"], str) or model["C"] < 1
    with pytest.raises(RefutedError):
        prove(in_coordinates(three_class_certificate(theta, e)) < 0, [*UP_TO_60_DEGREES, ratio > 1])


@pytest.mark.twin("Theorem 4, K=3 in the plane")
def test_twin_at_the_weight_itself_the_slope_is_zero():
    """Strictness on the closed interval fails: N(1) = 0 at θ = 0."""
    with pytest.raises(RefutedError) as refuted:
        prove(
            in_coordinates(three_class_certificate(theta, e)) < 0,
            [cosine**2 + sine**2 == 1, cosine > 0, sine >= 0, root_3**2 == 3, root_3 > 0, ratio > 0, ratio <= 1],
        )
    assert refuted.value.model["S"] == 0
