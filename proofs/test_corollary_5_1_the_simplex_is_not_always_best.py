"""Corollary 5.1: for four classes a square can have a larger linear valid region than the simplex.

**Claim** (paper). Assume that for the optimal structure, for any K ≥ 2, U_max always increases for a decrease in
max_i cos θ_{z,i}, and that ‖μ_i‖ = c2. Then the optimal structure maximises the linear approximate valid OOD region.

**Verdict.** Refuted. The hypothesis fails for every K ≥ 4 and for K = 3, H ≥ 3 (theorems 4 and 5), so the corollary
says nothing there; the "volume" of an unbounded region is not defined; and read as mass under a centred law the
conclusion is false at K = 4.

**What is true.** K = 4, H = 3, ‖w_i‖ = c1, ‖μ_i‖ = c2, c1 c2 = 2, classes collapsed on μ_i = (c2/c1) w_i. OOD law
N(0, (c2/2)² I). The linear region {M < L}, M the gap of the two largest logits, L the log-odds of the confidence at
the means. Simplex: mass .850359…; square w = ±c1 e_1, ±c1 e_2: mass .855554…. At c1 c2 = 10 the simplex wins. See the
other parts of this corollary for what holds in general.

**Proof.** Put c = c1 c2, s the standard deviation of z, so c1 s = c/2. The complement of {M < L} is the disjoint union
of the four sets {l_i − l_j ≥ L for all j ≠ i}, of equal mass by symmetry. *Simplex.* w_i = c1 √A (e_i − 1/4) in R^4,
A = 4/3, and the logit differences of isotropic noise are those of l_i = c1 s √A g_i with independent standard normal
g_i. So with d = L/(c1 s √A) the mass of the region is 1 − 4 ∫ φ(x) Φ(x − d)³ dx, and L = A c − log 3 as all other
logits at a mean are A c lower. *Square.* l_1 − l_3 ≥ L and l_1 − l_4 ≥ L (w_3, w_4 = ±c1 e_2) say z_1 ∓ z_2 ≥ L/c1;
their sum gives l_1 − l_2 = 2 c1 z_1 ≥ 2L ≥ L as L > 0. u = (z_1 − z_2)/√2 and (z_1 + z_2)/√2 are independent
N(0, s²): mass 1 − 4 (erfc(d/2)/2)² with d = L/(c1 s), and L = c − log(2 + e^{−c}). Both masses are then enclosed in
ball arithmetic; the integral over |x| > 10 is between 0 and 10⁻²². ∎

**What the machine checks.** Both enclosures and their strict order; the logit gaps of both structures at the means;
the hypothesis' failure by an exact comparison. Second routes: Monte Carlo with the array functions `LinearRegion`,
which know neither formula; the simplex mass by the density of the second largest logit. Twins: at
c1 c2 = 10 the same comparison comes out the other way; a larger margin threshold does not mean a larger region.

**Sources.** Pearce, Brintrup & Zhu (2021), corollary 5.1.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy as sp
from flint import arb

from numerics.balls import arb_rational, normal_cdf, normal_density
from numerics.enclosures import enclose_integral
from numerics.exact import compare_confidence
from softmax_geometry.head import Head
from softmax_geometry.regions import LinearRegion
from softmax_geometry.structure import simplex
from softmax_geometry.symbolic import structure
from softmax_geometry.symbolic.softmax import affine_logits
from softmax_geometry.symbolic.vectors import dot

SQUARE = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]


def simplex_gap(c, K=4):
    return arb_rational(Fraction(K * c, K - 1)) - arb(K - 1).log()


def square_gap(c):
    return c - (2 + arb(-c).exp()).log()


def simplex_mass(c, K=4):
    """Mass of the linear region under noise with c1 s = c/2: 1 − K ∫ φ(x) Φ(x − d)^{K−1} dx."""
    d = simplex_gap(c, K) / (arb_rational(Fraction(K, K - 1)).sqrt() * arb_rational(Fraction(c, 2)))
    return 1 - K * enclose_integral(lambda x, _: normal_density(x) * normal_cdf(x - d) ** (K - 1), -10, 10) - tail()


def tail():
    return arb_rational("1/1000000000000000000000").union(arb(0))


def square_mass(c):
    return 1 - (square_gap(c) / c).erfc() ** 2


@pytest.mark.proves("Corollary 5.1")
def test_the_square_has_the_larger_mass():
    etf, square = simplex_mass(2), square_mass(2)
    assert abs(etf - arb_rational("0.850359")) < arb_rational("1/1000000")
    assert abs(square - arb_rational("0.855554")) < arb_rational("1/1000000")
    assert square > etf


@pytest.mark.proves("Corollary 5.1")
def test_logits_at_the_means_of_both_structures():
    W = structure.simplex_coordinates(4)
    gaps = {sp.simplify(dot(W[0], W[0]) - dot(W[0], w)) for w in W[1:]}
    assert gaps == {structure.aligned_gap(1, 1, 4)} == {sp.Rational(4, 3)}
    assert sorted(affine_logits(SQUARE, SQUARE[0])) == [-1, 0, 0, 1]
    t = structure.tied_confidence(structure.aligned_gap(1, 2, 4), 4)
    odds = sp.simplify(sp.log(t / (1 - t)) - (sp.Rational(8, 3) - sp.log(3)))
    assert sp.simplify(sp.expand_log(odds, force=True)) == 0


@pytest.mark.proves("Corollary 5.1")
def test_its_hypothesis_fails_for_four_classes():
    """Larger max logit, smaller confidence, at equal ‖z‖ in H ≥ 4: both vectors are logits of the simplex."""
    l, k = [5, 5, -5, -5], [4, 2, 1, -7]
    scaled = [Fraction(x) for x in l]
    assert sum(l) == sum(k) == 0
    assert sum(x * x for x in l) == 100 > sum(x * x for x in k) == 70  # the rest of ‖z‖ lies across the span
    assert max(l) > max(k)
    assert compare_confidence(scaled, k) == -1


@pytest.mark.second_route("Corollary 5.1")
def test_monte_carlo_with_the_array_functions():
    """400,000 normal points, the same for both: the difference of the masses in standard errors."""
    z = np.random.default_rng(0).standard_normal((400_000, 3))
    masses = []
    for weight, gap in ((simplex(4, 3), simplex_gap(2)), (np.array(SQUARE, float), square_gap(2))):
        masses.append(LinearRegion(Head(weight), float(gap.mid())).contains(z))
    assert [inside.mean() for inside in masses] == pytest.approx([0.850359, 0.855554], abs=4 * 0.00057)
    difference = masses[1].astype(float) - masses[0]
    assert difference.mean() > 5 * difference.std() / np.sqrt(len(z))


@pytest.mark.second_route("Corollary 5.1")
def test_simplex_mass_by_the_second_largest_logit():
    """M ≥ L iff the largest is L above the second: density of the second of 4 is 12 φ(y) Φ(y)² (1 − Φ(y))."""
    d = simplex_gap(2) / arb_rational("4/3").sqrt()
    outside = enclose_integral(lambda y, _: 12 * normal_density(y) * normal_cdf(y) ** 2 * normal_cdf(-y - d), -10, 10)
    assert (1 - outside - tail()).overlaps(simplex_mass(2))


@pytest.mark.twin("Corollary 5.1")
def test_twin_the_square_wins_at_every_scale():
    assert square_mass(10) < simplex_mass(10)


@pytest.mark.twin("Corollary 5.1")
def test_twin_the_structure_of_larger_margin_threshold_has_the_larger_region():
    assert square_gap(2) < simplex_gap(2)
    assert not square_mass(2) < simplex_mass(2)
