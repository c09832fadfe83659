"""Theorem 7.4: a radius, read off the weights, below which every feature vector is flagged whatever its direction.

**Claim** (ours). Any head, l = Wz + b, centred logits l̃_i = l_i − mean l with centred weights w̃_i and biases b̃_i.
For a confidence t in (1/K, 1) let

    h_t = (K−1)/K · log((K−1) t/(1−t)).

If max_i l̃_i < h_t then max σ < t. So every z with ‖z‖ < min_i (h_t − b̃_i)/‖w̃_i‖ lies in the valid region {max σ <
t} (without bias: ‖z‖ < h_t/max_i ‖w̃_i‖).

**Verdict.** Proved.

**What is true.** As claimed, and h_t is the largest such number: where all competitors tie, max l̃ = h_t gives max σ
= t. For the optimal structure without bias the radius h_t/c is the largest possible. For K = 2 it is L/‖w_1−w_2‖, L =
log(t/(1−t)): half the width of the region. The weights must be centred: with raw norms the statement is false from K
= 3 on.

**Proof.** Let class 1 be on top with probability p = p_1, and average over the others, q_j = p_j, Σ_{j≥2} q_j = 1 −
p. As log is concave, Σ_{j≥2} log q_j ≤ (K−1) log((1−p)/(K−1)), with equality iff all q_j are equal. Since l_1 − l_j =
log(p/q_j),

    l̃_1 = (1/K) Σ_{j≥2} (l_1 − l_j) = (K−1)/K · log p − (1/K) Σ log q_j ≥ (K−1)/K · log((K−1) p/(1−p)) = h_p.

So l̃_1 < h_t means h_p < h_t, and h is strictly increasing, so p < t. Cauchy-Schwarz: l̃_i ≤ ‖w̃_i‖‖z‖ + b̃_i < h_t
for all i if ‖z‖ is below the radius. *Sharpness.* Competitors that tie make the inequality an equality; for the
simplex they tie at z = r w_1/c, where l̃_1 = c r. *K = 2.* w̃_1 = (w_1−w_2)/2 and h_t = L/2. *Raw norms.* K = 3, H =
1, w = (1, −1, −1): w̃_1 = 4/3 > 1, competitors tie on z > 0, so max σ(z) = t already at z = (3/4) h_t. ∎

**What the machine checks.** The threshold as the inverse of the corrected mental model (sympy, K symbolic); the
summed tangents of log (z3, K symbolic) and the tangent itself (sympy). Second route: through the exponentials
(theorem 6.2) instead of the logarithms, and exactly on rational logits. A human must read the sum over j and
Cauchy-Schwarz.

**Sources.** Jensen's inequality.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics.exact import compare_confidence, integer_simplex
from numerics.solver import RefutedError, prove
from softmax_geometry.symbolic import mental_model, regions

r, m, c, K, t, L = sp.symbols("r m c K t L", positive=True)


def threshold(K, odds):
    """h_t from the odds t/(1−t)."""
    return (K - 1) / K * sp.log((K - 1) * odds)


def corrected(s):
    """The corrected mental model at max l̃ = s."""
    return mental_model.U_max_mental_corrected(s, 1, K, 1)


def tied(s, K):
    """Centred logits with maximum s and all competitors tied."""
    return [Fraction(s)] + [-Fraction(s) / (K - 1)] * (K - 1)


@pytest.mark.proves("Theorem 7.4")
def test_threshold_inverts_the_model_that_is_exact_at_ties():
    odds = sp.Symbol("o", positive=True)
    assert sp.simplify(-1 / corrected(threshold(K, odds)) - 1 - 1 / odds) == 0
    assert sp.simplify(regions.margin_from_confidence(t) - sp.log(t / (1 - t))) == 0


@pytest.mark.proves("Theorem 7.4")
def test_summed_tangents_of_the_logarithm():
    """With q = (1−p)/(K−1): log q_j ≤ log q + (q_j − q)/q. N = Σ log q_j, S = Σ q_j, lq = log q, lp = log p."""
    size, p, q, N, S, lq, lp, top = z3.Reals("K p q N S lq lp top")
    prove(
        size * top >= (size - 1) * (lp - lq),
        [
            size >= 2,
            q > 0,
            1 - p == S,
            (size - 1) * q == S,
            q * N <= q * (size - 1) * lq + (S - (size - 1) * q),
            size * top == (size - 1) * lp - N,
        ],
    )
    x = sp.Symbol("x", positive=True)
    gap = x - 1 - sp.log(x)  # log lies below its tangent: zero at 1, falling before, rising after
    assert gap.subs(x, 1) == 0
    assert sp.simplify(gap.diff(x) - (x - 1) / x) == 0


@pytest.mark.proves("Theorem 7.4")
def test_threshold_increases_with_the_confidence():
    slope = sp.diff(threshold(K, t / (1 - t)), t)
    assert sp.simplify(slope - (K - 1) / (K * t * (1 - t))) == 0


@pytest.mark.proves("Theorem 7.4")
def test_for_two_classes_it_is_half_the_width():
    h = threshold(2, sp.exp(L))
    w_1, w_2 = sp.symbols("w_1 w_2", real=True)
    radius = h / sp.Abs((w_1 - w_2) / 2)
    assert sp.simplify(radius - regions.width(L, [w_1], [w_2]) / 2) == 0


@pytest.mark.second_route("Theorem 7.4")
def test_through_the_exponentials():
    """Theorem 6.2: p ≤ 1/(1 + (K−1)y), y = e^{−sK/(K−1)}. With y_t the value at s = h_t, s < h_t iff y > y_t."""
    size, p, y, y_t, conf = z3.Reals("K p y yt t")
    prove(
        p < conf,
        [size >= 2, y_t > 0, y > y_t, p * (1 + (size - 1) * y) <= 1, conf * (1 + (size - 1) * y_t) == 1],
    )


@pytest.mark.second_route("Theorem 7.4")
def test_exact_logits_below_and_at_the_threshold():
    """T is the confidence of the tied logits of maximum s, so that h_t = s exactly."""
    s = Fraction(2)
    for l in [(2, -2, 0), (2, 2, -4), (1, 0, -1), (2, -1, -1)]:
        assert compare_confidence(l, tied(s, 3)) == (0 if l == (2, -1, -1) else -1)
    for classes in (3, 4, 5):
        w = integer_simplex(classes)
        tied_logits = [sum(a * b for a, b in zip(w[0], v, strict=True)) for v in w]  # z = w_1, radius exact
        assert tied_logits == tied(tied_logits[0], classes)


@pytest.mark.twin("Theorem 7.4")
def test_twin_a_weak_inequality():
    """Max l̃ ≤ h_t does not give max σ < t: at a tie of the competitors max σ = t."""
    assert compare_confidence((2, -1, -1), tied(2, 3)) == 0
    size, p, y, y_t, conf = z3.Reals("K p y yt t")
    with pytest.raises(RefutedError) as refuted:
        prove(
            p < conf,
            [size >= 2, y_t > 0, y >= y_t, p * (1 + (size - 1) * y) <= 1, conf * (1 + (size - 1) * y_t) == 1],
        )
    assert refuted.value.model["y"] == refuted.value.model["yt"]


@pytest.mark.twin("Theorem 7.4")
def test_twin_without_the_factor_of_K():
    odds = sp.Symbol("o", positive=True)
    assert sp.simplify((-1 / corrected(sp.log((K - 1) * odds)) - 1).subs({K: 3, odds: 5}) - sp.Rational(1, 5)) != 0


@pytest.mark.twin("Theorem 7.4")
def test_twin_raw_norms():
    """W = (1, −1, −1) in H = 1, t with h_t = 4/3: the raw radius 4/3 holds z = 7/6, whose confidence exceeds t."""
    h, z = Fraction(4, 3), Fraction(7, 6)
    assert z < h / 1
    assert compare_confidence([z, -z, -z], tied(h, 3)) == 1
    centred = Fraction(4, 3)
    assert compare_confidence([h / centred, -h / centred, -h / centred], tied(h, 3)) == 0
