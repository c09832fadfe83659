"""Theorem 2.3: a mixture's region is an intersection of ellipsoid exteriors only for concentric components.

**Claim**
Ours. K ≥ 2, H ≥ 2, positive priors, full-rank covariances, and a level t with {q̂ ≥ t} of non-empty interior. {q̂ <
t} is the intersection of the exteriors of finitely many ellipsoids (any centres and shapes) iff all μ_i are equal
and all Σ_i proportional.

**Verdict**
Proved. So eq 23, corrected or not, is never exact for classes with different means.

**What is true**
Even more: if the contour {q̂ = t} contains a relatively open piece of any ellipsoid E, then every component is
concentric and proportional to E. The hypothesis H ≥ 2 is needed: on the line two components can give one symmetric
interval.

**Proof**
"If": with Σ_i = κ_i Σ_1 and a common mean, every q_i = q_1/κ_i, so q̂ is a strictly decreasing function of q_1 and
the region is {q_1 > c}. "Only if": let {q̂ ≥ t} = E_1 ∪ … ∪ E_n be solid ellipsoids, all different. Choose a
direction u in which one of them, say E, reaches strictly farther than the rest (support functions of different
ellipsoids differ on an open set, and the finitely many cover all directions). Near the farthest point the union is
E, so a relatively open piece of ∂E lies in the boundary of {q̂ ≥ t}, where q̂ = t by continuity. ∂E is a connected
real-analytic manifold since H ≥ 2, and q̂ is analytic: q̂ = t on all of ∂E. Map E to the unit ball. On every plane
through its centre, parametrise the circle by s ∈ C∖{0}: x = (s + 1/s)/2, y = (s − 1/s)/(2i). There Σ_j π_j N_j = t
becomes Σ_j a_j e^{Q_j(s)} = t with a_j > 0 and Laurent polynomials Q_j of degree ≤ 2, first for |s| = 1 and then, by
analytic continuation, on C∖{0}. Group the Q_j that differ by constants; the groups keep positive coefficients.
Exponentials of Laurent polynomials with pairwise non-constant differences are linearly independent over the rational
functions: in a shortest relation Σ r_j e^{Q_j} = 0 divide by the last term and differentiate; the shorter relation
must be trivial, so (r_j/r_n) e^{Q_j − Q_n} is constant and e^{Q_j−Q_n} is rational, but it has an essential
singularity at 0 or ∞. So there is only the group of constants: every Q_j, and so every q_j, is constant on the
circle, for every plane. A quadratic polynomial in two variables that is constant on the unit circle is λ(x² + y²) +
const; hence q_j = λ_j(|x|² − 1) + const with λ_j > 0: concentric and proportional.

**What the machine checks**
The last step (coefficients of a quadratic constant on the circle), the "if" direction, the independence of 1 and e^Q
in the simplest cases by a Wronskian, and the example on the line. A person reads the choice of u, the analytic
continuation and the induction for linear independence.

**Sources**
Ours; the independence of exponentials is a case of Borel's theorem, proved here directly. For spherical components a
second argument: the k-th Fourier coefficient of Σ a_j e^{b_j cos(θ−θ_j)} is Σ a_j I_k(b_j) e^{−ikθ_j}, which for the
k of Dirichlet's simultaneous approximation is dominated by the largest b_j and near Σ a_j I_k(b_j) > 0.
"""

import pytest
import sympy as sp

from numerics.enclosures import prove_positive
from numerics.exact import exponential_sum_sign
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.regions import squared_mahalanobis
from softmax_geometry.symbolic.softmax import mixture_density

x, y = sp.symbols("x y", real=True)
s = sp.Symbol("s", real=True)
coefficients = sp.symbols("A B C D E F")


def constancy_conditions(quadratic):
    """Coefficients in s that must vanish for a quadratic to vanish on x = (1−s²)/(1+s²), y = 2s/(1+s²)."""
    on_circle = quadratic.subs({x: (1 - s**2) / (1 + s**2), y: 2 * s / (1 + s**2)})
    return sp.Poly(sp.expand(sp.simplify(on_circle * (1 + s**2) ** 2)), s).coeffs()


@pytest.mark.proves("Theorem 2.3")
def test_a_quadratic_constant_on_a_circle_is_a_multiple_of_it():
    A, B, C, D, E, F = coefficients
    general = A * x**2 + B * x * y + C * y**2 + D * x + E * y + F
    (solution,) = sp.solve(constancy_conditions(general), [A, B, C, D, E], dict=True)
    assert sp.expand(general.subs(solution) - F * (1 - x**2 - y**2)) == 0


@pytest.mark.proves("Theorem 2.3")
def test_concentric_proportional_components_have_one_distance():
    covariance = [[2, 1], [1, 3]]
    kappa = sp.Symbol("kappa", positive=True)
    scaled = [[kappa * entry for entry in row] for row in covariance]
    q = squared_mahalanobis([x, y], [1, -1], covariance)
    assert sp.simplify(squared_mahalanobis([x, y], [1, -1], scaled) - q / kappa) == 0


@pytest.mark.proves("Theorem 2.3")
def test_one_and_two_exponentials_of_laurent_polynomials_are_independent():
    """The Wronskian of 1, e^P, e^Q is P′Q′(Q′−P′) e^{P+Q} + …, not zero: here for P = s + 1/s, Q = s²."""
    P, Q = s + 1 / s, s**2
    matrix = sp.Matrix([[sp.diff(f, s, k) for f in (sp.Integer(1), sp.exp(P), sp.exp(Q))] for k in range(3)])
    assert sp.simplify(matrix.det() / sp.exp(P + Q)).subs(s, 2) != 0
    pair = sp.Matrix([[1, sp.exp(P)], [0, sp.diff(sp.exp(P), s)]])
    assert sp.simplify(pair.det() / sp.exp(P) - sp.diff(P, s)) == 0


@pytest.mark.second_route("Theorem 2.3")
def test_the_foreign_density_varies_along_a_circle():
    """Three unit clusters at (−3,0), (0,0), (3,0): on a circle about the middle one, cosh beats 1 (b = 3r, r = 1)."""
    assert exponential_sum_sign([1, 1, -2], [3, -3, 0]) == 1
    on_axis, off_axis = (
        sp.Add(*[sp.exp(-squared_mahalanobis(z, [c, 0], [[1, 0], [0, 1]]) / 2) for c in (-3, 3)])
        for z in ([1, 0], [0, 1])
    )
    assert BallFunction(on_axis - off_axis)() > 0


@pytest.mark.twin("Theorem 2.3")
def test_unequal_means_or_shapes_leave_conditions_unsolved():
    moved = squared_mahalanobis([x, y], [1, 0], [[1, 0], [0, 1]])
    stretched = squared_mahalanobis([x, y], [0, 0], [[4, 0], [0, 1]])
    concentric = squared_mahalanobis([x, y], [0, 0], [[4, 0], [0, 4]])
    level = sp.Symbol("level")
    assert sp.solve(constancy_conditions(moved - level), level) == []
    assert sp.solve(constancy_conditions(stretched - level), level) == []
    assert sp.solve(constancy_conditions(concentric - level), level) == {level: sp.Rational(1, 4)}


@pytest.mark.twin("Theorem 2.3")
def test_on_the_line_it_can_be_exact():
    """Means ±1, variance 1: q̂ falls in |x| (tanh x < x), so for b ≥ 2 {q̂ ≥ q̂(b)} = [−b, b] = [2−b, b] ∪ [−b, b−2],
    two intervals centred at the means with radius b − 1.
    """
    half = sp.Rational(1, 2)
    slope = sp.diff(sp.log(mixture_density([x], [[1], [-1]], [[[1]], [[1]]], [half, half])), x)
    assert sp.simplify((slope - (sp.tanh(x) - x)).rewrite(sp.exp)) == 0
    assert prove_positive(BallFunction(x - sp.tanh(x), x), [("1/2", 8)]).proved
    b = sp.Symbol("b", positive=True)
    assert {1 + (b - 1), -1 - (b - 1)} == {b, -b}
    assert sp.simplify((1 - (b - 1)) - (2 - b)) == 0
