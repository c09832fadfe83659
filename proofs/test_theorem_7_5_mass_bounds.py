"""Theorem 7.5: how little of a sphere, and how much of a Gaussian, a softmax can be confident on.

**Claim** (ours; it says when section 5.2's "low-dimensional intuition misleads" is right). Centred weights w̃_i, no
bias, h_t as in theorem 7.4, ρ_i = h_t/(r‖w̃_i‖).

(a) z uniform on the sphere ‖z‖ = r of R^H, H ≥ 2: P(max σ ≥ t) ≤ Σ_i ½ I_{1−ρ_i²}((H−1)/2, ½), the term being 0 if
ρ_i ≥ 1, I the regularised incomplete beta function; and this is at most ½ Σ_i (1−ρ_i²)^{(H−1)/2}, so it tends to 0
geometrically as H grows with r and the norms held fixed.

(b) z ~ N(0, σ² I): P(max σ ≥ t) ≤ Σ_i Φ(−h_t/(σ‖w̃_i‖)), whatever H.

(c) K = 2, t > 1/2: both are equalities. On the sphere the valid region has mass I_{ρ²}(½, (H−1)/2), ρ =
L/(r‖w_1−w_2‖).

**Verdict.** Proved.

**What is true.** As claimed. So confidence far from the data is rare in high dimension for features of *fixed norm*;
for a fixed variance per coordinate (‖z‖ ≈ σ√H) dimension changes nothing: by (b) and (c) the mass for K = 2 is
2Φ(−L/(σ‖w_1−w_2‖)) at every H.

**Proof.** By theorem 7.4 max σ ≥ t needs some l̃_i = w̃_iᵀz ≥ h_t; add the probabilities. For u uniform on the unit
sphere, the slice at height x of a given axis has radius √(1−x²) and surface measure ∝ (1−x²)^{(H−2)/2} dx/√(1−x²), so
the coordinate has the density (1−x²)^{(H−3)/2}/B(½, (H−1)/2) on (−1, 1), and with v = 1 − x², a = (H−1)/2,

    P(u_1 ≥ ρ) = (1/B(a, ½)) ∫_ρ^1 (1−x²)^{a−1} dx
               = (1/(2B(a, ½))) ∫_0^{1−ρ²} v^{a−1} (1−v)^{−1/2} dv = ½ I_{1−ρ²}(a, ½).

*Geometric bound.* Substitute x² = ρ² + (1−ρ²) y²: 1 − x² = (1−ρ²)(1−y²), dx = (1−ρ²)(y/x) dy and y ≤ x, so the
integral is at most (1−ρ²)^a ∫_0^1 (1−y²)^{a−1} dy = (1−ρ²)^a B(a, ½)/2. *(b)* w̃_iᵀz ~ N(0, σ²‖w̃_i‖²). *(c)* w̃_1 =
−w̃_2 = (w_1−w_2)/2, h_t = L/2 > 0, so max σ ≥ t iff |l̃_1| ≥ h_t: two disjoint events, and 1 − I_{1−ρ²}(a, ½) =
I_{ρ²}(½, a). ∎

**What the machine checks.** With H symbolic: normalisation, the derivative of the closed form, the reflection, the
substitution (sympy) and y ≤ x (z3). Second route: the cap in the polar angle, ∫ sin^{H−2}, by rigorous integrals
against Arb's incomplete beta function; Archimedes' (1−ρ)/2 for H = 3, arccos(ρ)/π for H = 2. A human must read the
slicing of the sphere.

**Sources.** Li, Concise formulas for the area and volume of a hyperspherical cap (2011).
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3
from flint import arb

from numerics.balls import arb_rational, normal_cdf
from numerics.enclosures import enclose_integral, prove_positive
from numerics.solver import RefutedError, prove

H, rho, x, y, L, r, sigma = sp.symbols("H rho x y L r sigma", positive=True)
a = (H - 1) / 2
HALF = sp.Rational(1, 2)
density = (1 - x**2) ** (a - 1) / sp.beta(a, HALF)
cap = sp.betainc_regularized(a, HALF, 0, 1 - rho**2) / 2


def cap_ball(dimension, height, a_shift=0):
    """½ I_{1−ρ²}((H−1)/2, ½) by Arb's incomplete beta function."""
    height = arb_rational(height)
    half = arb(1) / 2
    return (1 - height * height).beta_lower((dimension - 1 + a_shift) * half, half, regularized=1) / 2


def cap_by_angle(dimension, height):
    """∫_0^{arccos ρ} sin^{H−2} θ dθ / ∫_0^π sin^{H−2} θ dθ."""

    def integrand(angle, _):
        return angle.sin() ** (dimension - 2)

    return enclose_integral(integrand, 0, arb_rational(height).acos()) / enclose_integral(integrand, 0, arb.pi())


@pytest.mark.proves("Theorem 7.5")
def test_coordinate_of_a_uniform_direction_has_a_density():
    v = sp.Symbol("v", positive=True)
    substituted = v ** (a - 1) / (2 * sp.sqrt(1 - v))  # (1−x²)^{a−1} dx with v = 1 − x², on half of (−1, 1)
    assert sp.simplify(density.subs(x, sp.sqrt(1 - v)) * sp.beta(a, HALF) / (2 * sp.sqrt(1 - v)) - substituted) == 0
    for dimension in (2, 3, 4, 5, 7):
        assert sp.simplify(sp.integrate(density.subs(H, dimension), (x, 0, 1)).rewrite(sp.gamma)) == HALF


@pytest.mark.proves("Theorem 7.5")
def test_the_cap_is_the_tail_of_that_density():
    """Same derivative in ρ for every H, and both vanish at ρ = 1."""
    slope = sp.diff(cap, rho)
    assert sp.simplify(sp.expand_func(slope + density.subs(x, rho)).subs(sp.sqrt(rho**2), rho)) == 0
    assert cap.subs({H: 4, rho: 1}).evalf() == 0


@pytest.mark.proves("Theorem 7.5")
def test_the_cap_falls_geometrically_in_the_dimension():
    x_of_y = sp.sqrt(rho**2 + (1 - rho**2) * y**2)
    assert sp.expand(1 - x_of_y**2 - (1 - rho**2) * (1 - y**2)) == 0
    assert sp.simplify(x_of_y.diff(y) - (1 - rho**2) * y / x_of_y) == 0
    u, v, w = z3.Reals("x y rho")
    prove(v <= u, [u >= 0, v >= 0, v <= 1, w >= 0, w <= 1, u * u == w * w + (1 - w * w) * v * v])


@pytest.mark.proves("Theorem 7.5")
def test_two_classes_exactly():
    """Both caps of K = 2 together are the complement of I_{ρ²}(½, (H−1)/2): the derivatives in ρ cancel."""
    region = sp.betainc_regularized(HALF, a, 0, rho**2)
    total = sp.diff(region + 2 * cap, rho).subs({sp.beta(HALF, a): sp.beta(a, HALF)})
    assert sp.simplify(total.subs(sp.sqrt(rho**2), rho)) == 0
    gap = sp.Symbol("gap", positive=True)  # ‖w_1 − w_2‖; both h_t = L/2 and ‖w̃‖ = gap/2
    assert sp.simplify((L / 2) / (r * gap / 2) - L / (r * gap)) == 0


@pytest.mark.second_route("Theorem 7.5")
@pytest.mark.parametrize("dimension", [2, 3, 4, 7, 20, 65])
def test_the_cap_by_its_polar_angle(dimension):
    for height in ("1/10", "1/2", "9/10"):
        assert cap_by_angle(dimension, height).overlaps(cap_ball(dimension, height))
    if dimension == 2:
        assert cap_ball(2, "1/2").overlaps(arb(1) / 3)
    if dimension == 3:
        assert cap_ball(3, "1/2").overlaps(arb(1) / 4)


@pytest.mark.second_route("Theorem 7.5")
@pytest.mark.parametrize("dimension", [2, 3, 10])
def test_the_geometric_bound_by_balls(dimension):
    half = arb(1) / 2

    def gap(height):
        v = 1 - height * height
        return v ** ((dimension - 1) * half) / 2 - v.beta_lower((dimension - 1) * half, half, regularized=1) / 2

    assert prove_positive(gap, [("1/5", "9/10")], max_boxes=3000).proved


@pytest.mark.second_route("Theorem 7.5")
def test_gaussian_mass_as_a_mixture_of_spheres():
    """H = 2: ‖z‖ is Rayleigh, and E arccos(h/‖z‖)/π over ‖z‖ > h is Φ(−h) (h = 1, σ = 1, ‖w̃‖ = 1); ‖z‖² = 1 + s²."""

    def integrand(s, _):
        return s * (-(1 + s * s) / 2).exp() * s.atan() / arb.pi()

    value = enclose_integral(integrand, 0, 12)
    assert abs(value - normal_cdf(arb(-1))) < arb("1e-15") + (-arb(72)).exp()


@pytest.mark.twin("Theorem 7.5")
@pytest.mark.parametrize("shift", [-1, 1])
def test_twin_the_parameter_off_by_one_half(shift):
    assert not cap_by_angle(7, "1/2").overlaps(cap_ball(7, "1/2", a_shift=shift))


@pytest.mark.twin("Theorem 7.5")
def test_twin_the_cap_without_one_half():
    assert not cap_by_angle(7, "1/2").overlaps(2 * cap_ball(7, "1/2"))


@pytest.mark.twin("Theorem 7.5")
def test_twin_a_faster_rate():
    """With exponent (H+1)/2 the geometric bound fails: for H = 3, (1−ρ)/2 > ½(1−ρ²)² near ρ = 1."""
    assert prove_positive(lambda p: (1 - p * p) ** 2 / 2 - (1 - p) / 2, [("1/5", "9/10")]).refuted


@pytest.mark.twin("Theorem 7.5")
def test_twin_for_a_fixed_variance_per_coordinate_the_mass_vanishes_too():
    """At ‖z‖ = σ√H the cap tends to Φ(−1), not to 0 (h_t = σ‖w̃‖)."""
    for root in (10, 30):
        assert abs(cap_ball(root**2, f"1/{root}") - normal_cdf(arb(-1))) < arb(1) / (4 * root**2)


@pytest.mark.twin("Theorem 7.5")
def test_twin_the_substitution_without_its_bound():
    u, v, w = z3.Reals("x y rho")
    with pytest.raises(RefutedError):
        prove(u <= v, [u >= 0, v >= 0, v <= 1, w >= 0, w <= 1, u * u == w * w + (1 - w * w) * v * v])
