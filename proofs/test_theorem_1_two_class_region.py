"""Theorem 1: the valid region of two classes is a slab around the decision boundary.

**Claim**
K = 2, w_1 = −w_2. The valid region of U_max and U_entropy is {z : w_1ᵀ(z_0 − αw_1) < w_1ᵀz < w_1ᵀ(z_0 + αw_1)} (eqs
11, 17), z_0 on the decision boundary and α > 0 solving P(z ∉ R) = π_1 P(z ∉ R|1) + π_2 P(z ∉ R|2) = 1−ε (eqs 12,
19). The proof uses the gradient (eqs 13, 14), the two hyperplanes (15, 16) and that U is larger inside (18).

**Verdict**
Corrected: eqs 12 and 19 must be a quantile, since they may have no solution or many when the law of the margin has
atoms or gaps; the assumption w_1 = −w_2 can be dropped. Eqs 13–18 are right.

**What is true**
Theorem 1*. K = 2, any weights and biases, g(z) = (w_1−w_2)ᵀz + b_1 − b_2, any law, any uncertainty that is a
strictly Schur-concave function of σ. Then R_ε = {|g| < s_ε}, s_ε = inf{s ≥ 0 : P(|g| ≤ s) ≥ ε}. It is empty if w_1 =
w_2, or if P(g = 0) ≥ ε. The Euclidean half-width is s_ε/‖w_1−w_2‖; for w_1 = −w_2, s_ε = 2α‖w_1‖² and the half-width
is α‖w_1‖. Where |g| has a continuous strictly increasing distribution function, eq 19 has exactly one solution and
it is this one.

**Proof**
σ_1 = 1/(1+e^{−g}), so σ is a permutation of (p, 1−p) with p = 1/(1+e^{−|g|}), strictly increasing in |g|. For p > p′
≥ 1/2, (p, 1−p) strictly majorises (p′, 1−p′), so U falls strictly with |g| (this is eq 18). Hence U(z) < U(z_0) iff
|g(z)| > |g(z_0)|, and z_0 ∈ R_ε iff P(|g| > s_0) > 1−ε with s_0 = |g(z_0)|, iff P(|g| ≤ s_0) < ε. That distribution
function is non-decreasing and right-continuous, so {s : P(|g| ≤ s) ≥ ε} = [s_ε, ∞) and the condition is s_0 < s_ε.
If w_1 = w_2, g is constant, s_ε = |g|, and the region is empty. The planes |g| = s are at distance s/‖w_1−w_2‖ from
g = 0. With w_1 = −w_2 and z = z_0 ± αw_1, g = ±2α‖w_1‖².

**What the machine checks**
Eqs 13–18 symbolically (z3 for 18); the quantile by z3 for every law of |g| on four atoms with all positions and
masses symbolic. The general law is the written argument, the same right-continuity.

**Sources**
Pearce, Brintrup & Zhu (2021), theorem 1, eqs 11–19. Marshall, Olkin & Arnold (2011) for Schur-concavity.
"""

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
import z3

from numerics.laws import as_law, image, probability, threshold
from numerics.polynomials import positive
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.gradients import U_max_gradient
from softmax_geometry.symbolic.regions import offset, theorem_1_offset, width
from softmax_geometry.symbolic.softmax import affine_logits, softmax
from softmax_geometry.symbolic.two_class import discrete_offset, mass_outside, mass_outside_law
from softmax_geometry.symbolic.vectors import dot, squared_norm

w = list(sp.symbols("w1 w2", real=True))
opposite = [-x for x in w]
l1, l2, alpha = sp.symbols("l1 l2 alpha", real=True)
a = sp.Symbol("a", positive=True)

sizes, masses = z3.Reals("s1 s2 s3 s4"), z3.Reals("m1 m2 m3 m4")
s0, epsilon = z3.Reals("s0 epsilon")
ANY_LAW = [
    z3.And(sizes[0] >= 0, sizes[0] < sizes[1], sizes[1] < sizes[2], sizes[2] < sizes[3]),
    z3.And(*[m >= 0 for m in masses]),
    z3.Sum(masses) == 1,
    z3.And(epsilon > 0, epsilon < 1, s0 >= 0),
]


def quantile(reached):
    """The first atom at which the cumulated mass has reached the level."""
    result = sizes[3]
    for k in (2, 1, 0):
        result = z3.If(reached(z3.Sum(masses[: k + 1])), sizes[k], result)
    return result


def in_region():
    return z3.Sum([z3.If(s > s0, m, 0) for s, m in zip(sizes, masses, strict=True)]) > 1 - epsilon


@pytest.mark.proves("Theorem 1")
def test_equations_13_and_14():
    p = softmax([l1, l2])
    gradient = U_max_gradient([l1, l2], [w, opposite], 0)
    for h in range(2):
        assert sp.simplify(gradient[h] - p[0] * (1 - p[0]) * (opposite[h] - w[h])) == 0
        assert sp.simplify(gradient[h] - 2 * p[0] * (1 - p[0]) * -w[h]) == 0


@pytest.mark.proves("Theorem 1")
def test_equations_15_to_17_the_planes_are_level_sets_of_the_margin():
    z0 = [-w[1], w[0]]  # on the boundary w_1ᵀz = 0
    for sign in (1, -1):
        point = [x + sign * alpha * y for x, y in zip(z0, w, strict=True)]
        logits = affine_logits([w, opposite], point)
        assert sp.expand(logits[0] - logits[1] - sign * 2 * alpha * squared_norm(w)) == 0
        assert sp.expand(dot(w, point) - sign * alpha * squared_norm(w)) == 0


@pytest.mark.proves("Theorem 1", "Theorem 1*")
def test_equation_18_confidence_rises_with_the_size_of_the_margin():
    inner, outer = sp.symbols("inner outer")  # e^{|g|} ≥ 1
    p, q = (softmax([sp.log(e), 0])[0] for e in (outer, inner))
    prove(positive(p - q), [z3.Real("inner") >= 1, z3.Real("outer") > z3.Real("inner")])


@pytest.mark.proves("Theorem 1*")
def test_the_region_is_below_the_quantile_of_any_law():
    prove(in_region() == (s0 < quantile(lambda cumulated: cumulated >= epsilon)), ANY_LAW)


@pytest.mark.second_route("Theorem 1*")
def test_offset_of_discrete_laws_against_definition_1_in_exact_fractions():
    margins = [-2, -1, 0, 1, 3]
    for counts in product(range(4), repeat=4):
        if sum(counts) <= 6:
            law = as_law({g: Fraction(n, 6) for g, n in zip(margins, (*counts, 6 - sum(counts)), strict=True)})
            atoms, weights = list(law), [sp.Rational(p.numerator, p.denominator) for p in law.values()]
            for level in (Fraction(1, 6), Fraction(1, 4), Fraction(1, 2), Fraction(5, 6)):
                size = discrete_offset(atoms, weights, sp.Rational(level.numerator, level.denominator))
                assert -size == threshold(image(law, lambda g: -abs(g)), level)


@pytest.mark.second_route("Theorem 1", "Theorem 1*")
def test_equation_19_for_continuous_laws():
    """P(|g| > a) = Σ π_i [1 − G_i(a) + G_i(−a)]: its derivative is minus the density of |g|, and it is 1 at 0."""
    G = [sp.Function("G1"), sp.Function("G2")]
    t, p = sp.Symbol("t"), sp.Symbol("p")
    mass = mass_outside_law(a, G, [p, 1 - p])
    densities = [sp.diff(law(t), t) for law in G]
    of_size = sp.Add(*[q * (d.subs(t, a) + d.subs(t, -a)) for q, d in zip([p, 1 - p], densities, strict=True)])
    assert sp.simplify((sp.diff(mass, a) + of_size).doit()) == 0
    assert sp.expand(mass.subs(a, 0)) == 1
    means, stds = [2, -1], [1, 3]
    laws = zip(means, stds, strict=True)
    normal = [lambda x, m=m, s=s: (1 + sp.erf((x - m) / (s * sp.sqrt(2)))) / 2 for m, s in laws]
    gaussian = mass_outside(a, means, stds, [p, 1 - p])
    assert sp.simplify(mass_outside_law(a, normal, [p, 1 - p]) - gaussian) == 0


@pytest.mark.second_route("Theorem 1*")
def test_units_of_the_offsets_and_widths():
    s = sp.Symbol("s", positive=True)
    in_units_of_w_1 = theorem_1_offset(offset(s, w, opposite))
    assert sp.simplify(2 * in_units_of_w_1 * squared_norm(w) - s) == 0
    full_width = width(s, w, opposite)
    assert sp.simplify(full_width**2 - (2 * in_units_of_w_1) ** 2 * squared_norm(w)) == 0
    assert full_width.subs({w[0]: 3, w[1]: 4, s: 10}) == 2


@pytest.mark.twin("Theorem 1")
def test_equation_12_may_have_no_solution_or_many():
    quarters = as_law(dict.fromkeys((-2, -1, 1, 2), "1/4"))
    outside = {s: probability(quarters, lambda g, s=s: abs(g) >= s) for s in (Fraction(1, 2), 1, Fraction(3, 2), 2, 3)}
    assert 1 - Fraction(1, 5) not in outside.values()
    assert outside[Fraction(3, 2)] == outside[2] == Fraction(1, 2)
    fourths = [sp.Rational(1, 4)] * 4
    assert discrete_offset([-2, -1, 1, 2], fourths, sp.Rational(1, 5)) == 1
    assert discrete_offset([0, 0, 1, 2], fourths, sp.Rational(1, 2)) == 0  # P(g = 0) ≥ ε: no α > 0


@pytest.mark.twin("Theorem 1*")
def test_a_strict_quantile_is_refuted():
    with pytest.raises(RefutedError) as refuted:
        prove(in_region() == (s0 < quantile(lambda cumulated: cumulated > epsilon)), ANY_LAW)
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert any(sum(model[f"m{i}"] for i in range(1, k)) == model["epsilon"] for k in range(2, 5))


@pytest.mark.twin("Theorem 1", "Theorem 1*")
def test_the_margin_itself_in_place_of_its_size_is_refuted():
    p = softmax([sp.log(sp.Symbol("e")), 0])[0]
    with pytest.raises(RefutedError):  # e^g < 1: class 1 loses, its probability is no confidence
        prove(positive(2 * p - 1), [z3.Real("e") > 0])
    assert discrete_offset([-3, 1], [sp.Rational(1, 2)] * 2, sp.Rational(1, 2)) == 1 != -3
