"""Gauge remark: norms and angles of single weight vectors are not functions of the classifier.

**Claim**
Ours; missing in the paper. (0) The softmax does not change under w_i → w_i + a, b_i → b_i + β, and the common shift
is the only freedom. (i) For K = 2 the centred weights satisfy w_1 = −w_2, so the assumption of theorem 1 is a choice
of gauge. (ii) Orthonormal weights are an optimal structure (pairwise cosine −1/(K−1)) once centred. (iii) At a
stationary point of a loss that depends on the logits through the softmax, plus λ Σ‖w_i‖² with λ > 0, Σ w_i = 0; with
equal norms the average off-diagonal cosine is then exactly −1/(K−1), whatever the structure.

**Verdict**
Proved.

**What is true**
As claimed. Hence the centre of the cosine histograms of fig 4 is no evidence for the optimal structure; only their
spread is. Structure, angles and mental models are to be computed on w_i − mean w.

**Proof**
(0) All logits move by aᵀz + β, which cancels in σ. Conversely σ fixes l_i − l_j for every z, that is, w_i − w_j and
b_i − b_j. (i) w_1 − (w_1+w_2)/2 = −(w_2 − (w_1+w_2)/2). (ii) (e_i − ē)ᵀ(e_j − ē) = δ_ij − 1/K, so norms are (K−1)/K
squared and cosines −(1/K)/((K−1)/K) = −1/(K−1). (iii) Along w_i → w_i + τ a the loss is constant and the penalty has
derivative 2λ aᵀΣ w_i at τ = 0; it vanishes for every a iff Σ w_i = 0. Then 0 = ‖Σ w_i‖² = K c² + c² Σ_{i≠j} cos θ_ij
for equal norms c, so the mean of the K(K−1) cosines is −1/(K−1).

**What the machine checks**
(0) with K symbolic; (i) in three dimensions; (ii) with K symbolic; (iii) the derivative for K = 3 and the mean
cosine with K symbolic. A person reads that the converse of (0) needs all z.

**Sources**
Pearce, Brintrup & Zhu (2021), theorem 1, definition 2, fig 4; the argument of (iii) is standard for weight decay.
"""

import pytest
import sympy as sp

from softmax_geometry.symbolic.softmax import affine_logits, indexed_softmax, softmax
from softmax_geometry.symbolic.vectors import difference, dot, squared_norm

z = list(sp.symbols("z1 z2", real=True))
W = [list(sp.symbols(f"w{i}1 w{i}2", real=True)) for i in range(3)]
b, a, beta = list(sp.symbols("b1:4", real=True)), list(sp.symbols("a1 a2", real=True)), sp.Symbol("beta", real=True)


def cosine(u, v):
    return dot(u, v) / sp.sqrt(squared_norm(u) * squared_norm(v))


def centred(weight):
    mean = [sp.Add(*column) / len(weight) for column in zip(*weight, strict=True)]
    return [difference(w, mean) for w in weight]


@pytest.mark.proves("Gauge")
def test_a_common_shift_cancels_for_every_K():
    l, shift, i, K = sp.IndexedBase("l"), sp.Symbol("s"), *sp.symbols("i K", integer=True, positive=True)

    class Shifted:
        def __getitem__(self, j):
            return l[j] + shift

    assert sp.simplify(indexed_softmax(Shifted(), i, K) - indexed_softmax(l, i, K)) == 0


@pytest.mark.second_route("Gauge")
def test_shifted_weights_and_biases_give_the_same_softmax():
    shifted = affine_logits([[w + c for w, c in zip(row, a, strict=True)] for row in W], z, [c + beta for c in b])
    p, q = softmax(affine_logits(W, z, b)), softmax(shifted)
    assert all(sp.simplify(u - v) == 0 for u, v in zip(p, q, strict=True))


@pytest.mark.proves("Gauge")
def test_two_centred_weights_are_opposite():
    first, second = centred([sp.symbols("u1:4"), sp.symbols("v1:4")])
    assert all(sp.expand(x + y) == 0 for x, y in zip(first, second, strict=True))


@pytest.mark.proves("Gauge")
def test_centred_orthonormal_weights_are_the_optimal_structure_for_every_K():
    """E_i − ē has one entry 1 − 1/K and K − 1 entries −1/K; the products are counted over the coordinates."""
    K = sp.Symbol("K", integer=True, positive=True)
    own, other = 1 - 1 / K, -1 / K
    squared, product = own**2 + (K - 1) * other**2, 2 * own * other + (K - 2) * other**2
    assert sp.simplify(product / squared + 1 / (K - 1)) == 0
    rows = centred([[int(i == h) for h in range(4)] for i in range(4)])
    assert {cosine(rows[i], rows[j]) for i in range(4) for j in range(i)} == {sp.Rational(-1, 3)}


@pytest.mark.proves("Gauge")
def test_weight_decay_is_stationary_along_a_common_shift_only_at_mean_zero():
    tau, lam = sp.symbols("tau lam", positive=True)
    moved = [[w + tau * c for w, c in zip(row, a, strict=True)] for row in W]
    loss = -sp.log(softmax(affine_logits(moved, z, b))[0]) + lam * sp.Add(*[squared_norm(w) for w in moved])
    slope = sp.diff(loss, tau).subs(tau, 0)
    total = [sp.Add(*column) for column in zip(*W, strict=True)]
    assert sp.simplify(slope - 2 * lam * dot(a, total)) == 0


@pytest.mark.proves("Gauge")
def test_mean_cosine_of_centred_weights_of_equal_norm_for_every_K():
    K, c = sp.symbols("K c", positive=True)
    mean = sp.Symbol("mean", real=True)
    (only,) = sp.solve(K * c**2 + K * (K - 1) * c**2 * mean, mean)  # ‖Σ w_i‖² = 0
    assert sp.simplify(only + 1 / (K - 1)) == 0


@pytest.mark.second_route("Gauge")
def test_mean_cosine_of_a_square_which_is_no_optimal_structure():
    square = [[1, 0], [0, 1], [-1, 0], [0, -1]]
    cosines = [cosine(u, v) for u in square for v in square if u is not v]
    assert sum(cosines) / len(cosines) == sp.Rational(-1, 3)
    assert set(cosines) == {0, -1}


@pytest.mark.twin("Gauge")
def test_a_shift_of_one_weight_alone_is_seen():
    moved = [[W[0][0] + 1, W[0][1]], *W[1:]]
    difference_of_odds = softmax(affine_logits(moved, z, b))[0] - softmax(affine_logits(W, z, b))[0]
    at = dict.fromkeys([*W[0], *W[1], *W[2], *b, z[1]], 0) | {z[0]: sp.log(2)}
    assert difference_of_odds.subs(at) == sp.Rational(1, 2) - sp.Rational(1, 3)


@pytest.mark.twin("Gauge")
def test_with_unequal_norms_the_mean_cosine_is_free():
    weight = [[2, 0], [-1, 0], [-1, 0]]  # sums to zero
    cosines = [cosine(u, v) for i, u in enumerate(weight) for v in weight[:i]]
    assert sum(cosines) / 3 == sp.Rational(-1, 3) != sp.Rational(-1, 2)


@pytest.mark.twin("Gauge")
def test_three_centred_weights_need_not_be_opposite():
    first, second, _ = centred([[1, 0], [0, 1], [0, 0]])
    assert [x + y for x, y in zip(first, second, strict=True)] != [0, 0]
