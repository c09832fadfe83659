"""Proposition 2: the valid region of U_density is no intersection of the printed ellipsoids.

**Claim**
For K Gaussian classes the valid region of U_density is ∩_i {(z−μ_i)ᵀΣ_i(z−μ_i) > c_i} (eq 23), with the c_i found
from Σ π_i P(z ∉ R | i) = 1−ε (eq 24).

**Verdict**
Eq 23 is refuted twice: Σ_i must be Σ_i⁻¹, and even then a mixture's region is no such intersection. Eq 24 is proved.

**What is true**
R_ε = {q̂ < t}, where t is the only level with P(q̂ ≥ t) = 1−ε. With c_i(t) = 2 log(π_i/(t (2π)^{H/2}
det(Σ_i)^{1/2})) and q_i the squared Mahalanobis distance, theorem 2.1 sandwiches it between two intersections,
theorem 2.3 shows that none is exact for components that are not concentric, and theorem 2.4 says what eq 23,
corrected, is exact for. The c_i depend on π_i and, through t, on all components.

**Proof**
(a) Σ = diag(4, 1), μ = 0: (2, 0) and (0, 1) lie on one density contour, but zᵀΣz is 16 and 1. (b) Membership in
∩{q_i > c_i} depends on (q_1, q_2) monotonically: if x and y are members, any z with q_i(z) ≥ min(q_i(x), q_i(y)) for
both i is one. Take μ = (±1, 0), Σ = I, equal priors. At x = (2, 2) and y = (−2, 2), (q_1, q_2) is (5, 13) and (13,
5); at z = (0, 2) it is (5, 5). But q̂(z) ∝ 2e^{−5/2} > e^{−5/2} + e^{−13/2} ∝ q̂(x) = q̂(y). So for every t between
these two values x and y are in {q̂ < t} and z is not: no c_1, c_2 give this region. Eq 24: total probability; q̂ is
real-analytic and not constant, so its level sets are null sets and P(q̂ ≥ t) is continuous in t; it is strictly
monotone between 0 and max q̂ since p_in > 0.

**What the machine checks**
(a) and (b) exactly; the monotonicity by z3. A person reads the sentence on level sets of analytic functions.

**Sources**
Pearce, Brintrup & Zhu (2021), proposition 2, eqs 23–24.
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import exponential_sum_sign
from numerics.laws import as_law, probability
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import quadratic_form_printed, squared_mahalanobis
from softmax_geometry.symbolic.softmax import mixture_density, normal_density

STRETCHED = [[4, 0], [0, 1]]
UNIT = [[1, 0], [0, 1]]
HALF = sp.Rational(1, 2)
PAIR = ([[1, 0], [-1, 0]], [UNIT, UNIT], [HALF, HALF])
c = z3.Reals("c1 c2")


def distances(z):
    return [squared_mahalanobis(z, mean, UNIT) for mean in PAIR[0]]


@pytest.mark.proves("Proposition 2")
def test_the_printed_quadratic_form_is_not_constant_on_a_density_contour():
    points = [2, 0], [0, 1]
    densities = [normal_density(z, [0, 0], STRETCHED) for z in points]
    assert densities[0] == densities[1]
    assert [quadratic_form_printed(z, [0, 0], STRETCHED) for z in points] == [16, 1]
    assert [squared_mahalanobis(z, [0, 0], STRETCHED) for z in points] == [1, 1]


@pytest.mark.proves("Proposition 2")
def test_no_radii_separate_three_points_as_the_density_does():
    x, y, z = [2, 2], [-2, 2], [0, 2]
    assert [distances(point) for point in (x, y, z)] == [[5, 13], [13, 5], [5, 5]]
    inside = [z3.And(*[q > r for q, r in zip(map(int, distances(point)), c, strict=True)]) for point in (x, y, z)]
    prove(z3.Implies(z3.And(inside[0], inside[1]), inside[2]))
    density = [mixture_density(point, *PAIR) for point in (x, y, z)]
    assert sp.simplify(density[0] - density[1]) == 0
    assert sp.simplify(density[2] - density[0]).is_positive
    assert exponential_sum_sign([1, -1], ["-5/2", "-13/2"]) == 1


@pytest.mark.second_route("Proposition 2")
def test_membership_in_an_intersection_is_monotone_in_the_distances():
    u, v, w = (z3.Reals(f"{name}1 {name}2") for name in "uvw")
    member = [z3.And(*[q > r for q, r in zip(point, c, strict=True)]) for point in (u, v, w)]
    above = [z3.Or(w[i] >= u[i], w[i] >= v[i]) for i in range(2)]
    prove(z3.Implies(z3.And(member[0], member[1]), member[2]), above)
    rotated = sp.Matrix([[2, 1], [1, 1]])  # a correlated covariance of determinant 1: same contour, two printed values
    values = [quadratic_form_printed(list(z), [0, 0], rotated.tolist()) for z in ([1, 0], [1, 1])]
    exact = [squared_mahalanobis(list(z), [0, 0], rotated.tolist()) for z in ([1, 0], [1, 1])]
    assert exact == [1, 1]
    assert values == [2, 5]


@pytest.mark.proves("Proposition 2, eq 24")
def test_the_level_of_one_gaussian_in_the_plane_is_linear_in_t():
    """P(q > c) = e^{−c/2} in two dimensions, so P(N < t) = 2π det^{1/2} t: one level t for every ε."""
    r, radius = sp.symbols("r radius", positive=True)
    tail = sp.integrate(r * sp.exp(-(r**2) / 2), (r, sp.sqrt(radius), sp.oo))
    assert sp.simplify(tail - sp.exp(-radius / 2)) == 0
    at_contour = normal_density([2 * sp.sqrt(radius), 0], [0, 0], STRETCHED)
    assert sp.simplify(tail / at_contour) == 2 * sp.pi * 2


@pytest.mark.second_route("Proposition 2, eq 24")
def test_total_probability_of_discrete_classes():
    classes, priors = [as_law({0: "1/2", 1: "1/2"}), as_law({1: "1/4", 2: "3/4"})], [Fraction(1, 3), Fraction(2, 3)]
    mixture = as_law({z: sum(q * law.get(z, 0) for q, law in zip(priors, classes, strict=True)) for z in range(3)})
    by_class = sum(q * probability(law, lambda z: z < 2) for q, law in zip(priors, classes, strict=True))
    assert probability(mixture, lambda z: z < 2) == by_class == Fraction(1, 2)


@pytest.mark.twin("Proposition 2")
def test_one_component_with_the_inverse_is_an_ellipsoid_exterior():
    """Neither refutation works against the corrected form of one Gaussian."""
    z = sp.symbols("z1 z2", real=True)
    gap = sp.log(normal_density([0, 0], [0, 0], STRETCHED) / normal_density(z, [0, 0], STRETCHED))
    assert sp.simplify(sp.expand_log(gap, force=True) - squared_mahalanobis(z, [0, 0], STRETCHED) / 2) == 0
    u, w = z3.Real("u1"), z3.Real("w1")
    with pytest.raises(RefutedError):  # without the monotone order of the distances nothing follows
        prove(z3.Implies(u > c[0], w > c[0]))


@pytest.mark.twin("Proposition 2, eq 24")
def test_without_the_priors_the_total_is_wrong():
    classes, priors = [as_law({0: 1}), as_law({1: 1})], [Fraction(1, 3), Fraction(2, 3)]
    unweighted = sum(probability(law, lambda z: z < 1) for law in classes) / 2
    weighted = sum(q * probability(law, lambda z: z < 1) for q, law in zip(priors, classes, strict=True))
    assert (unweighted, weighted) == (Fraction(1, 2), Fraction(1, 3))
