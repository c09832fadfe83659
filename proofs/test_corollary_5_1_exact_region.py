"""Corollary 5.1, exact region: for three and four classes the simplex need not have the largest exact valid region.

**Claim** (ours, the question the paper leaves: put "exact" for "linear" in corollary 5.1). For collapsed classes
μ_i = (c2/c1) w_i, ‖w_i‖ = c1, the optimal structure has the largest mass of {max σ < t}, t = min_i σ(μ_i)_i.

**Verdict.** Refuted for z ~ N(0, s² I): for K = 4, H = 3 in two regimes, by the square w = ±c1 e_1, ±c1 e_2; for K =
3, H = 2 at small logits, by two nearly equal weights opposite the third.

**What is true.** With c = c1 c2 and c2 = 1 as the unit of length:
(a) *small logits*: s = 1 and every 0 < c ≤ 1/20. The square's mass is ≥ erf(1/√2)² = .4660…, the simplex's < .446.
(b) *far out*: c = 11/5 (confidence .86 at the means of the simplex) and s = 1000.
(c) *K = 3, H = 2, small logits*: c = 1/20, s = 2, w/c1 = (cos ψ, ±sin ψ), (−1, 0) with sin ψ = 1/50. Its mass is >
.24, that of the optimal structure < .21.

Inside ‖z‖ ≤ c2 there is no counterexample (corollary 5.1 (iii)): all use the far points that a Gaussian has.

**Proof.** *Simplex.* Write z = s(ζ w_1/c1 + v), v in the plane orthogonal to w_1, ζ and v independent and standard
normal. The logits are cs ζ and −cs ζ/3 + a_j, a_j = cs t_jᵀv, where t_2, t_3, t_4 are the parts of w_j/c1 in that
plane: Σ t_j = 0 and ‖t_i − t_j‖² = 8/3. With T = Σ_j e^{a_j} ≥ 3 (Jensen), σ_1 ≥ t iff e^{−4csζ/3} T ≤ 3e^{−4c/3},
that is

    ζ ≥ g(v) = 1/s + (3/(4cs)) log(T/3).

Let A_i = {σ_i ≥ t}; the region is the complement of their union.
*(a)* Hoeffding's lemma for the three equally likely values a_j, of mean 0 and range ≤ cs‖v‖√(8/3): log(T/3) ≤
c²s²‖v‖²/3. So g ≤ 1/s + cs‖v‖²/4, and as Φ(−x) is convex for x ≥ 0 and E‖v‖² = 2, P(A_1) ≥ Φ(−1/s − cs/2). From g ≥
1/s, A_i ⊂ {ζ_i ≥ 1/s}, ζ_i = w_iᵀz/(c1 s), of pairwise correlation −1/3. By Bonferroni the simplex has mass ≤ 1 −
4Φ(−1/s − cs/2) + 6 P(ζ_1 ≥ 1/s, ζ_2 ≥ 1/s), which increases in c. *Square.* t = 1/(1 + 2e^{−c} + e^{−2c}); its logits
are ±x, ±y, and σ at x is 1/(1 + e^{−2x} + 2e^{−x} cosh y) ≤ 1/(1 + e^{−2x} + 2e^{−x}) < t for x < c. So its region
contains {|z_1| < c2, |z_2| < c2}, for every c, of mass erf(1/(s√2))².
*(b)* L > 0 is the margin threshold. The linear region of the simplex is ζ < g_0 = (L + max a_j)/(4cs/3) in place of
g, and 4E[Φ(g) − Φ(g_0)] ≤ (4/√(2π)) (3/(4cs)) E[log T − max a_j], where log T − max a_j ≤ Σ_{i<j} e^{−|a_i−a_j|}.
Each a_i − a_j is N(0, τ²), τ = cs√(8/3), so that E e^{−|a_i−a_j|} ≤ √(2/π)/τ. In all, exact mass ≤ linear mass +
9/(π√(8/3) c²s²). The square's exact region contains its linear one (corollary 2.1). Linear masses: 1 −
4∫φ(x)Φ(x−d)³dx, d = L/(cs√(4/3)), and 1 − erfc(d/2)², d = L/(cs), as in corollary 5.1.
*(c)* As in (a), with T = 2 cosh(√3 csv/2) and log cosh u ≤ u²/2: g ≤ 1/s + cs v²/4, and the simplex has mass ≤ 1 −
3Φ(−1/s − cs/4) + 3 P(ζ_1 ≥ 1/s, ζ_2 ≥ 1/s) at correlation −1/2. For the other structure let κ = c(1 + cos ψ). The
odds against the truth at its means are R = e^{−2c sin²ψ} + e^{−κ}, twice, and 2e^{−κ} < R. At z = (x, y), v = c sin ψ
y, the odds against class 1 are e^{−2v} + e^{−κx−v}, those against class 3 are 2cosh(v) e^{κx} ≥ 2e^{κx}. So for |v| ≤
V its region contains all z with log(R/2) < κx < −log(R − e^{−2V}) − V. Take V = c sin ψ · 4s. ∎

**What the machine checks.** All numbers in ball arithmetic, (a) at the end c = 1/20 of its range; the geometry of the
t_j, g, the square's inclusion and the constant of (b) by sympy and z3. Second routes: (a) and (c) by the array
functions on samples, (b) by the limit of s times the mass, from the widths and the angles of the boundary sectors,
for every c in [19/10, 5/2]. A person must read Hoeffding's lemma, Bonferroni's inequality and the splitting of z.

**Sources.** Hoeffding (1963), lemma 1; corollary 5.1 of Pearce, Brintrup & Zhu (2021).
"""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
import z3

from numerics.balls import arb, arb_rational, normal_cdf, normal_density
from numerics.enclosures import enclose_integral, prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.estimators import U_max_log
from softmax_geometry.head import Head
from softmax_geometry.regions import ValidRegion
from softmax_geometry.structure import simplex
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.regions import margin_from_confidence, width
from softmax_geometry.symbolic.softmax import affine_logits, softmax
from softmax_geometry.symbolic.vectors import dot
from softmax_geometry.thresholds import Threshold

SQUARE = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]
c = sp.Symbol("c", positive=True)
simplex_margin = margin_from_confidence(structure.largest_least_confidence(c, 1, 4))
square_confidence = softmax(affine_logits(SQUARE, [c, 0, 0]))[0]
square_margin = margin_from_confidence(square_confidence)
REST = arb(0).union(normal_cdf(arb(-12)))


def tail(x):
    return normal_cdf(-x)


def both_beyond(a):
    """P(ζ_1 ≥ a, ζ_2 ≥ a) at correlation −1/3: given ζ_1 = x, ζ_2 ~ N(−x/3, 8/9)."""
    spread = (arb(8) / 9).sqrt()
    return enclose_integral(lambda x, _: normal_density(x) * normal_cdf(-(a + x / 3) / spread), a, 12) + REST


def simplex_upper(product, s=1):
    a = 1 / arb_rational(s)
    shift = arb_rational(product) * arb_rational(s) / 2
    return 1 - 4 * tail(a + shift) + 6 * both_beyond(a)


def square_lower(s=1):
    return (1 / (arb_rational(s) * arb(2).sqrt())).erf() ** 2


def simplex_linear(product, s):
    d = BallFunction(simplex_margin, c)(arb_rational(product)) / (arb_rational(product) * s * (arb(4) / 3).sqrt())
    return 1 - 4 * enclose_integral(lambda x, _: normal_density(x) * normal_cdf(x - d) ** 3, -12, 12) - 8 * REST


def square_linear(product, s):
    d = BallFunction(square_margin, c)(arb_rational(product)) / (arb_rational(product) * s)
    return 1 - (d / 2).erfc() ** 2


def excess(product, s):
    return 9 / (arb.pi() * (arb(8) / 3).sqrt() * (arb_rational(product) * s) ** 2)


@pytest.mark.proves("Corollary 5.1, exact region")
def test_small_logits():
    assert square_lower() > arb_rational("0.466")
    assert simplex_upper("1/20") < arb_rational("0.446")
    assert simplex_upper("1/1000") < simplex_upper("1/20") < square_lower()


@pytest.mark.proves("Corollary 5.1, exact region")
def test_far_out():
    assert square_linear("11/5", 1000) > simplex_linear("11/5", 1000) + excess("11/5", 1000)


@pytest.mark.proves("Corollary 5.1, exact region")
def test_geometry_of_the_competitors():
    """With w_1 = (0, 0, −1) last in Helmert's basis, the first two coordinates of the others are t_j."""
    *others, w = structure.simplex_coordinates(4)
    assert w == [0, 0, -1]
    t = [v[:2] for v in others]
    assert [sp.simplify(dot(v, w)) for v in others] == [structure.simplex_cosine(4)] * 3
    assert [sp.simplify(sum(column)) for column in zip(*t, strict=True)] == [0, 0]
    distances = {sp.simplify((u[0] - v[0]) ** 2 + (u[1] - v[1]) ** 2) for u in t for v in t if u != v}
    assert distances == {sp.Rational(8, 3)}


@pytest.mark.proves("Corollary 5.1, exact region")
def test_the_boundary_is_a_graph_over_the_plane():
    s, T = sp.symbols("s T", positive=True)
    g = 1 / s + 3 / (4 * c * s) * sp.log(T / 3)
    odds = sp.exp(-c * s * g * (1 - structure.simplex_cosine(4))) * T
    threshold = sp.simplify(1 / structure.largest_least_confidence(c, 1, 4) - 1)
    assert sp.simplify(odds / threshold) == 1
    hoeffding = (c * s * sp.Symbol("r")) ** 2 * sp.Rational(8, 3) / 8
    assert sp.simplify(3 / (4 * c * s) * hoeffding - c * s * sp.Symbol("r") ** 2 / 4) == 0
    x = sp.Symbol("x", positive=True)
    assert sp.simplify(sp.diff(sp.erfc(x), x, 2)).is_positive  # Φ(−x) is convex


@pytest.mark.proves("Corollary 5.1, exact region")
def test_the_square_contains_a_square_prism():
    """E = e^{−x} > F = e^{−c} for x < c, and C = cosh y ≥ 1: the odds at x exceed those at the mean."""
    x, y = sp.symbols("x y", real=True)
    odds = 1 / softmax(affine_logits(SQUARE, [x, y, 0]))[0] - 1
    assert sp.simplify((odds - sp.exp(-2 * x) - 2 * sp.exp(-x) * sp.cosh(y)).rewrite(sp.exp)) == 0
    E, F, C = z3.Reals("E F C")
    prove(E * E + 2 * E * C > F * F + 2 * F, [E > F, F > 0, C >= 1])


@pytest.mark.proves("Corollary 5.1, exact region")
def test_constant_of_the_excess():
    s = sp.Symbol("s", positive=True)
    tau = c * s * sp.sqrt(sp.Rational(8, 3))
    n = sp.Symbol("n", positive=True)
    laplace = sp.integrate(2 / sp.sqrt(2 * sp.pi) * sp.exp(-tau * n), (n, 0, sp.oo))  # ≥ E e^{−τ|N|}, as φ ≤ φ(0)
    total = 4 / sp.sqrt(2 * sp.pi) * 3 / (4 * c * s) * 3 * laplace
    assert sp.simplify(total - 9 / (sp.pi * sp.sqrt(sp.Rational(8, 3)) * (c * s) ** 2)) == 0


PSI = sp.asin(sp.Rational(1, 50))
BUNCH = [[sp.cos(PSI), sp.sin(PSI)], [sp.cos(PSI), -sp.sin(PSI)], [-1, 0]]
TWENTIETH = sp.Rational(1, 20)


def three_class_upper(product, s):
    """Bonferroni's bound for the simplex in the plane; given ζ_1 = x, ζ_2 ~ N(−x/2, 3/4)."""
    a, spread = 1 / arb_rational(s), (arb(3) / 4).sqrt()
    both = enclose_integral(lambda x, _: normal_density(x) * normal_cdf(-(a + x / 2) / spread), a, 12) + REST
    return 1 - 3 * tail(a + arb_rational(product) * arb_rational(s) / 4) + 3 * both


def bunch_lower(s):
    """Mass of the rectangle in the region of the two nearly equal weights, c1c2 = 1/20."""
    kappa = TWENTIETH * (1 + sp.cos(PSI))
    R = sp.exp(-2 * TWENTIETH * sp.sin(PSI) ** 2) + sp.exp(-kappa)
    V = TWENTIETH * sp.sin(PSI) * 4 * s
    left, right = (BallFunction(end / (kappa * s))() for end in (sp.log(R / 2), -sp.log(R - sp.exp(-2 * V)) - V))
    return (normal_cdf(right) - normal_cdf(left)) * (1 - 2 * tail(arb(4)))


@pytest.mark.proves("Corollary 5.1, exact region")
def test_three_classes_at_small_logits():
    assert bunch_lower(2) > arb_rational("6/25")
    assert three_class_upper("1/20", 2) < arb_rational("21/100")


@pytest.mark.proves("Corollary 5.1, exact region")
def test_three_classes_odds_and_graph():
    x, y, psi = sp.symbols("x y psi", real=True)
    W = [[sp.cos(psi), sp.sin(psi)], [sp.cos(psi), -sp.sin(psi)], [-1, 0]]
    kappa, v = c * (1 + sp.cos(psi)), c * sp.sin(psi) * y
    l = [c * logit for logit in affine_logits(W, [x, y])]
    odds = [sp.exp(-2 * v) + sp.exp(-kappa * x - v), 2 * sp.cosh(v) * sp.exp(kappa * x)]
    for top, claimed in ((0, odds[0]), (2, odds[1])):
        assert sp.simplify((1 / softmax(l)[top] - 1 - claimed).rewrite(sp.exp)) == 0
    at_mean = odds[0].subs({x: sp.cos(psi), y: sp.sin(psi)}) - (sp.exp(-2 * c * sp.sin(psi) ** 2) + sp.exp(-kappa))
    assert sp.simplify(at_mean) == 0
    s, u = sp.symbols("s u", positive=True)
    threshold = sp.simplify(1 / structure.largest_least_confidence(c, 1, 3) - 1)
    g = 1 / s + 2 / (3 * c * s) * sp.log(u)  # u = T/2
    assert sp.simplify(sp.exp(-sp.Rational(3, 2) * c * s * g) * 2 * u / threshold) == 1
    assert sp.diff(sp.log(sp.cosh(u)) - u**2 / 2, u, 2).simplify() == -(sp.tanh(u) ** 2)  # and value, slope 0 at 0


@pytest.mark.second_route("Corollary 5.1, exact region")
def test_three_classes_by_the_array_functions():
    z = 2 * np.random.default_rng(1).standard_normal((200_000, 2))
    masses = []
    for W in (simplex(3) / 20, np.array(BUNCH, dtype=float) / 20):
        head = Head(W)
        means = 20 * W
        score = U_max_log(head.logits(means)).max()
        masses.append(ValidRegion(head, Threshold("U_max", 0.05, float(score), "empirical")).contains(z).mean())
    error = 5 * 0.5 / np.sqrt(len(z))
    assert masses[0] < float(three_class_upper("1/20", 2).mid()) + error
    assert masses[1] > float(bunch_lower(2).mid()) - error
    assert masses[1] - masses[0] > 2 * error


@pytest.mark.second_route("Corollary 5.1, exact region")
def test_small_logits_by_the_array_functions():
    z = np.random.default_rng(0).standard_normal((200_000, 3))
    masses = []
    for W, t in (
        (simplex(4) / 20, structure.largest_least_confidence(sp.Rational(1, 20), 1, 4)),
        (np.array(SQUARE) / 20, square_confidence.subs(c, sp.Rational(1, 20))),
    ):
        masses.append(ValidRegion(Head(W), Threshold("U_max", 0.05, float(sp.log(1 - t)), "empirical")).contains(z))
    simplex_mass, square_mass = (inside.mean() for inside in masses)
    error = 5 * 0.5 / np.sqrt(len(z))
    assert simplex_mass < float(simplex_upper("1/20").mid()) + error
    assert square_mass > float(square_lower().mid()) - error
    assert square_mass - simplex_mass > 2 * error


def far_field(margin, widths_and_angles):
    """Lim √(2π) s P(region): Σ over boundary sectors of width × angle/2π."""
    return sp.Add(*[margin * w * angle / (2 * sp.pi) for w, angle in widths_and_angles])


def far_field_gain():
    """Square minus simplex, at ‖w_i‖ = c and c2 = 1; a sector of the simplex spans the angle of −w_3 and −w_4."""
    scaled = [[c * x for x in w] for w in structure.simplex_coordinates(4)]
    sector = sp.acos(structure.simplex_cosine(4))
    ours = far_field(simplex_margin, [(sp.simplify(width(1, scaled[0], scaled[1])), sector)] * 6)
    theirs = far_field(square_margin, [(width(1, [c, 0, 0], [0, c, 0]), sp.pi)] * 4)
    return theirs - ours


@pytest.mark.second_route("Corollary 5.1, exact region")
def test_far_field_for_a_range_of_scales():
    gain = BallFunction(far_field_gain(), c)
    assert prove_positive(gain, [("19/10", "5/2")], derivative=gain.derivative).proved


@pytest.mark.second_route("Corollary 5.1, exact region")
def test_linear_masses_approach_the_far_field():
    s, two_pi = 1000, (2 * arb.pi()).sqrt()
    gain = two_pi * s * (square_linear("11/5", s) - simplex_linear("11/5", s))
    assert abs(gain - BallFunction(far_field_gain(), c)(arb_rational("11/5"))) < arb_rational("1/1000")


@pytest.mark.twin("Corollary 5.1, exact region")
def test_twin_the_simplex_has_the_larger_mass():
    assert not simplex_upper("1/20") >= square_lower()


@pytest.mark.twin("Corollary 5.1, exact region")
def test_twin_the_square_wins_far_out_at_every_scale():
    gain = BallFunction(far_field_gain(), c)
    assert prove_positive(gain, [("19/10", 4)], derivative=gain.derivative).refuted
    assert not square_linear(4, 1000) > simplex_linear(4, 1000) + excess(4, 1000)


@pytest.mark.twin("Corollary 5.1, exact region")
def test_twin_three_classes_near_the_means():
    """At s = 1/2 the same bounds no longer separate the two, and the simplex has more: Bonferroni from below."""
    assert not bunch_lower(sp.Rational(1, 2)) > three_class_upper("1/20", "1/2")
    assert 1 - 3 * tail(arb(2)) > bunch_lower(sp.Rational(1, 2))


@pytest.mark.twin("Corollary 5.1, exact region")
def test_twin_the_prism_without_the_bound_on_the_hyperbolic_cosine():
    E, F, C = z3.Reals("E F C")
    with pytest.raises(RefutedError):
        prove(E * E + 2 * E * C > F * F + 2 * F, [E > F, F > 0, C >= 0])
