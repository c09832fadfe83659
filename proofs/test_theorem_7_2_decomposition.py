"""Theorem 7.2: 1 − AUROC(U) is overlap, plus information lost by U, plus wrong direction of U, none of them negative.

**Claim** (ours, in place of the paper's three causes of section 6, whose terms can be negative). For every U = U(z),

    1 − AUROC(U) = [1 − A*(z)] + [A*(z) − A*(U)] + [A*(U) − AUROC(U)],

where A*(z), A*(U) are the best AUROCs of any score of z and of any score of the value U (theorem 7.1). All three
terms are ≥ 0: overlap of the features, information that U lost, and values of U in an order other than that of their
likelihood ratio.

**Verdict.** Proved.

**What is true.** As claimed; each term can be all of the loss, so none can be left out. A*(U) is the area below the
upper boundary of all points (P(U ∈ S), Q(U ∈ S)), S any set of values. It may exceed the area under the concave hull
of the ROC curve of U, which merges neighbouring values but cannot re-order them. The paper's terms C − B, D − C and 1
− D also sum to 1 − AUROC(U_entropy), but the first two may be negative, down to −1.

**Proof.** The sum telescopes. 1 − A*(z) ≥ 0 since an AUROC is a probability. A score of U is a score of z, so A*(U) ≤
A*(z). U itself is a score of U, so AUROC(U) ≤ A*(U). (Directly: merging two points x, x' of equal U replaces |a| +
|b| by |a + b| in the total variation of theorem 7.1, with a = p(x)q(y) − q(x)p(y) and b likewise.) *Boundary.* The
best score of U flags its values in the order of Q(U=u)/P(U=u), so its ROC curve joins the vectors (P(U=u), Q(U=u)) in
the order of decreasing slope. That is the upper boundary of the zonotope of sums of such vectors. *Examples.* Overlap
alone: equal laws. Information alone: U constant, laws disjoint. Direction alone: U = 1 on the training point, 0 on
the OOD point. ∎

**What the machine checks.** The merging inequality by z3; exact laws for the examples. Second route: A*(U) as the
area under the boundary, computed geometrically from all sets S. A human must read the one-line reasons.

**Sources.** Fawcett, An introduction to ROC analysis (2006), for the hull of the ROC curve.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise

import pytest
import z3

from numerics import laws
from numerics.solver import RefutedError, prove

HALF = Fraction(1, 2)
P = laws.as_law({0: "1/2", 1: "1/8", 2: "1/8", 3: "1/4"})
Q = laws.as_law({0: "1/8", 1: "1/4", 2: "1/8", 4: "1/2"})
SCORES = [lambda x: x, lambda x: -x, lambda x: (x - 2) ** 2, lambda x: x % 2, lambda x: 0, lambda x: (3 * x + 1) % 5]


def terms(P, Q, U):
    """Overlap, information lost, wrong direction."""
    best, best_of_U = laws.best_auroc(P, Q), laws.best_auroc(laws.image(P, U), laws.image(Q, U))
    return 1 - best, best - best_of_U, best_of_U - laws.auroc(laws.image(P, U), laws.image(Q, U))


def roc(P, Q, U):
    """Vertices of the ROC curve of U."""
    levels = sorted({U(x) for x in {**P, **Q}}, reverse=True)
    flagged = [[laws.probability(law, lambda x, s=s: U(x) >= s) for law in (P, Q)] for s in levels]
    return [(Fraction(0), Fraction(0)), *map(tuple, flagged)]


def sets_of_values(P, Q, U):
    """(P(U ∈ S), Q(U ∈ S)) for all sets S of values of U."""
    values = sorted({U(x) for x in {**P, **Q}})
    sets = [S for n in range(len(values) + 1) for S in combinations(values, n)]
    return [tuple(laws.probability(law, lambda x, S=S: U(x) in S) for law in (P, Q)) for S in sets]


def area_under_hull(points):
    """Area under the upper convex hull, by Andrew's monotone chain."""
    hull = []
    for point in sorted(points):
        while len(hull) > 1 and _cross(hull[-2], hull[-1], point) >= 0:
            hull.pop()
        hull.append(point)
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in pairwise(hull))


def _cross(o, a, b):
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


@pytest.mark.proves("Theorem 7.2")
def test_merging_points_loses_information():
    p, q, p_2, q_2, p_y, q_y = z3.Reals("p q p2 q2 py qy")

    def gap(p, q):
        signed = p * q_y - q * p_y
        return z3.If(signed >= 0, signed, -signed)

    prove(gap(p + p_2, q + q_2) <= gap(p, q) + gap(p_2, q_2))


@pytest.mark.proves("Theorem 7.2")
@pytest.mark.parametrize("U", SCORES)
def test_three_terms_none_negative(U):
    assert min(terms(P, Q, U)) >= 0
    assert 1 - sum(terms(P, Q, U)) == laws.auroc(laws.image(P, U), laws.image(Q, U))


@pytest.mark.proves("Theorem 7.2")
def test_each_term_can_be_all_of_the_loss():
    point, other = laws.uniform(0), laws.uniform(1)
    assert terms(point, point, lambda x: x) == (HALF, 0, 0)
    assert terms(point, other, lambda x: 0) == (0, HALF, 0)
    assert terms(point, other, lambda x: -x) == (0, 0, 1)


@pytest.mark.second_route("Theorem 7.2")
@pytest.mark.parametrize("U", SCORES)
def test_best_auroc_of_a_score_is_the_area_under_all_sets_of_its_values(U):
    own, best = laws.auroc(laws.image(P, U), laws.image(Q, U)), laws.best_auroc(laws.image(P, U), laws.image(Q, U))
    assert area_under_hull(sets_of_values(P, Q, U)) == best
    assert own <= area_under_hull(roc(P, Q, U)) <= best <= laws.best_auroc(P, Q)


@pytest.mark.twin("Theorem 7.2")
def test_twin_the_hull_of_the_roc_curve_is_enough():
    """It merges values but does not re-order them: for a reversed score it stops at 1/2."""
    U = SCORES[1]
    assert area_under_hull(roc(P, Q, U)) == HALF < laws.best_auroc(laws.image(P, U), laws.image(Q, U))


@pytest.mark.twin("Theorem 7.2")
def test_twin_the_causes_of_the_paper_are_not_negative():
    """Density ranks the one training and the one OOD point wrongly, the softmax rightly: D − C = −1."""
    train, ood = laws.uniform(0), laws.uniform(1)
    C, D = (laws.auroc(laws.image(train, U), laws.image(ood, U)) for U in (lambda x: x, lambda x: -x))
    assert D - C == -1
    assert (1 - D) + (D - C) == 1 - C


@pytest.mark.twin("Theorem 7.2")
def test_twin_a_score_that_is_not_a_function_of_the_features():
    """With U a function of the input, not of z, the information "lost" is negative: z merges what U separates."""
    train, ood = laws.uniform("x"), laws.uniform("y")
    z, U = (lambda x: 0), (lambda x: ord(x))
    best_of_z = laws.best_auroc(laws.image(train, z), laws.image(ood, z))
    assert best_of_z - laws.best_auroc(laws.image(train, U), laws.image(ood, U)) == -HALF


@pytest.mark.twin("Theorem 7.2")
def test_twin_merging_gains_information():
    p, q, p_2, q_2, p_y, q_y = z3.Reals("p q p2 q2 py qy")

    def gap(p, q):
        signed = p * q_y - q * p_y
        return z3.If(signed >= 0, signed, -signed)

    with pytest.raises(RefutedError):
        prove(gap(p + p_2, q + q_2) >= gap(p, q) + gap(p_2, q_2))
