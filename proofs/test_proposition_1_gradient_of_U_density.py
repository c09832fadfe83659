"""Proposition 1, eq 10: the direction of steepest U_density.

**Claim**
∂U_density/∂z ∝ (1/q̂) Σ π_i exp(−q_i/2) Σ_i⁻¹(z − μ_i), q_i the squared Mahalanobis distance.

**Verdict**
Refuted when the determinants of the Σ_i differ: the factor det(Σ_i)^{−1/2} of each component is missing, and even
the sign can be wrong. Corrected as Equation 10*.

**What is true**
Equation 10*. ∂U_density/∂z = Σ_i r_i(z) Σ_i⁻¹(z − μ_i), r_i = π_i N_i/q̂. The printed direction is
right for every z if all det Σ_i are equal. For two components it is right for every z iff they have equal
determinants, or a common mean and proportional covariances.

**Proof**
∂N_i/∂z = −N_i Σ_i⁻¹(z − μ_i), so ∂(−log Σ π_i N_i)/∂z = Σ π_i N_i Σ_i⁻¹(z − μ_i)/q̂. With all det Σ_i = D
the printed sum is (2π)^{H/2} D^{1/2} times this.

Counterexample: H = 1, μ = (−1, 2), variances (1, 4), π = (1/4, 3/4), z = 0. Both exponents are −1/2. The true
derivative has the sign of (1/4)(1) − (3/4)(1/2)(1/4)(2) = 1/4 − 3/16 > 0, the printed one that of (1/4)(1) −
(3/4)(1/4)(2) = 1/4 − 3/8 < 0.

Two components: let v_i = Σ_i⁻¹(z − μ_i), d_i = det(Σ_i)^{1/2} and a, b > 0 the weighted densities. The true vector is
a v_1 + b v_2 and the printed one, up to a factor, d_1 a v_1 + d_2 b v_2; in every plane their cross product is ab(d_1
− d_2) v_1×v_2. So for d_1 ≠ d_2 they are parallel only where v_1 and v_2 are. If that is so for every z and H ≥ 2,
the quadratic part Σ_1⁻¹z ∥ Σ_2⁻¹z gives Σ_2 = κΣ_1, and then z − μ_1 ∥ z − μ_2 gives μ_1 = μ_2. If H = 1 and μ_1 ≠
μ_2, the true derivative vanishes somewhere between the means with v_1, v_2 ≠ 0, and there the printed one is (d_1 −
d_2) a v_1 ≠ 0. Conversely, with a common mean and Σ_2 = κΣ_1 both vectors are positive multiples of v_1.

**What the machine checks**
Equation 10* against sympy's derivative for two components with symbolic means, variances
and priors in one dimension, and for explicit unequal covariances in two; the counterexample exactly; the cross
product by z3. The step to any K and H is linearity.

**Sources**
Pearce, Brintrup & Zhu (2021), proposition 1, eq 10.
"""

import pytest
import sympy as sp
import z3

from numerics.solver import prove
from softmax_geometry.symbolic.gradients import U_density_gradient, U_density_gradient_printed
from softmax_geometry.symbolic.softmax import U_density

x, y = sp.symbols("x y", real=True)
QUARTER = sp.Rational(1, 4)
COUNTEREXAMPLE = ([[-1], [2]], [[[1]], [[4]]], [QUARTER, 1 - QUARTER])
UNEQUAL = ([[-1, 0], [2, 1]], [[[1, 0], [0, 1]], [[4, 1], [1, 2]]], [QUARTER, 1 - QUARTER])
EQUAL = ([[-1, 0], [2, 1]], [[[1, 0], [0, 1]], [[2, 1], [1, 1]]], [QUARTER, 1 - QUARTER])


@pytest.mark.proves("Equation 10*")
def test_two_components_with_every_parameter_symbolic():
    m, n = sp.symbols("m n", real=True)
    s, t, p = sp.symbols("s t p", positive=True)
    mixture = ([[m], [n]], [[[s]], [[t]]], [p, 1 - p])
    (stated,) = U_density_gradient([x], *mixture)
    assert sp.simplify(sp.diff(U_density([x], *mixture), x) - stated) == 0


@pytest.mark.second_route("Equation 10*")
def test_unequal_covariances_in_the_plane():
    derived = [sp.diff(U_density([x, y], *UNEQUAL), coordinate) for coordinate in (x, y)]
    for d, stated in zip(derived, U_density_gradient([x, y], *UNEQUAL), strict=True):
        assert sp.simplify((d - stated).subs({x: sp.Rational(1, 3), y: -2})) == 0


@pytest.mark.proves("Proposition 1, eq 10")
def test_the_printed_sign_is_wrong_at_an_exact_point():
    (true,), (printed,) = U_density_gradient([0], *COUNTEREXAMPLE), U_density_gradient_printed([0], *COUNTEREXAMPLE)
    assert sp.simplify(true).is_positive
    assert sp.simplify(printed).is_negative
    assert sp.simplify(printed / true) == sp.sqrt(2 * sp.pi) * sp.Rational(-1, 8) / sp.Rational(1, 16)


@pytest.mark.second_route("Proposition 1, eq 10")
def test_the_density_itself_rises_to_the_left_there():
    """U_density has the slope (1/4 − 3/16)/(1/4 + 3/8) = 1/10 at 0, so the printed descent raises it."""
    slope = sp.diff(U_density([x], *COUNTEREXAMPLE), x).subs(x, 0)
    assert sp.simplify(slope - sp.Rational(1, 10)) == 0


@pytest.mark.second_route("Proposition 1, eq 10")
def test_with_equal_determinants_the_printed_form_is_proportional():
    point = [sp.Rational(1, 4), sp.Rational(-1, 2)]
    true, printed = U_density_gradient(point, *EQUAL), U_density_gradient_printed(point, *EQUAL)
    assert sp.simplify(printed[0] / true[0] - 2 * sp.pi) == 0
    assert sp.simplify(printed[1] / true[1] - 2 * sp.pi) == 0


@pytest.mark.second_route("Proposition 1, eq 10")
def test_for_two_components_the_cross_product_decides():
    a, b, first, second, x1, y1, x2, y2 = z3.Reals("a b d1 d2 x1 y1 x2 y2")  # v_1 = (x1, y1), v_2 = (x2, y2)
    true = a * x1 + b * x2, a * y1 + b * y2
    printed = first * a * x1 + second * b * x2, first * a * y1 + second * b * y2
    prove(printed[0] * true[1] - printed[1] * true[0] == a * b * (first - second) * (x1 * y2 - y1 * x2))
    concentric = ([[1, -1], [1, -1]], [[[2, 1], [1, 3]], [[8, 4], [4, 12]]], [QUARTER, 1 - QUARTER])  # Σ_2 = 4Σ_1
    right, stated = (gradient([2, 3], *concentric) for gradient in (U_density_gradient, U_density_gradient_printed))
    ratios = [sp.simplify(s / r) for s, r in zip(stated, right, strict=True)]
    assert sp.simplify(ratios[0] - ratios[1]) == 0
    assert ratios[0].evalf() > 0


@pytest.mark.twin("Proposition 1, eq 10", "Equation 10*")
def test_unequal_determinants_are_what_breaks_it():
    point = [sp.Rational(1, 4), sp.Rational(-1, 2)]
    true, printed = U_density_gradient(point, *UNEQUAL), U_density_gradient_printed(point, *UNEQUAL)
    assert abs((true[0] * printed[1] - true[1] * printed[0]).evalf(30)) > 0.01  # not parallel
    residual = sp.diff(U_density([x], *COUNTEREXAMPLE), x) - U_density_gradient_printed([x], *COUNTEREXAMPLE)[
        0
    ] / sp.sqrt(2 * sp.pi)
    assert sp.simplify(residual.subs(x, 0)) == sp.Rational(1, 10) + sp.Rational(1, 5)
