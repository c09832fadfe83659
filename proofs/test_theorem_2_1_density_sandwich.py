"""Theorem 2.1: the density's region lies between two intersections of ellipsoid exteriors.

**Claim**
Ours. Let c_i(t) = 2 log(π_i/(t (2π)^{H/2} det(Σ_i)^{1/2})) and q_i the squared Mahalanobis distances. Then {q_i >
c_i(t) + 2 log K for all i} ⊂ {q̂ < t} ⊂ {q_i > c_i(t) for all i}.

**Verdict**
Proved.

**What is true**
As claimed, for every mixture. 2 log K cannot be replaced by a smaller constant valid for all mixtures.

**Proof**
π_i N_i(z) = t exp((c_i(t) − q_i)/2), so q_i > c_i(t) iff π_i N_i < t, and q_i > c_i(t) + 2 log K = c_i(t/K) iff π_i
N_i < t/K. With m = max_i π_i N_i, m < q̂ ≤ K m for K ≥ 2. If every π_i N_i < t/K then q̂ ≤ K m < t; if q̂ < t then m
< t. For K equal components q̂ = K m, so {q̂ < t} is exactly the inner set: a smaller constant would fail there.

**What the machine checks**
The identity between densities and radii in the plane with symbolic diagonal covariance, prior and level; the
implications by z3 with K symbolic from m ≤ q̂ ≤ K m; that inequality with explicit terms for K = 4.

**Sources**
Corrects proposition 2 of Pearce, Brintrup & Zhu (2021).
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import ellipsoid_radius, squared_mahalanobis
from softmax_geometry.symbolic.softmax import weighted_densities

x, y = sp.symbols("x y", real=True)
s, r, prior, t, K = sp.symbols("s r prior t K", positive=True)
q_hat, m, level, classes = z3.Reals("q_hat m t K")
BETWEEN = [classes >= 2, m > 0, level > 0, m <= q_hat, q_hat <= classes * m]


@pytest.mark.proves("Theorem 2.1")
def test_a_component_is_below_t_exactly_outside_its_ellipsoid():
    covariance = [[s, 0], [0, r]]
    (weighted,) = weighted_densities([x, y], [[0, 0]], [covariance], [prior])
    exponent = (ellipsoid_radius(t, prior, covariance) - squared_mahalanobis([x, y], [0, 0], covariance)) / 2
    assert sp.simplify(weighted / t / sp.exp(exponent)) == 1
    larger = ellipsoid_radius(t / K, prior, covariance) - ellipsoid_radius(t, prior, covariance)
    assert sp.simplify(sp.expand_log(larger - 2 * sp.log(K), force=True)) == 0


@pytest.mark.proves("Theorem 2.1")
def test_the_two_inclusions_for_every_K():
    prove(z3.Implies(m * classes < level, q_hat < level), BETWEEN)
    prove(z3.Implies(q_hat < level, m < level), BETWEEN)


@pytest.mark.second_route("Theorem 2.1")
def test_explicit_terms_for_four_components():
    terms = z3.Reals("p1 p2 p3 p4")
    positive = [p > 0 for p in terms]
    prove(z3.Implies(z3.And(*[4 * p < level for p in terms]), z3.Sum(terms) < level), [*positive, level > 0])
    prove(z3.Implies(z3.Sum(terms) < level, z3.And(*[p < level for p in terms])), [*positive, level > 0])


@pytest.mark.second_route("Theorem 2.1")
def test_a_correlated_covariance():
    covariance = [[2, 1], [1, 1]]
    point = [sp.Rational(1, 2), -3]
    (weighted,) = weighted_densities(point, [[1, 0]], [covariance], [sp.Rational(1, 3)])
    radius = ellipsoid_radius(weighted, sp.Rational(1, 3), covariance)  # the contour through the point
    assert sp.simplify(radius - squared_mahalanobis(point, [1, 0], covariance)) == 0
    assert squared_mahalanobis(point, [1, 0], covariance) == sp.Rational(61, 4)


@pytest.mark.twin("Theorem 2.1")
def test_a_smaller_constant_fails_for_equal_components():
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Implies(m * (classes - z3.Q(1, 10)) < level, q_hat < level), BETWEEN)
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    assert model["m"] * (model["K"] - sp.Rational(1, 10)) < model["t"] <= model["q_hat"]
    half = sp.Rational(1, 2)
    two_equal = weighted_densities([x], [[0], [0]], [[[1]], [[1]]], [half, half])
    assert sp.simplify(sp.Add(*two_equal) / two_equal[0]) == 2


@pytest.mark.twin("Theorem 2.1")
def test_the_outer_set_is_not_the_region():
    with pytest.raises(RefutedError):
        prove(z3.Implies(m < level, q_hat < level), BETWEEN)
