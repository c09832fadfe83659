"""Lemma A: three numbers with a fixed sum and a fixed sum of squares, and a sum of convex functions of them.

**Claim** (ours; it carries theorem E). On {x_1 + x_2 + x_3 = s, x_1² + x_2² + x_3² = q}, q > s²/3, write μ = s/3 and

    x_1 = μ + r cos θ,  x_2 = μ + r cos(θ − 2π/3),  x_3 = μ + r cos(θ + 2π/3),  0 ≤ θ ≤ π/3,

so that x_1 ≥ x_2 ≥ x_3, with x_2 = x_3 at θ = 0 and x_1 = x_2 at θ = π/3. For every differentiable f

    d/dθ Σ_k f(x_k) = −(1/√3)(x_1−x_2)(x_2−x_3)(x_1−x_3) f′[x_1, x_2, x_3],

where f′[x, y, z] is the second divided difference of f′.

**Verdict.** Proved.

**What is true.** If f′ is strictly convex, as for f(x) = e^{cx}, the sum strictly decreases in θ on [0, π/3]: it is
largest where the two smaller numbers are equal and smallest where the two larger ones are. Along the arc x_1
decreases.

**Proof.** cos α − cos β = −2 sin((α+β)/2) sin((α−β)/2) gives x_1′ = −(x_2−x_3)/√3, x_2′ = (x_1−x_3)/√3, x_3′ =
−(x_1−x_2)/√3. And

    (x_1−x_2)(x_2−x_3)(x_1−x_3) f′[x_1,x_2,x_3] = f′(x_1)(x_2−x_3) − f′(x_2)(x_1−x_3) + f′(x_3)(x_1−x_2),

by clearing the denominators of the divided difference; so Σ f′(x_k)x_k′ is the right side. On 0 < θ < π/3 the three
differences are positive, and f′[·] > 0 for strictly convex f′ (the slope of the chord from x_2 to x_1 exceeds that
from x_3 to x_2). ∎

*Second proof.* x_1, x_2, x_3 are the roots of t³ − s t² + e_2 t − e_3, in which s and e_2 = (s²−q)/2 are fixed. By
the implicit function theorem dx_k/de_3 = 1/Π_{j≠k}(x_k − x_j), so d(Σ f(x_k))/de_3 = Σ f′(x_k)/Π_{j≠k}(x_k−x_j),
which is Lagrange's form of f′[x_1,x_2,x_3]. And e_3 = const + (r³/4) cos 3θ falls on (0, π/3). ∎

**What the machine checks.** Both chains as identities of sympy with an arbitrary f; positivity of the divided
difference of e^{cx} from the integral form of Hermite and Genocchi. Nothing is left to read but "strictly convex f′".

**Sources.** Divided differences: de Boor, Divided differences (2005). The same arc appears in Cirtoaje's equal
variable method (2007).
"""

from __future__ import annotations

import pytest
import sympy as sp

from numerics.enclosures import prove_positive
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.angles import arc_coordinates, arc_derivative, divided_difference

mu, theta = sp.symbols("mu theta", real=True)
r, c = sp.symbols("r c", positive=True)
x, y, z = sp.symbols("x y z", real=True)
f = sp.Function("f")
points = arc_coordinates(mu, r, theta)


def f_prime(u):
    """An arbitrary f′, as an unknown function."""
    return sp.Function("f_prime")(u)


def direct_derivative(points):
    """Σ f′(x_k) x_k′ with f′ unknown."""
    return sum(f_prime(u) * sp.diff(u, theta) for u in points)


def residual(points, stated):
    """Whether Σ f′(x_k)x_k′ − stated vanishes, with f′(x_1), f′(x_2), f′(x_3) as independent unknowns."""
    values = dict(zip(map(f_prime, points), sp.symbols("F1:4"), strict=True))
    return sp.simplify(sp.expand_trig((direct_derivative(points) - stated).subs(values)))


@pytest.mark.proves("Lemma A")
def test_the_arc_keeps_the_sum_and_the_squares():
    assert sp.simplify(sum(points) - 3 * mu) == 0
    assert sp.simplify(sum(u**2 for u in points) - 3 * mu**2 - sp.Rational(3, 2) * r**2) == 0


@pytest.mark.proves("Lemma A")
def test_order_and_ends_of_the_arc():
    first, second, third = points
    assert sp.simplify(first - second - sp.sqrt(3) * r * sp.sin(sp.pi / 3 - theta)) == 0
    assert sp.simplify(second - third - sp.sqrt(3) * r * sp.sin(theta)) == 0
    assert sp.diff(first, theta) == -r * sp.sin(theta)


@pytest.mark.proves("Lemma A")
def test_derivative_along_the_arc():
    assert residual(points, arc_derivative(f_prime, points)) == 0


@pytest.mark.proves("Lemma A")
def test_divided_difference_of_an_exponential_is_positive():
    """f′[x,y,z] = ∫∫ f‴ over the triangle (Hermite–Genocchi), with f‴ = e^{cu} here: a mean of positive numbers."""
    a, b = sp.symbols("a b", positive=True)  # x = z + b + a > y = z + b > z
    inner = sp.integrate(sp.exp(c * (b + a * y)), (y, 0, x))
    mean = sp.integrate(sp.expand(inner.subs(b, b * x)), (x, 0, 1))
    direct = divided_difference(lambda u: sp.exp(c * u) / c**2, a + b, b, 0)
    assert sp.simplify(sp.expand(mean - direct)) == 0


@pytest.mark.second_route("Lemma A")
def test_roots_of_a_cubic_as_the_product_moves():
    e_3 = points[0] * points[1] * points[2]
    speeds = [1 / sp.prod([u - v for v in points if v is not u]) for u in points]
    for u, speed in zip(points, speeds, strict=True):
        assert sp.simplify(sp.expand_trig(sp.diff(u, theta) - speed * sp.diff(e_3, theta))) == 0
    assert sp.simplify(sp.diff(e_3, theta) + sp.Rational(3, 4) * r**3 * sp.sin(3 * theta)) == 0
    lagrange = sum(f_prime(u) / sp.prod([u - v for v in (x, y, z) if v != u]) for u in (x, y, z))
    assert sp.simplify(lagrange - divided_difference(f_prime, x, y, z)) == 0


@pytest.mark.second_route("Lemma A")
def test_by_balls_for_the_exponential():
    """−d/dθ Σ e^{r cos θ_k} > 0 on a box of angles and radii, away from its zeros at θ = 0 and π/3."""
    total = sum(sp.exp(u) for u in arc_coordinates(0, r, theta))
    falling = BallFunction(-sp.diff(total, theta), theta, r)
    certificate = prove_positive(falling, [("1/10", "9/10"), ("1/2", 3)], derivative=falling.derivative)
    assert certificate.proved, certificate


@pytest.mark.twin("Lemma A")
def test_twin_convex_f_is_not_enough():
    """Take f = x², convex with f′ linear: the sum does not move. With f = −x³, f′ concave, it rises."""
    assert sp.simplify(arc_derivative(lambda u: 2 * u, (x, y, z))) == 0
    assert sp.simplify(arc_derivative(lambda u: -3 * u**2, (2, 1, 0))) > 0
    assert sp.simplify(arc_derivative(lambda u: 3 * u**2, (2, 1, 0))) < 0


@pytest.mark.twin("Lemma A")
def test_twin_the_other_orientation():
    assert residual(points, -arc_derivative(f_prime, points)) != 0


@pytest.mark.twin("Lemma A")
def test_twin_beyond_the_end_of_the_arc_it_rises_again():
    total = sum(sp.exp(u) for u in arc_coordinates(0, r, theta))
    falling = BallFunction(-sp.diff(total, theta), theta, r)
    assert prove_positive(falling, [("1/10", "3/2"), ("1/2", 3)]).refuted
