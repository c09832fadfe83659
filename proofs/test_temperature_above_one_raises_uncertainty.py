"""Section 5 on temperature: warming the logits raises uncertainty.

**Claim**
Section 5 says that warming, σ(z/T) with T > 1, produces "softmax distributions with lower U_max and U_entropy".

**Verdict**
Refuted: the sign is wrong.

**What is true**
For T > 1 both U_max and U_entropy are higher (strictly, unless all logits are equal; U_cool is the case T = 10).

**Proof**
Let l = r s with r = 1/T and p = softmax(r s). Then dp_top/dr = p_top (s_top − E_p s) ≥ 0, since s_top is the
maximum, and dU_entropy/dr = −r Var_p(s) ≤ 0. So confidence falls and entropy rises as T = 1/r grows. Both
derivatives vanish only if all s_j are equal.

**What the machine checks**
Both derivatives as identities with K symbolic. The signs are those of a variance and of a maximum minus a mean.

**Sources**
Pearce, Brintrup & Zhu (2021), section 5 and section 6 (U_cool); Guo et al. (2017) for temperature scaling.
"""

import pytest
import sympy as sp

from numerics.exact import majorises
from numerics.expressions import BallFunction
from softmax_geometry.symbolic.softmax import (
    U_cool,
    U_entropy,
    U_max,
    bound,
    indexed_mean,
    indexed_softmax,
    indexed_U_entropy,
    indexed_U_max,
    softmax,
)

s = sp.IndexedBase("s", real=True)
r = sp.Symbol("r", positive=True)
top, K = sp.symbols("top K", integer=True, positive=True)


class Scaled:
    """The logits r s[j]."""

    def __getitem__(self, j):
        return r * s[j]


def variance():
    return indexed_mean(Scaled(), s[bound] ** 2, K) - indexed_mean(Scaled(), s[bound], K) ** 2


@pytest.mark.proves("Section 5, temperature")
def test_derivatives_in_the_inverse_temperature_for_every_K():
    l = Scaled()
    lead = s[top] - indexed_mean(l, s[bound], K)
    assert sp.simplify(sp.diff(indexed_U_max(l, top, K), r) + indexed_softmax(l, top, K) * lead) == 0
    assert sp.simplify(sp.diff(indexed_U_entropy(l, K), r) + r * variance()) == 0


@pytest.mark.second_route("Section 5, temperature")
def test_warmed_probabilities_are_majorised():
    """Logits log 8, log 2, 0 at T = 1, 3/2, 3 … in exact numbers: every Schur-concave uncertainty rises with T."""
    e = (2, 3, 5)
    powers = [softmax([n * sp.log(v) for v in e]) for n in (3, 2, 1)]  # T = 1, 3/2, 3
    exact = [[str(v) for v in p] for p in powers]
    assert majorises(exact[0], exact[1])
    assert majorises(exact[1], exact[2])
    confidences = [U_max([n * sp.log(v) for v in e], 2) for n in (3, 2, 1)]
    assert confidences == sorted(confidences)


@pytest.mark.second_route("Section 5, temperature")
def test_U_cool_is_the_entropy_at_temperature_ten():
    logits = [3, 1, sp.Rational(-1, 2)]
    cool = BallFunction(U_cool(logits))()
    assert cool.overlaps(BallFunction(U_entropy([sp.Rational(l, 1) / 10 for l in logits]))())
    assert cool > BallFunction(U_entropy(logits))()


@pytest.mark.twin("Section 5, temperature")
def test_the_printed_sign_is_refuted():
    l = [sp.log(4), 0]
    warm = [v / 2 for v in l]
    assert U_max(l, 0) == sp.Rational(-4, 5)
    assert U_max(warm, 0) == sp.Rational(-2, 3)
    printed = U_max(warm, 0) < U_max(l, 0)
    assert not printed
    assert not BallFunction(U_entropy(warm) - U_entropy(l))() < 0
    residual = sp.simplify(sp.diff(indexed_U_entropy(Scaled(), K), r) - r * variance())
    assert residual != 0
    assert residual.subs(K, 2).doit().subs({s[1]: 1, s[2]: 0, r: 1}).evalf() < 0
