"""Corollary 5.1 (iv): for three classes in the plane the equilateral triangle is best far out, for large logits.

**Claim** (ours). K = 3, H = 2, zero biases, w_i the corners of a triangle, collapsed classes with ‖μ_i‖ ≤ c2, each
placed for the largest margin. Far from the origin the valid region is three strips, one for each pair, of widths
2L/‖w_i − w_j‖. To leading order in the scale of W, L is min_i min_j (w_i − w_j)ᵀμ_i, so that the area per unit length
is 2c2 V with V = min_i dist(w_i, opposite side) · Σ_{i<j} 1/‖w_i − w_j‖. Then V ≤ 3√3/2, with equality iff the
triangle is equilateral.

**Verdict.** Proved.

**What is true.** More precisely, with γ ≥ 60° the largest angle, V ≤ 2cos(γ/2) + cot(γ/2)/2, with equality iff the
triangle is isosceles with apex γ, and the bound strictly decreases in γ. V depends neither on scale nor on position.

**Proof.** The largest least margin at μ_i is max_{‖μ‖≤c2} min_j (w_i − w_j)ᵀμ = c2 dist(w_i, segment of the others),
by minimax. Let α ≤ β ≤ γ be the angles and a ≤ b ≤ d the opposite sides. The corner at γ projects into its opposite
side d, at distance h = ab sin γ/d, so V ≤ h(1/a + 1/b + 1/d) = sin γ (a+b)/d + sin γ ab/d². (In fact =, as h is the
least altitude and a distance to a segment is at least the altitude.) By the law of sines, with δ = (α−β)/2, (a+b)/d =
cos δ/sin(γ/2) ≤ 1/sin(γ/2) and ab/d² = (cos 2δ + cos γ)/(2 sin²γ) ≤ (1 + cos γ)/(2 sin²γ). So V ≤ sin γ/sin(γ/2) +
(1+cos γ)/(2 sin γ) = 2cos(γ/2) + cot(γ/2)/2, equality iff δ = 0. In k = cot(γ/2) it is 2k/√(1+k²) + k/2, strictly
increasing in k, and γ ≥ 60° gives k ≤ √3: V ≤ √3 + √3/2. ∎

**What the machine checks.** The trigonometric identities and the monotonicity (sympy); the foot of the altitude and
the order of distances (z3). Second routes: V in coordinates, by ball arithmetic over all triangles with a side of
length 1 and apex at a distance from the equilateral one; the margins of the simplex. A person must read the minimax
step and "to leading order".

**Sources.** Pearce, Brintrup & Zhu (2021), corollary 5.1, fig 3.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.regions import width
from softmax_geometry.symbolic.structure import aligned_gap, named_structures
from softmax_geometry.symbolic.vectors import difference, squared_norm

gamma, delta, k, u, v = sp.symbols("gamma delta k u v", positive=True)
BEST = 3 * sp.sqrt(3) / 2
BOUND = 2 * sp.cos(gamma / 2) + sp.cot(gamma / 2) / 2
alpha, beta = (sp.pi - gamma) / 2 + delta, (sp.pi - gamma) / 2 - delta


@pytest.mark.proves("Corollary 5.1 (iv)")
def test_law_of_sines_in_half_angles():
    ratio = (sp.sin(alpha) + sp.sin(beta)) / sp.sin(gamma)
    assert sp.simplify(sp.expand_trig(ratio - sp.cos(delta) / sp.sin(gamma / 2)).subs(gamma, 2 * k)) == 0
    product = sp.sin(alpha) * sp.sin(beta) - (sp.cos(2 * delta) + sp.cos(gamma)) / 2
    assert sp.simplify(sp.expand(sp.expand_trig(product.subs(gamma, 2 * k)))) == 0


@pytest.mark.proves("Corollary 5.1 (iv)")
def test_bound_at_the_isosceles_triangle():
    at_zero = sp.sin(gamma) / sp.sin(gamma / 2) + (1 + sp.cos(gamma)) / (2 * sp.sin(gamma))
    assert sp.simplify(sp.expand_trig((at_zero - BOUND).subs(gamma, 2 * k))) == 0


@pytest.mark.proves("Corollary 5.1 (iv)")
def test_bound_decreases_from_the_equilateral_value():
    in_k = 2 * k / sp.sqrt(1 + k**2) + k / 2
    at = sp.Rational(7, 5)  # γ = 2 arccot k: cos(γ/2) = k/√(1+k²)
    assert sp.simplify(BOUND.subs(gamma, 2 * sp.acot(k)) - in_k).subs(k, at).equals(0)
    assert sp.simplify(sp.diff(in_k, k) - (2 / (1 + k**2) ** sp.Rational(3, 2) + sp.Rational(1, 2))) == 0  # > 0
    assert sp.simplify(BOUND.subs(gamma, sp.pi / 3) - BEST) == 0
    assert sp.cot(sp.pi / 6) == sp.sqrt(3)


@pytest.mark.proves("Corollary 5.1 (iv)")
def test_apex_of_the_largest_angle_projects_into_its_side():
    """Corners (0, 0), (1, 0), (x, y), the side from 0 to 1 the longest: 0 ≤ x ≤ 1."""
    x, y = z3.Reals("x y")
    prove(z3.And(x >= 0, x <= 1), [x * x + y * y <= 1, (x - 1) * (x - 1) + y * y <= 1])


@pytest.mark.second_route("Corollary 5.1 (iv)")
@pytest.mark.parametrize("box", [[("1/2", "99/100"), ("1/50", "9/10")], [("11/20", "99/100"), ("9/10", 1)]])
def test_triangles_in_coordinates_by_balls(box):
    """Longest side from (0, 0) to (1, 0), apex (u, v), u ≥ 1/2, v = h √(1 − u²): V ≤ v (1/a + 1/b + 1)."""
    h = sp.Symbol("h", positive=True)
    V = v * (1 / sp.sqrt(u**2 + v**2) + 1 / sp.sqrt((1 - u) ** 2 + v**2) + 1)
    f = BallFunction((BEST - V).subs(v, h * sp.sqrt(1 - u**2)), u, h)
    assert prove_positive(f, box, derivative=f.derivative).proved
    assert sp.simplify(V.subs({u: sp.Rational(1, 2), v: sp.sqrt(3) / 2}) - BEST) == 0


@pytest.mark.second_route("Corollary 5.1 (iv)")
def test_simplex_margin_and_widths_give_the_value():
    """The margin at a mean is c2 times the altitude, and the strips have widths 2L/‖w_i − w_j‖."""
    W = named_structures()["optimal"]
    side = sp.sqrt(squared_norm(difference(W[0], W[1])))
    altitude = aligned_gap(1, 1, 3)
    assert altitude == sp.Rational(3, 2) == sp.sqrt(3) / 2 * side
    total = sum(width(altitude, W[i], W[j]) for i in range(3) for j in range(i)) / 2
    assert sp.simplify(total - BEST) == 0


@pytest.mark.twin("Corollary 5.1 (iv)")
def test_twin_a_smaller_maximum():
    assert prove_positive(BallFunction(sp.Rational(5, 2) - BOUND, gamma), [("1047/1000", 3)]).refuted


@pytest.mark.twin("Corollary 5.1 (iv)")
def test_twin_bound_with_the_smallest_angle():
    """Beyond γ ≥ 60° the bound exceeds 3√3/2: it must be the largest angle."""
    assert prove_positive(BallFunction(BEST - BOUND, gamma), [("9/10", 3)]).refuted
    x, y = z3.Reals("x y")
    with pytest.raises(RefutedError):  # and the apex of another angle need not project into its side
        prove(z3.And(x >= 0, x <= 1), [x * x + y * y <= 1])
