"""Theorem 2.2: for well separated components the corrected eq 23 is almost exact.

**Claim**
Ours. If Σ_{j≠i} π_j N_j ≤ ηt on {q_i ≤ c_i(t) + 2 log K} for every i, 0 ≤ η < 1, then {q_i > c_i(t) + 2 log(1/(1−η))
for all i} ⊂ {q̂ < t} ⊂ {q_i > c_i(t) for all i}.

**Verdict**
Proved.

**What is true**
As claimed. With a common covariance and Mahalanobis separations D_ij one may take η = (K−1) max_{i≠j} exp((c_j −
(D_ij − √(c_i + 2 log K))₊²)/2), exponentially small in the separation.

**Proof**
Let q_i(z) > c_i + 2 log(1/(1−η)), that is π_i N_i < (1−η)t, for all i. If all q_i > c_i + 2 log K, theorem 2.1 gives
q̂ < t. Otherwise some q_i ≤ c_i + 2 log K, and there q̂ = π_i N_i + Σ_{j≠i} π_j N_j < (1−η)t + ηt = t. The second
inclusion is theorem 2.1. For a common covariance √q is a metric, so on {q_i ≤ ρ²} √q_j ≥ D_ij − ρ, and π_j N_j/t =
exp((c_j − q_j)/2).

**What the machine checks**
The two cases by z3, all quantities symbolic; the radius as that of the level (1−η)t; the bound on q_j by z3; an
example on the line in ball arithmetic.

**Sources**
Corrects proposition 2 of Pearce, Brintrup & Zhu (2021).
"""

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import ellipsoid_radius, squared_mahalanobis

own, others, t, eta = z3.Reals("own others t eta")
z = sp.Symbol("z", real=True)
LEVEL = [t > 0, eta >= 0, eta < 1, own > 0, others >= 0]
# The example: K = 2, means ±3, variance 1, equal priors, the level with c_i = 4; η from the stated bound.
ETA = sp.exp((4 - (6 - sp.sqrt(4 + 2 * sp.log(2))) ** 2) / 2)
DENSITY_OVER_T = sp.Add(*[sp.exp((4 - squared_mahalanobis([z], [mean], [[1]])) / 2) for mean in (3, -3)])


@pytest.mark.proves("Theorem 2.2")
def test_near_a_component_its_own_share_and_the_others_stay_below_t():
    prove(own + others < t, [*LEVEL, own < (1 - eta) * t, others <= eta * t])


@pytest.mark.proves("Theorem 2.2")
def test_the_radius_is_that_of_a_lower_level():
    level, share, prior, s = sp.symbols("level share prior s", positive=True)
    added = ellipsoid_radius((1 - share) * level, prior, [[s]]) - ellipsoid_radius(level, prior, [[s]])
    assert sp.simplify(sp.expand_log(added + 2 * sp.log(1 - share), force=True)) == 0


@pytest.mark.proves("Theorem 2.2")
def test_distance_to_the_other_component_with_a_common_covariance():
    r_i, r_j, D, rho = z3.Reals("r_i r_j D rho")
    reach = z3.If(rho < D, D - rho, 0)
    prove(r_j * r_j >= reach * reach, [r_i >= 0, r_j >= 0, rho >= r_i, D >= 0, r_j >= D - r_i])


@pytest.mark.second_route("Theorem 2.2")
def test_an_example_on_the_line():
    """Outside both intervals of squared radius 4 + 2 log(1/(1−η)), q̂/t < 1 (η < 0.01); symmetric in z."""
    assert BallFunction(sp.Rational(1, 100) - ETA)() > 0
    reach = sp.Rational(20043, 10000)
    assert BallFunction(reach**2 - 4 + 2 * sp.log(1 - ETA))() > 0
    below = BallFunction(1 - DENSITY_OVER_T, z)
    for low, high in ((0, 3 - reach), (3 + reach, 12)):
        assert prove_positive(below, [(str(low), str(high))]).proved


@pytest.mark.twin("Theorem 2.2")
def test_without_the_enlargement_the_inclusion_fails():
    with pytest.raises(RefutedError):
        prove(own + others < t, [*LEVEL, own < t, others <= eta * t])
    near = sp.Rational(100001, 100000)  # just outside {q ≤ 4} of the component at 3
    assert squared_mahalanobis([near], [3], [[1]]) < 4
    inside_gap = 1 - sp.Rational(1, 10**9)
    assert squared_mahalanobis([inside_gap], [3], [[1]]) > 4
    assert BallFunction(DENSITY_OVER_T.subs(z, inside_gap) - 1)() > 0
