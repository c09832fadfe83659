"""Lemma R: with H ≤ K−2 some pair of classes is at most a right angle apart.

**Claim** (ours; the paper excludes this case by H ≥ K−1). (a) K ≥ H+2 vectors of R^H cannot have all inner products
v_iᵀv_j, i ≠ j, negative. So max cos ≥ 0 for any K ≥ H+2 directions. (b) K > 2H non-zero vectors cannot have all inner
products ≤ 0. So max cos = 0 is attained, for K ≥ H+2, iff K ≤ 2H.

**Verdict.** Proved.

**What is true.** As claimed. Between K = H+1, where −1/(K−1) is reached, and K = H+2 the best largest cosine jumps to
0 and stays there until K = 2H.

**Proof.** *(a)* v_1, …, v_{H+1} are dependent: Σ a_i v_i = 0, not all a_i = 0. If both signs occur, then u =
Σ_{a_i>0} a_i v_i = Σ_{a_j<0} |a_j| v_j has ‖u‖² = Σ a_i |a_j| v_iᵀv_j < 0, impossible. If, after a change of sign,
all a_i ≥ 0, then 0 = (Σ a_i v_i)ᵀ v_{H+2} = Σ a_i v_iᵀv_{H+2} < 0, impossible.
*(a) again, by induction on H.* For H = 1: three real numbers cannot have pairwise negative products. For H > 1
project on the complement of v_K: v_i' = v_i − (v_iᵀv_K/‖v_K‖²) v_K, in H−1 dimensions, has v_i'ᵀv_j' = v_iᵀv_j −
(v_iᵀv_K)(v_jᵀv_K)/‖v_K‖² < 0, a sum of two negative terms; K−1 ≥ (H−1)+2 vectors are left.
*(b)* Induction on H; for H = 1 three non-zero reals have a positive product among them. Let all v_iᵀv_j ≤ 0 and
project as above. If no v_i' vanishes, K−1 ≤ 2(H−1), since the inner products of the v_i' are ≤ 0. If v_i' = 0, then
v_i = −λ v_K with λ > 0, and every other v_j has v_jᵀv_K ≤ 0 and −λ v_jᵀv_K ≤ 0, so it is orthogonal to v_K; no second
one vanishes, and K−2 ≤ 2(H−1). Either way K ≤ 2H. Attained by any K of the 2H vectors ±e_h with an orthogonal pair
among them. ∎

**What the machine checks.** The two impossible cases of (a) for each number of terms up to 4 (z3; more terms add more
summands of the same sign); the projection identity (sympy) and its sign (z3); the start of the induction (z3). Second
route: the induction of (a), and four vectors of the plane in coordinates. A person must read the dependence and the
induction.

**Sources.** Rankin (1955), The closest packing of spherical caps in n dimensions.
"""

from __future__ import annotations

import itertools

import pytest
import sympy as sp
import z3

from numerics.solver import RefutedError, find_model, prove
from softmax_geometry.symbolic.structure import simplex_coordinates
from softmax_geometry.symbolic.vectors import difference, dot

PLANE = [(z3.Real(f"x{i}"), z3.Real(f"y{i}")) for i in range(3)]


@pytest.mark.proves("Lemma R")
@pytest.mark.parametrize(("positive", "negative"), [(1, 1), (1, 2), (2, 2), (1, 3)])
def test_a_dependence_of_both_signs_would_give_a_negative_square(positive, negative):
    a, b = z3.Reals(" ".join(f"a{i}" for i in range(4))), z3.Reals(" ".join(f"b{j}" for j in range(4)))
    terms, signs = [], [*[x > 0 for x in a], *[x > 0 for x in b]]
    for i, j in itertools.product(range(positive), range(negative)):
        product = z3.Real(f"g{i}{j}")
        signs.append(product < 0)
        terms.append(a[i] * b[j] * product)
    prove(z3.Sum(terms) < 0, signs)


@pytest.mark.proves("Lemma R")
def test_a_dependence_of_one_sign_would_be_negative_on_the_last_vector():
    a, g = [z3.Real(f"a{i}") for i in range(3)], [z3.Real(f"g{i}") for i in range(3)]
    some = z3.Or(*[x > 0 for x in a])
    prove(z3.Sum([x * y for x, y in zip(a, g, strict=True)]) < 0, [some, *[x >= 0 for x in a], *[y < 0 for y in g]])


@pytest.mark.second_route("Lemma R")
def test_projection_keeps_the_signs():
    u, v, w = sp.symbols("u1:4", real=True), sp.symbols("v1:4", real=True), sp.symbols("w1:4", real=True)

    def project(p):
        return difference(p, [dot(p, w) / dot(w, w) * x for x in w])

    claimed = dot(u, v) - dot(u, w) * dot(v, w) / dot(w, w)
    assert sp.simplify(dot(project(u), project(v)) - claimed) == 0
    uv, uw, vw, ww = z3.Reals("uv uw vw ww")
    prove(uv * ww - uw * vw < 0, [uv < 0, uw < 0, vw < 0, ww > 0])
    prove(uv * ww - uw * vw <= 0, [uv <= 0, uw <= 0, vw <= 0, ww > 0])


@pytest.mark.second_route("Lemma R")
def test_start_of_both_inductions_on_the_line():
    p, q, r = z3.Reals("p q r")
    prove(z3.Or(p * q >= 0, p * r >= 0, q * r >= 0))
    prove(z3.Or(p * q > 0, p * r > 0, q * r > 0), [p != 0, q != 0, r != 0])


@pytest.mark.second_route("Lemma R")
def test_four_vectors_of_the_plane_in_coordinates():
    """One of them along (1, 0), without loss of generality."""
    first = [x < 0 for x, _ in PLANE]
    products = [a * c + b * d for (a, b), (c, d) in itertools.combinations(PLANE, 2)]
    prove(z3.Or(*[product >= 0 for product in products]), first)


@pytest.mark.proves("Lemma R")
def test_right_angles_are_attained_up_to_twice_H():
    for H in (2, 3, 4):
        orthoplex = [tuple(sign * int(i == h) for h in range(H)) for i in range(H) for sign in (1, -1)]
        for K in range(H + 2, 2 * H + 1):
            assert max(dot(v, w) for v, w in itertools.combinations(orthoplex[:K], 2)) == 0


@pytest.mark.twin("Lemma R")
def test_twin_one_vector_fewer():
    """K = H+1: the simplex has all inner products negative, and so have three vectors of the plane."""
    for K in (3, 4, 5):
        assert all(sp.simplify(dot(v, w)).is_negative for v, w in itertools.combinations(simplex_coordinates(K), 2))
    (a, b), (c, d) = PLANE[:2]
    with pytest.raises(RefutedError):
        prove(a * c + b * d >= 0, [a < 0, c < 0])


@pytest.mark.twin("Lemma R")
def test_twin_weak_inequality():
    """Four vectors of the plane may have all inner products ≤ 0."""
    conditions = [x <= 0 for x, _ in PLANE] + [
        a * c + b * d <= 0 for (a, b), (c, d) in itertools.combinations(PLANE, 2)
    ]
    model = find_model([*conditions, *[z3.Or(x != 0, y != 0) for x, y in PLANE]])
    assert all(model[f"x{i}"] <= 0 for i in range(3))


@pytest.mark.twin("Lemma R")
def test_twin_of_part_b_with_zero_vectors():
    p, q, r = z3.Reals("p q r")
    with pytest.raises(RefutedError) as refuted:
        prove(z3.Or(p * q > 0, p * r > 0, q * r > 0), [p != 0, q != 0])
    assert refuted.value.model["r"] == 0
