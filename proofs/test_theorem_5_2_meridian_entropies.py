"""Theorem 5.2: straight away from a weight, every Rényi and Tsallis entropy rises, Shannon's included.

**Claim** (ours). Optimal structure, zero bias, z(φ) = r(cos φ ŵ_1 + sin φ u) as in theorem 5.1. As long as class 1 is
the closest, every Rényi and Tsallis entropy of order α in (0, ∞), in particular U_entropy (α = 1), strictly increases
in φ. So does every U = Σ h(p_i) with h″ < 0 and p² h″(p) strictly decreasing on (0, 1).

**Verdict.** Proved. It does not extend to all Schur-concave uncertainties.

**What is true.** The part of the meridian on which class 1 is the closest is an interval [0, φ_max], φ_max ≤ π/2. The
distributions on it are not ordered by majorisation: p_1 + p_2 may rise, as for K = 3, H = 2. So not every concave h
will do: Σ −1/p_i² falls there from w_1 to the tie. In the open cell the slope is positive for φ > 0; at an end φ_max
< π/2 it is 0 exactly where z is along the sum of the tied weights.

**Proof.** Write n = K−1, c = ‖w‖r, x_i for the cosines, p_i = e^{cx_i}/Z, 0 < φ < π/2. Then

    x_1′ = −sin φ,    x_i′ = cot φ · (x_i − x*) for i ≥ 2,  x* = −1/(n cos φ),
    Σ x_i′ = 0,    Σ x_i x_i′ = −sin φ cos φ (A − Σ t_i²) ≤ 0.

*Lemma.* Let g on the line fall and then rise (g′ changes sign at most once, from − to +), be strictly convex where it
rises, and g(x*) ≤ g(x_1). Then Σ g(x_i) x_i′ ≤ 0. *Proof.* Let ℓ be the chord of g through x* and x_1 > x*, of slope
β ≥ 0. As Σ x_i′ = 0, Σ g(x_i) x_i′ = Σ (g−ℓ)(x_i) x_i′ + β Σ x_i x_i′, the last term is ≤ 0, and the term i = 1 is 0.
For i ≥ 2: if x* ≤ x_i ≤ x_1 then x_i′ ≥ 0 and g ≤ ℓ (on the falling part g ≤ g(x*) ≤ ℓ, on the rising part g is
convex and ≤ ℓ at both ends). If x_i < x* then x_i′ < 0 and g ≥ ℓ: where g falls, g(x_i) ≥ g(x*) ≥ ℓ(x_i); if g rises
at x*, convexity puts g above the chord prolonged down to the minimum of g, and to the left of it g rises and ℓ does
not. So every term is ≤ 0. ∎

*Shannon.* dH/dφ = −c² Cov_p(x, x′) = −(c²/Z) Σ g(x_i)x_i′ with g(x) = e^{cx}(x − E_p x). *Order α.* S = Σ p_i^α has
dS/dφ = αc Σ (p_i^α − S p_i) x_i′, and the entropies are (1−S)/(α−1) and log S/(1−α): take g = ±(p^α − S p), p =
e^{cx}/Z, with + for α > 1 and − for α < 1. *The hypotheses.* g″ = c g′ + c e^{cx} for Shannon, g″ = c g′ + c²|α²−α|
p^α else: so g is strictly convex where it rises, and e^{−cx}g′ increases, so g′ changes sign at most once, from − to
+; as x → −∞, g′ < 0. The only zero of g is E_p x, or where p^{α−1} = S; left of it g < 0, right of it g > 0 and so
rises. g(x_1) ≥ 0, for x_1 ≥ E_p x, and S = E_p p^{α−1} is at most (α > 1), at least (α < 1) the value of p^{α−1} at
the largest p. If x* is left of the zero, g(x*) ≤ 0 ≤ g(x_1); else g rises from x* to x_1.

*Any h.* dU/dφ = c Σ p_i (h′(p_i) − E_p h′) x_i′ = −c Σ g(x_i) x_i′ with g = p(E_p h′ − h′(p)). As d/dx = c p d/dp, g″
− c g′ = c² p² d²g/dp² = −c² p (p² h″)′ > 0; h′ falls, so g changes its sign once, from − to +, and h′(p_1) ≤ E_p h′
gives g(x_1) ≥ 0; the rest is as before. Shannon has p² h″ = −p, order α has −α p^α.

*Strictness.* g and ℓ meet at x* and x_1 only, by strict convexity, so the sum is 0 only if each x_i, i ≥ 2, is x* or
x_1. In the interior of the cell x_i < x_1 for i ≥ 2. Then 0 = cos φ + n x* = cos φ − 1/cos φ, φ = 0. If k of them are
tied with x_1, then (1+k) cos φ = (n−k)/(n cos φ), and Σ x_i² = (1+k) cos² φ + (n−k)/(n cos φ)² = A: z is in the span
and along the sum of the 1+k closest weights, and indeed the slope is 0 there. *Interval.* x_1 − x_j = A cos φ − t_j
sin φ ≥ 0 iff tan φ ≤ A/t_j (t_j > 0). ∎

**What the machine checks.** The derivatives of the cosines, both sums, both entropy formulas and the equations for g″
(sympy), the same for an unknown h; the two inequalities of the lemma from the definition of convexity (z3). Second
route: dH/dφ > 0 and d(−log S_2)/dφ > 0 by balls for K = 3, H ≥ 3 on a box of angles and directions at c = 1. A human
must read how the lemma is put together.

**Sources.** Rényi (1961), Tsallis (1988). The theorem seems new.
"""

from __future__ import annotations

from itertools import product

import pytest
import sympy as sp
import z3

from numerics.enclosures import prove_positive
from numerics.exact import exponential_sum_sign
from numerics.expressions import BallFunction
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import confidence, meridian_cosines, three_class_cosines
from softmax_geometry.symbolic.softmax import U_entropy, softmax

phi, c, alpha, Z, S = sp.symbols("phi c alpha Z S", positive=True)
x, mean = sp.symbols("x mean", real=True)
s = sp.Symbol("s", real=True)
BOX = [("1/2", 1), (0, "1/4")]  # φ and t_2 = −t_3 = s at c = 1, within the cell of class 1


def direction(number):
    free = sp.symbols(f"t2:{number}", real=True)
    return [*free, -sp.Add(*free)]


@pytest.mark.proves("Theorem 5.2")
@pytest.mark.parametrize("number", [3, 4, 5])
def test_derivatives_of_the_cosines(number):
    t, n = direction(number), number - 1
    cosines = meridian_cosines(phi, t)
    slopes = [sp.diff(y, phi) for y in cosines]
    assert slopes[0] == -sp.sin(phi)
    fixed = -1 / (n * sp.cos(phi))
    assert [sp.simplify(v - sp.cot(phi) * (y - fixed)) for v, y in zip(slopes[1:], cosines[1:], strict=True)] == [0] * n
    assert sp.simplify(sum(slopes)) == 0
    squares = sum(u**2 for u in t)
    loss = sum(y * v for y, v in zip(cosines, slopes, strict=True))
    assert sp.simplify(loss + sp.sin(phi) * sp.cos(phi) * (sp.Rational(number, n) - squares)) == 0


@pytest.mark.proves("Theorem 5.2")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_derivative_of_the_softmax(number):
    """p_i′ = c p_i (x_i′ − E_p x′), for unknown functions x_i(φ)."""
    cosines = [sp.Function(f"x{i}")(phi) for i in range(number)]
    powers = {sp.exp(c * y): sp.Symbol(f"E{i}", positive=True) for i, y in enumerate(cosines)}
    p = softmax([c * y for y in cosines])
    average = sum(q * sp.diff(y, phi) for q, y in zip(p, cosines, strict=True))
    for q, y in zip(p, cosines, strict=True):
        assert sp.cancel((sp.diff(q, phi) - c * q * (sp.diff(y, phi) - average)).subs(powers)) == 0


@pytest.mark.proves("Theorem 5.2")
@pytest.mark.parametrize("number", [2, 3, 4])
def test_derivatives_of_the_entropies(number):
    p, v = sp.symbols(f"p1:{number + 1}", positive=True), sp.symbols(f"v1:{number + 1}", real=True)
    moves = [c * q * (u - sum(a * b for a, b in zip(p, v, strict=True))) for q, u in zip(p, v, strict=True)]
    total = sum(q**alpha for q in p)
    derivative = sum(sp.diff(total, q) * move for q, move in zip(p, moves, strict=True))
    stated = alpha * c * sum((q**alpha - total * q) * u for q, u in zip(p, v, strict=True))
    assert sp.simplify(sp.expand(derivative - stated)) == 0
    cosines, slopes = (
        [sp.Function(f"x{i}")(phi) for i in range(2)],
        [sp.Function(f"x{i}")(phi).diff(phi) for i in range(2)],
    )
    q = softmax([c * y for y in cosines])
    average = sum(a * y for a, y in zip(q, cosines, strict=True))
    covariance = sum(a * (y - average) * w for a, y, w in zip(q, cosines, slopes, strict=True))
    entropy = sp.expand_log(sp.diff(U_entropy([c * y for y in cosines]), phi), force=True)
    assert sp.simplify(entropy + c**2 * covariance) == 0


@pytest.mark.proves("Theorem 5.2")
def test_g_is_convex_where_it_rises():
    shannon = sp.exp(c * x) * (x - mean)
    assert sp.simplify(sp.diff(shannon, x, 2) - c * sp.diff(shannon, x) - c * sp.exp(c * x)) == 0
    p = sp.exp(c * x) / Z
    g = p**alpha - S * p
    assert sp.simplify(sp.diff(g, x, 2) - c * sp.diff(g, x) - c**2 * (alpha**2 - alpha) * p**alpha) == 0


def slope_of_curvature(h, p):
    """(p² h″)′, which must be negative."""
    return sp.diff(p**2 * sp.diff(h, p, 2), p)


@pytest.mark.proves("Theorem 5.2")
def test_g_is_convex_where_it_rises_for_any_h():
    p, average = sp.Symbol("p", positive=True), sp.Symbol("average", real=True)
    h = sp.Function("h")(p)
    g = p * (average - sp.diff(h, p))
    first = c * p * sp.diff(g, p)  # d/dx = c p d/dp
    second = c * p * sp.diff(first, p)
    assert sp.simplify(second - c * first + c**2 * p * slope_of_curvature(h, p)) == 0
    assert sp.simplify(slope_of_curvature(-p * sp.log(p), p)) == -1
    tsallis = (p - p**alpha) / (alpha - 1)
    assert sp.simplify(slope_of_curvature(tsallis, p) + alpha**2 * p ** (alpha - 1)) == 0


@pytest.mark.proves("Theorem 5.2")
def test_derivative_of_any_h_along_the_path():
    """Σ h′(p_i) p_i′ = c Σ p_i (h′(p_i) − E_p h′) x_i′, with h′(p_i) as unknowns d_i."""
    p, v, d = (sp.symbols(f"{name}1:5", real=True) for name in "pvd")
    average_v, average_d = (sum(a * b for a, b in zip(p, u, strict=True)) for u in (v, d))
    moved = sum(e * c * a * (b - average_v) for a, b, e in zip(p, v, d, strict=True))
    stated = c * sum(a * (e - average_d) * b for a, b, e in zip(p, v, d, strict=True))
    assert sp.expand(moved - stated) == 0


@pytest.mark.proves("Theorem 5.2")
def test_zero_slope_at_a_tie_lies_along_the_sum_of_the_tied_weights():
    n, k = sp.symbols("n k", positive=True)
    square = (n - k) / (n * (k + 1))  # cos² φ from Σ x_i = 0
    assert sp.simplify((1 + k) * square + (n - k) / (n**2 * square) - (n + 1) / n) == 0
    cosine_with_sum = sp.sqrt((1 - k / n) / (1 + k))  # ŵ_1ᵀ(ŵ_1+…+ŵ_{1+k})/‖…‖, squared norm (1+k)(1 − k/n)
    assert sp.simplify(cosine_with_sum**2 - square) == 0


g_at, g_star, g_1, g_low, y, star, x_1, low = z3.Reals("g g_star g_1 g_low x x_star x_1 low")
ORDERED = [star < x_1, g_star <= g_1]


def on_chord(point):
    """(x_1 − x*) ℓ(point)."""
    return g_star * (x_1 - point) + g_1 * (point - star)


@pytest.mark.proves("Theorem 5.2")
def test_below_the_chord_between_its_ends():
    """Where g has fallen from x*, g ≤ g(x*); where it rises from a minimum `low`, it is below its own chord to x_1."""
    prove(g_at * (x_1 - star) <= on_chord(y), [*ORDERED, star <= y, y <= x_1, g_at <= g_star])
    convex = g_at * (x_1 - low) <= g_low * (x_1 - y) + g_1 * (y - low)
    prove(
        g_at * (x_1 - star) <= on_chord(y),
        [*ORDERED, star <= low, low < x_1, low <= y, y <= x_1, g_low <= g_star, convex],
        timeout=30,
    )


@pytest.mark.proves("Theorem 5.2")
def test_above_the_chord_left_of_it():
    prove(g_at * (x_1 - star) >= on_chord(y), [*ORDERED, y <= star, g_at >= g_star])
    convex = g_star * (x_1 - y) <= g_at * (x_1 - star) + g_1 * (star - y)  # g at x* lies below the chord from y to x_1
    prove(g_at * (x_1 - star) >= on_chord(y), [*ORDERED, y <= star, convex])
    falling_again = [y <= low, low <= star, g_at >= g_low, g_low * (x_1 - star) >= on_chord(low)]
    prove(g_at * (x_1 - star) >= on_chord(y), [*ORDERED, *falling_again])


@pytest.mark.proves("Theorem 5.2")
def test_equality_only_at_the_weight():
    cosine, n = z3.Reals("cos n")
    prove(cosine == 1, [n >= 1, cosine > 0, n * cosine * star == -1, cosine + n * star == 0])


@pytest.mark.second_route("Theorem 5.2")
def test_three_classes_in_space_by_balls():
    cosines = meridian_cosines(phi, [s, -s])
    slopes, p = [sp.diff(u, phi) for u in cosines], softmax(cosines)
    average = sum(q * v for q, v in zip(p, slopes, strict=True))
    entropy = BallFunction(-sum(q * u * (v - average) for q, u, v in zip(p, cosines, slopes, strict=True)), phi, s)
    collision = BallFunction(-sum(q**2 * (v - average) for q, v in zip(p, slopes, strict=True)), phi, s)
    for rising in (entropy, collision):
        certificate = prove_positive(rising, BOX)
        assert certificate.proved, certificate


@pytest.mark.twin("Theorem 5.2")
def test_twin_outside_the_cell():
    """Past φ_max class 2 is the closest and the entropy falls again: K = 3, H = 2, beyond π/3."""
    p = softmax(three_class_cosines(phi))
    entropy = BallFunction(sp.diff(-sum(q * sp.log(q) for q in p), phi), phi)
    assert prove_positive(entropy, [("1/10", 1)]).proved
    assert prove_positive(entropy, [("1/10", 2)]).refuted


@pytest.mark.twin("Theorem 5.2")
def test_twin_every_schur_concave_score():
    """−(p_1 + p_2) is Schur-concave for K = 3 but falls: p_3 = 1 − p_1 − p_2 decreases from w_1 towards w_2."""
    cosines = three_class_cosines(phi)
    two_largest = BallFunction(sp.diff(1 - confidence(2, cosines[::-1]), phi), phi)
    assert prove_positive(two_largest, [("1/10", 1)]).proved  # the sum rises, so −(p_1+p_2) falls


@pytest.mark.twin("Theorem 5.2")
def test_twin_every_concave_h():
    """For h = −1/p², concave, p² h″ rises; Σ p_i^{−2} at the tie (1, 1, −2)/2 exceeds that at w_1, (2, −1, −1)/2."""
    p = sp.Symbol("p", positive=True)
    assert sp.diff(-(p**-2), p, 2).is_negative
    assert slope_of_curvature(-(p**-2), p).is_positive
    terms = []
    for sign, x in ((1, (1, 1, -2)), (-1, (2, -1, -1))):
        terms += [(sign, sp.Rational(a + b, 2) - d) for a, b, d in product(x, repeat=3)]  # Z² Σ e^{−2x_i}
    assert exponential_sum_sign([sign for sign, _ in terms], [str(power) for _, power in terms]) == 1


@pytest.mark.twin("Theorem 5.2")
def test_twin_a_positive_slope_at_the_tie():
    """Strictly increasing up to φ_max = π/3 for K = 3 in the plane, but with slope 0 there."""
    assert sp.simplify(sp.diff(U_entropy(three_class_cosines(phi)), phi).subs(phi, sp.pi / 3)) == 0


@pytest.mark.twin("Theorem 5.2")
def test_twin_without_convexity():
    with pytest.raises(RefutedError):
        prove(
            g_at * (x_1 - star) <= on_chord(y),
            [*ORDERED, star <= low, low < x_1, low <= y, y <= x_1, g_low <= g_star, g_at <= g_1],
        )


@pytest.mark.twin("Theorem 5.2")
def test_twin_g_larger_at_the_fixed_point():
    """If g(x*) > g(x_1) the chord falls and the term left over has the wrong sign: β Σ x x′ ≥ 0."""
    slope, loss = z3.Reals("slope loss")
    prove(slope * loss <= 0, [slope >= 0, loss <= 0])
    with pytest.raises(RefutedError) as refuted:
        prove(slope * loss <= 0, [loss <= 0])
    assert refuted.value.model["slope"] < 0
