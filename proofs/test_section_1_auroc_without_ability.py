"""Section 1: a score that knows nothing of epistemic uncertainty can have any AUROC, above or below 50 %.

**Claim** (section 1). "A system incapable of capturing epistemic uncertainty should do no better than random guessing
– an AUROC of 50 %"; hence the 75 % to 99 % of softmax confidence show such ability.

**Verdict.** Refuted, both as an upper limit and as an inference.

**What is true.** If the score has the same law on both sides the AUROC is exactly 1/2. But the uncertainty of the
exact Bayes posterior, purely aleatoric, has whatever AUROC the place of the OOD data gives it.

*Discrete example.* Two classes that overlap with probability δ: a training point lies in the overlap with probability
δ (posterior ½) and otherwise in a part of its own class (posterior 1). OOD data in the overlap: AUROC 1 − δ/2. OOD
data in one class's own part: (1−δ)/2. With δ in (0, 1) these take every value in (½, 1) and in (0, ½); mixtures of
the two take those between.

*Gaussian example.* Logit gaps of mean zero (theorem 7.3): (2/π) arctan(s_in/s_out), every value in (0, 1).

Nor does an AUROC of 50 % show that the two sides look alike: training score 0, OOD scores ±1 with equal probability:
AUROC ½, while the best score of U has AUROC 1.

**Proof.** Equal laws: by exchange of two independent draws P(U_in < U_out) = P(U_out < U_in), and with half the ties
the sum is 1. Overlap: an OOD point there is above the 1 − δ of sure training points and ties with δ: 1 − δ + δ/2. In
the sure part it is above none and ties with 1 − δ. Both functions of δ are continuous and monotone. ∎

**What the machine checks.** The example for symbolic δ (sympy) and by exact laws; exchange by z3 for a pair. Second
route: the Gaussian family (sympy, limits and monotonicity), the posterior by Bayes' rule in exact fractions.

**Sources.** Pearce, Brintrup & Zhu (2021), section 1.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
import z3

from numerics import laws
from numerics.solver import RefutedError, prove

HALF = Fraction(1, 2)
delta = sp.Symbol("delta", positive=True)


def training(overlap):
    own = (1 - Fraction(overlap)) / 2
    return laws.as_law({"overlap": overlap, "first": own, "second": own})


def uncertainty(overlap):
    """U_max of the exact posterior: class laws put `overlap` on the common part, the rest on their own."""
    joint = {
        "overlap": (Fraction(overlap) / 2,) * 2,
        "first": (HALF * (1 - overlap), 0),
        "second": (0, HALF * (1 - overlap)),
    }
    return lambda z: -max(joint[z]) / sum(joint[z])


def auroc(law_in, law_out, U):
    return laws.auroc(laws.image(law_in, U), laws.image(law_out, U))


def win(u, v):
    return z3.If(u < v, z3.RealVal(1), z3.If(u == v, z3.RealVal("1/2"), z3.RealVal(0)))


@pytest.mark.proves("Section 1, AUROC of 50 %")
@pytest.mark.parametrize("overlap", [Fraction(1, 10), HALF, Fraction(9, 10)])
def test_aleatoric_uncertainty_alone_scores_above_and_below_one_half(overlap):
    law, U = training(overlap), uncertainty(overlap)
    assert auroc(law, laws.uniform("overlap"), U) == 1 - overlap / 2 > HALF
    assert auroc(law, laws.uniform("first"), U) == (1 - overlap) / 2 < HALF


@pytest.mark.proves("Section 1, AUROC of 50 %")
def test_every_value_is_taken():
    above, below = (1 - delta) + delta / 2, (1 - delta) / 2
    assert [above.subs(delta, d) for d in (0, 1)] == [1, sp.Rational(1, 2)]
    assert [below.subs(delta, d) for d in (0, 1)] == [sp.Rational(1, 2), 0]
    assert above.diff(delta) == below.diff(delta) == -sp.Rational(1, 2)


@pytest.mark.proves("Section 1, AUROC of 50 %")
def test_equal_laws_give_exactly_one_half():
    u, v = z3.Reals("u v")
    prove(win(u, v) + win(v, u) == 1)
    law = laws.as_law({0: "1/7", 1: "2/7", 5: "4/7"})
    assert laws.auroc(law, law) == HALF


@pytest.mark.second_route("Section 1, AUROC of 50 %")
def test_gaussian_logit_gaps_take_every_value():
    ratio = sp.Symbol("ratio", positive=True)
    value = 2 / sp.pi * sp.atan(ratio)  # theorem 7.3, s_in/s_out = ratio
    assert sp.limit(value, ratio, 0) == 0
    assert sp.limit(value, ratio, sp.oo) == 1
    assert sp.simplify(value.diff(ratio) * sp.pi * (1 + ratio**2)) == 2


@pytest.mark.second_route("Section 1, AUROC of 50 %")
def test_a_mixture_of_both_places_is_at_chance_though_told_apart_perfectly():
    """AUROC is linear in the OOD law; at chance the best score of U may still be perfect."""
    overlap = Fraction(1, 10)
    law, U = training(overlap), uncertainty(overlap)
    high, low = (auroc(law, laws.uniform(z), U) for z in ("overlap", "first"))
    share = (HALF - low) / (high - low)
    ood = laws.as_law({"overlap": share, "first": 1 - share})
    assert auroc(law, ood, U) == HALF
    assert laws.auroc(laws.uniform(0), laws.uniform(-1, 1)) == HALF
    assert laws.best_auroc(laws.uniform(0), laws.uniform(-1, 1)) == 1


@pytest.mark.twin("Section 1, AUROC of 50 %")
def test_twin_no_better_than_chance():
    """The claim AUROC ≤ 1/2, and its mirror image, fail on the same score."""
    law, U = training(HALF), uncertainty(HALF)
    assert not auroc(law, laws.uniform("overlap"), U) <= HALF
    assert not auroc(law, laws.uniform("first"), U) >= HALF


@pytest.mark.twin("Section 1, AUROC of 50 %")
def test_twin_ties_counted_as_wins():
    """With ties counted as 1, equal laws would not give one half."""
    u, v = z3.Reals("u v")
    whole = z3.If(u <= v, z3.RealVal(1), z3.RealVal(0)) + z3.If(v <= u, z3.RealVal(1), z3.RealVal(0))
    with pytest.raises(RefutedError) as refuted:
        prove(whole == 1)
    assert refuted.value.model["u"] == refuted.value.model["v"]
