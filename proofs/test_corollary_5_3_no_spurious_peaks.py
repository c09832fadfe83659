"""Corollary 5.3: on a sphere, the confidence of the optimal structure peaks at the weights and nowhere else.

**Claim** (ours). Optimal structure, zero bias, ‖z‖ = r > 0 fixed, H ≥ 2. The only local maxima of the confidence on
the sphere are the K directions of the weights. {max σ ≥ t} on the sphere is the union of K sets, one around each w_i,
each star-shaped about w_i: it contains the arc of the great circle from each of its points to w_i.

**Verdict.** Proved. It fails for other structures: for the sandwich of proposition 5, w_3 is not a local maximum.

**What is true.** All K peaks have the same height 1/(1+(K−1)e^{−Ac}). The set {max σ < t} is what is left of the
sphere when K star-shaped caps are taken away, which is the shape of the valid OOD region at fixed norm.

**Proof.** Let class i be a closest one to z, z not in the direction of w_i. z lies on a meridian z(φ) of w_i with cos
φ = x_i ≥ 0 (the largest of numbers that sum to 0), so 0 < φ ≤ π/2. Moving towards w_i, φ falls and p_i strictly
increases (theorem 5.1), and class i stays a closest one: x_i − x_j = A cos φ − t_j sin φ ≥ 0 is kept when φ falls,
for it says A ≥ t_j tan φ. So z is no local maximum, and all points on the arc to w_i have confidence p_i at least
that of z. The directions of the weights themselves are maxima: at w_i, p_i exceeds p_i at every other point of the
cell of class i, and near w_i all points lie in that cell. ∎

**What the machine checks.** The cell: the difference of the cosines (sympy) and that it stays ≥ 0 (z3). The heights
(sympy, symbolic K). Second route: along an arc in exact arithmetic by the cosines themselves, x(s) = a x + b G_i with
a, b ≥ 0, for which x_i − x_j stays ≥ 0 (z3). Twin: the slope at w_3 of the sandwich.

**Sources.** Theorem 5.1.
"""

from __future__ import annotations

import pytest
import sympy as sp
import z3

from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic.angles import envelope_upper, envelope_upper_in_span, meridian_cosines, sandwich_odds
from softmax_geometry.symbolic.structure import gram_entry

phi, c, m = sp.symbols("phi c m", positive=True)
K = sp.Symbol("K", positive=True)
A, t, tangent, nearer = z3.Reals("A t tan nearer")


@pytest.mark.proves("Corollary 5.3")
def test_difference_of_two_cosines_on_a_meridian():
    t_2 = sp.Symbol("t2", real=True)
    x = meridian_cosines(phi, [t_2, *sp.symbols("t3:6", real=True)])
    assert sp.simplify(x[0] - x[1] - (sp.Rational(5, 4) * sp.cos(phi) - t_2 * sp.sin(phi))) == 0


@pytest.mark.proves("Corollary 5.3")
def test_the_closest_class_stays_the_closest():
    prove(t * nearer <= A, [A > 1, t * tangent <= A, nearer >= 0, nearer <= tangent])


@pytest.mark.proves("Corollary 5.3")
def test_all_peaks_have_one_height():
    assert sp.simplify(1 / envelope_upper_in_span(1, c, K) - 1 / envelope_upper(1, c, K)) == 0


@pytest.mark.second_route("Corollary 5.3")
def test_the_cell_as_a_cone():
    """z(s) = a z + b ŵ_i: x_i(s) − x_j(s) = a(x_i − x_j) + b(1 + 1/(K−1)), with a, b ≥ 0."""
    a, b, gap, size = z3.Reals("a b gap K")
    assert sp.simplify(gram_entry(1, 1, K) - gram_entry(1, 2, K) - K / (K - 1)) == 0
    prove(a * gap * (size - 1) + b * size >= 0, [a >= 0, b >= 0, gap >= 0, size >= 2])


@pytest.mark.second_route("Corollary 5.3")
def test_largest_cosine_is_not_negative():
    """So φ ≤ π/2: numbers that sum to 0, x_1 the largest."""
    first, others, size = z3.Reals("x1 others K")
    prove(first >= 0, [size >= 2, first + others == 0, others <= (size - 1) * first])


@pytest.mark.twin("Corollary 5.3")
def test_twin_the_sandwich_has_a_peak_off_its_weights():
    """At w_3 = (1, 0) the odds against class 3 fall as z turns to (cos φ, −sin φ)."""
    odds = sandwich_odds(c, [sp.cos(phi), -sp.sin(phi)])
    slope = sp.diff(odds, phi).subs(phi, 0)
    assert sp.simplify(slope + c * sp.exp(-c)) == 0


@pytest.mark.twin("Corollary 5.3")
def test_twin_moving_away_from_the_weight():
    with pytest.raises(RefutedError) as refuted:
        prove(t * nearer <= A, [A > 1, t * tangent <= A, nearer >= tangent, tangent >= 0])
    assert refuted.value.model["nearer"] > refuted.value.model["tan"]
