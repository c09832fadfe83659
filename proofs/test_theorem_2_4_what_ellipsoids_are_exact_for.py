"""Theorem 2.4: what the corrected eq 23 is the exact region of.

**Claim**
Ours. With Σ_i⁻¹, ∩{q_i > c_i(t)} is the exact region of the score −log max_i π_i N_i, and ∩{q_i > c} with one radius
c that of the Mahalanobis score min_i q_i. With c = χ²_{H,1−ε} its training mass is at most ε for every mixture of
these components, with equality only if all components coincide.

**Verdict**
Proved.

**What is true**
As claimed. For well separated components U_density's own radii are c_i(t) with Σ π_i P(χ²_H > c_i(t)) = ε; they are
all χ²_{H,1−ε} only if all π_i/det(Σ_i)^{1/2} are equal. For H = 2 (and all c_i ≥ 0) t = ε/(2π Σ det(Σ_i)^{1/2}) in
closed form.

**Proof**
max_i π_i N_i < t iff every π_i N_i < t iff every q_i > c_i(t); min_i q_i > c iff every q_i > c. In class j, P_j(q_j
> c) = ε as q_j ~ χ²_H, so P(∩{q_i > c}) = Σ π_j P_j(∩{q_i > c}) ≤ Σ π_j P_j(q_j > c) = ε. Equality needs P_j(q_j >
c, q_i ≤ c) = 0 for all i, j; a Gaussian charges every open set, so the ellipsoids {q_i ≤ c} would all be contained
in each other: equal, hence equal μ_i and Σ_i. In the limit of separation P_j(q̂ < t) → P(χ²_H > c_j(t)) by theorem
2.2. c_i(t) = c for all i iff π_i/det(Σ_i)^{1/2} is constant. For H = 2, P(χ²_2 > c) = e^{−c/2}, and Σ π_i
e^{−c_i(t)/2} = 2πt Σ det(Σ_i)^{1/2}.

**What the machine checks**
The set identities and the union bound by z3; the closed form for H = 2 with symbolic priors and variances;
strictness for an example on the line in ball arithmetic.

**Sources**
Lee et al. (2018) for the Mahalanobis score. Corrects proposition 2 of Pearce, Brintrup & Zhu (2021).
"""

import pytest
import sympy as sp
import z3

from numerics.enclosures import enclose_root
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import ellipsoid_radius
from softmax_geometry.symbolic.two_class import mass_outside

p, t = z3.Reals("p1 p2 p3"), z3.Real("t")
prior, s, r, epsilon = sp.symbols("prior s r epsilon", positive=True)
PLANE = [[[s, 0], [0, s]], [[r, 0], [0, r]]]


def largest(terms):
    result = terms[0]
    for term in terms[1:]:
        result = z3.If(term > result, term, result)
    return result


@pytest.mark.proves("Theorem 2.4")
def test_a_maximum_is_below_a_level_iff_every_term_is():
    prove((largest(p) < t) == z3.And(*[term < t for term in p]))
    smallest = -largest([-term for term in p])
    prove((smallest > t) == z3.And(*[term > t for term in p]))


@pytest.mark.proves("Theorem 2.4")
def test_the_mass_outside_all_ellipsoids_is_at_most_epsilon():
    share, level = z3.Reals("share epsilon")
    outside = z3.Reals("all1 all2")  # P_j(outside every ellipsoid) ≤ P_j(outside its own) = ε
    bounds = [share > 0, share < 1, level > 0, *[z3.And(mass >= 0, mass <= level) for mass in outside]]
    total = share * outside[0] + (1 - share) * outside[1]
    prove(total <= level, bounds)
    prove(z3.Implies(total == level, z3.And(*[mass == level for mass in outside])), bounds)


@pytest.mark.proves("Theorem 2.4")
def test_the_level_of_separated_components_in_the_plane():
    t_star = epsilon / (2 * sp.pi * (s + r))
    radii = [ellipsoid_radius(t_star, q, cov) for q, cov in zip([prior, 1 - prior], PLANE, strict=True)]
    total = sp.Add(*[q * sp.exp(-c / 2) for q, c in zip([prior, 1 - prior], radii, strict=True)])
    assert sp.simplify(total - epsilon) == 0
    gap = sp.simplify(sp.exp((radii[0] - radii[1]) / 2))
    assert sp.simplify(gap - (prior / s) / ((1 - prior) / r)) == 0  # equal radii iff π_i/det^{1/2} equal


@pytest.mark.second_route("Theorem 2.4")
def test_chi_squared_tail_in_the_plane_and_on_the_line():
    u, c = sp.symbols("u c", positive=True)
    density = u ** (sp.Integer(2) / 2 - 1) * sp.exp(-u / 2) / (2 * sp.gamma(1))
    assert sp.simplify(sp.integrate(density, (u, c, sp.oo)) - sp.exp(-c / 2)) == 0
    line = mass_outside(sp.sqrt(c), [0], [1], [1])  # P(|z| > √c) for one class: P(χ²_1 > c)
    assert sp.simplify(line - (1 - sp.erf(sp.sqrt(c / 2)))) == 0


@pytest.mark.twin("Theorem 2.4")
def test_for_two_different_components_the_mass_is_strictly_below_epsilon():
    """Unit clusters at ±1 and c = χ²_{1,0.95}: the region is |z| > 1 + √c, of mass below 0.03."""
    a = sp.Symbol("a", positive=True)
    root_c = enclose_root(BallFunction(mass_outside(a, [0], [1], [1]) - sp.Rational(1, 20), a), (1, 3))
    half = sp.Rational(1, 2)
    mass = BallFunction(mass_outside(a, [1, -1], [1, 1], [half, half]), a)(1 + root_c)
    assert mass < BallFunction(sp.Rational(3, 100))()
    coinciding = BallFunction(mass_outside(a, [0, 0], [1, 1], [half, half]), a)(root_c)
    assert coinciding.overlaps(BallFunction(sp.Rational(1, 20))())


@pytest.mark.twin("Theorem 2.4")
def test_equality_is_not_implied():
    share, level, first = z3.Reals("share epsilon all1")
    with pytest.raises(RefutedError):
        prove(
            share * first + (1 - share) * level == level,
            [share > 0, share < 1, level > 0, first >= 0, first <= level],
        )
