"""The mental model (eqs 7, 86–93) as expressions, printed and corrected. Higher is more OOD.

r = ‖z‖, m = max_i cos θ_{i,z}, c = ‖w_i‖, for the optimal structure of K classes. The printed derivation assumes
that every other cosine is −1/(K−1); since the cosines sum to zero, that forces m = 1 (theorem 6.1).
"""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy import Expr


def U_max_mental(r: Any, m: Any, K: Any) -> Expr:
    """−1/(1+(K−1) exp(−r(1/(K−1) + m))) (eqs 7, 86, 93; c left out).

    Examples
    --------
    >>> U_max_mental(0, 1, sp.Symbol("K"))
    -1/K
    """
    return U_max_mental_scaled(r, m, K, 1)


def U_max_mental_scaled(r: Any, m: Any, K: Any, c: Any) -> Expr:
    """−1/(1+(K−1) exp(−c r(1/(K−1) + m))) (eq 92, with c); at most the true U_max, equal only where m = 1."""
    K = sp.sympify(K)
    return -1 / (1 + (K - 1) * sp.exp(-c * r * (1 / (K - 1) + m)))


def mental_model_chain(r: Any, m: Any, K: Any, c: Any) -> list[Expr]:
    """The confidence of eqs 90, 91 and 92 in turn, equal to one another; eq 92 is −`U_max_mental_scaled`."""
    K = sp.sympify(K)
    own, other = c * r * m, -c * r / (K - 1)
    return [
        sp.exp(own) / (sp.exp(own) + (K - 1) * sp.exp(other)),
        1 / (1 + (K - 1) * sp.exp(other - own)),
        -U_max_mental_scaled(r, m, K, c),
    ]


def U_max_mental_corrected(r: Any, m: Any, K: Any, c: Any) -> Expr:
    """−1/(1+(K−1) exp(−c r m K/(K−1))): the other cosines at −m/(K−1), as their sum demands (theorem 6.2).

    At most the true U_max, equal iff all competitors tie. A decreasing function of c r m = max_i l_i (MaxLogit).

    Examples
    --------
    >>> U_max_mental_corrected(1, 0, sp.Symbol("K"), 1)
    -1/K
    """
    K = sp.sympify(K)
    return -1 / (1 + (K - 1) * sp.exp(-c * r * m * K / (K - 1)))


def cosine_sum(m: Any, K: Any) -> Expr:
    """M − (K−1)/(K−1), the sum of cosines under the printed assumption; it must be 0, so m = 1 (theorem 6.1)."""
    K = sp.sympify(K)
    return m + (K - 1) * (-1 / (K - 1))
