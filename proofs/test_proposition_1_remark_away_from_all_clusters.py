"""Remark after proposition 1: the density's gradient cannot always point away from the clusters.

**Claim**
"∂U_density(z)/∂z always points away from the data clusters, z − μ_i, weighted by the distance from each component."

**Verdict**
Refuted. (The caption of fig 8 is a slip of the same remark: the fields show the direction of maximum *un*certainty.)

**What is true**
At a convex combination of the means no vector at all has a positive inner product with every z − μ_i. So between
clusters the field leaves the nearest one and enters another's neighbourhood. The weights are the posteriors r_i,
which fall with distance.

**Proof**
Let z = Σ λ_i μ_i with λ_i ≥ 0, Σ λ_i = 1. Then Σ λ_i (z − μ_i) = 0, so Σ λ_i vᵀ(z − μ_i) = 0 for every v and the
summands cannot all be positive. Example: μ = ±1, variance 1/100, equal priors, z = 1/2: the two pulls are −50 and
150 with weights proportional to e^{−25/2} and e^{−225/2}, so the gradient is negative: it points at the cluster at
−1.

**What the machine checks**
The convexity argument by z3 for K = 3, H = 2; the example's sign exactly, by linear independence of exponentials.

**Sources**
Pearce, Brintrup & Zhu (2021), remark after proposition 1, fig 8.
"""

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import exponential_sum_sign
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.gradients import U_density_gradient

HALF = sp.Rational(1, 2)
CLUSTERS = ([[1], [-1]], [[[sp.Rational(1, 100)]]] * 2, [HALF, HALF])
lam, v = z3.Reals("lam1 lam2 lam3"), z3.Reals("v1 v2")
mu, z = [z3.Reals(f"mu{i}1 mu{i}2") for i in range(3)], z3.Reals("z1 z2")
CONVEX = [z3.And(*[weight >= 0 for weight in lam]), z3.Sum(lam) == 1]
AT_MIXTURE = [z[h] == z3.Sum([weight * m[h] for weight, m in zip(lam, mu, strict=True)]) for h in range(2)]


def away_from_all():
    return z3.And(*[z3.Sum([v[h] * (z[h] - m[h]) for h in range(2)]) > 0 for m in mu])


@pytest.mark.proves("Proposition 1, remark")
def test_the_gradient_at_one_half_points_towards_the_other_cluster():
    (gradient,) = U_density_gradient([HALF], *CLUSTERS)
    assert gradient.is_negative or sp.simplify(gradient) < 0
    assert exponential_sum_sign(["150", "-50"], ["-225/2", "-25/2"]) == -1


@pytest.mark.second_route("Proposition 1, remark")
def test_no_vector_points_away_from_all_at_a_convex_combination():
    """Weighted outward components u_i = vᵀ(z − μ_i) satisfy Σ λ_i u_i = 0."""
    u = z3.Reals("u1 u2 u3")
    prove(
        z3.Not(z3.And(*[c > 0 for c in u])),
        [*CONVEX, z3.Sum([weight * c for weight, c in zip(lam, u, strict=True)]) == 0],
    )
    outward = [z3.Sum([v[h] * (z[h] - m[h]) for h in range(2)]) for m in mu]
    prove(z3.Sum([weight * c for weight, c in zip(lam, outward, strict=True)]) == 0, CONVEX + AT_MIXTURE)


@pytest.mark.twin("Proposition 1, remark")
def test_outside_the_hull_a_vector_can_point_away_from_all():
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Not(away_from_all()), [z[0] == 0, z[1] == 0, *[m[1] == -1 for m in mu]])
    model = {name: Fraction(value) for name, value in refuted.value.model.items()}
    for i in range(3):
        assert model["v1"] * -model.get(f"mu{i}1", 0) + model["v2"] > 0
    (beyond,) = U_density_gradient([2], *CLUSTERS)
    assert sp.simplify(beyond) > 0
