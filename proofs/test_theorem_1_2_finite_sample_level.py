"""Theorem 1.2: the exact level of a threshold taken from n calibration scores.

**Claim**
Ours (split-conformal). Let n calibration scores and one fresh score be exchangeable, without ties, and k =
⌈(n+1)(1−ε)⌉ ≤ n. Flagging scores above the k-th smallest calibration score flags the fresh one with probability 1 −
k/(n+1), which lies in (ε − 1/(n+1), ε].

**Verdict**
Proved.

**What is true**
As claimed; with ties the probability is at most 1 − k/(n+1). k ≤ n iff n ≥ 1/ε − 1.

**Proof**
The fresh score exceeds the k-th smallest of the others iff its rank among all n+1 is above k. Without ties the rank
is uniform on 1..n+1 by exchangeability, so the probability is (n+1−k)/(n+1). From (n+1)(1−ε) ≤ k < (n+1)(1−ε) + 1 it
is ≤ ε and > ε − 1/(n+1). With ties break them at random: the fresh score being strictly above implies a rank above
k.

**What the machine checks**
The bounds by z3 for all n and ε; the probability by counting all (n+1)! orders for n ≤ 5, and with ties.

**Sources**
Vovk, Gammerman & Shafer (2005), Algorithmic Learning in a Random World.
"""

from fractions import Fraction
from itertools import permutations
from math import ceil

import pytest
import z3

from numerics.solver import RefutedError, prove

n, k, epsilon = z3.Reals("n k epsilon")
RANK = [n >= 1, epsilon > 0, epsilon < 1, k >= (n + 1) * (1 - epsilon), k < (n + 1) * (1 - epsilon) + 1]


def flagged_share(scores, k):
    """Share of all orders in which the last score exceeds the k-th smallest of the others."""
    orders = list(permutations(scores))
    return Fraction(sum(order[-1] > sorted(order[:-1])[k - 1] for order in orders), len(orders))


@pytest.mark.proves("Theorem 1.2")
def test_the_probability_lies_within_one_over_n_plus_one_below_epsilon():
    prove(z3.And((n + 1 - k) <= epsilon * (n + 1), (n + 1 - k) > epsilon * (n + 1) - 1), RANK)


@pytest.mark.proves("Theorem 1.2")
def test_the_rank_is_uniform():
    for size in range(1, 6):
        for rank in range(1, size + 1):
            assert flagged_share(range(size + 1), rank) == 1 - Fraction(rank, size + 1)


@pytest.mark.second_route("Theorem 1.2")
def test_levels_of_exact_ranks():
    for size in range(1, 40):
        for level in (Fraction(j, 37) for j in range(1, 37)):
            rank = ceil((size + 1) * (1 - level))
            assert (rank <= size) == (size >= 1 / level - 1)
            rate = 1 - Fraction(rank, size + 1)
            assert level - Fraction(1, size + 1) < rate <= level


@pytest.mark.second_route("Theorem 1.2")
def test_ties_can_only_lower_the_rate():
    for scores in ((0, 0, 1, 2), (0, 1, 1, 1), (0, 0, 1, 1, 2)):
        for rank in range(1, len(scores)):
            assert flagged_share(scores, rank) <= 1 - Fraction(rank, len(scores))
    assert flagged_share((0, 1, 1, 1), 2) < 1 - Fraction(2, 4)


@pytest.mark.twin("Theorem 1.2")
def test_the_plug_in_rank_overshoots():
    """⌈n(1−ε)⌉, the rank that forgets the fresh point, flags it more often than ε."""
    size, level = 4, Fraction(1, 2)
    assert flagged_share(range(size + 1), ceil((size + 1) * (1 - level))) == Fraction(2, 5) <= level
    assert flagged_share(range(size + 1), ceil(size * (1 - level))) == Fraction(3, 5) > level
    plug_in = [n >= 1, epsilon > 0, epsilon < 1, k >= n * (1 - epsilon), k < n * (1 - epsilon) + 1]
    with pytest.raises(RefutedError):
        prove((n + 1 - k) <= epsilon * (n + 1), plug_in)
