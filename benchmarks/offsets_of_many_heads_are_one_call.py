"""Two-class offsets of 10,000 heads in one call against a loop of brentq over ndtr, and over scipy.stats.norm."""

import time

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import norm

from benchmarks.rows import Row
from benchmarks.timing import ratio_of_medians
from softmax_geometry import two_class_offset

N = 10_000


def loop(cdf, means, stds, priors, epsilon=0.05):
    def excess(a, m, s, p):
        return sum(p[i] * (cdf((a - m[i]) / s[i]) - cdf((-a - m[i]) / s[i])) for i in (0, 1)) - epsilon

    return [
        brentq(excess, 0, np.abs(m).max() + 9 * s.max(), args=(m, s, p))
        for m, s, p in zip(means, stds, priors, strict=True)
    ]


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    law = rng.normal(size=(N, 2)) * 3, rng.uniform(0.5, 2, (N, 2)), rng.dirichlet([1, 1], N)
    start = time.perf_counter()
    slow = loop(norm.cdf, *(part[:100] for part in law))
    slow_seconds = (time.perf_counter() - start) * N / 100
    np.testing.assert_allclose(slow, two_class_offset(*law, 0.05)[:100], rtol=1e-6, atol=1e-9)
    against_ndtr = 1 / ratio_of_medians(lambda: two_class_offset(*law, 0.05), lambda: loop(ndtr, *law), repeats=3)
    start = time.perf_counter()
    two_class_offset(*law, 0.05)
    against_stats = slow_seconds / (time.perf_counter() - start)
    return [
        Row("brentq over ndtr / two_class_offset", f"{N} heads", against_ndtr, 5, at_most=False),
        Row(
            "brentq over stats.norm.cdf / two_class_offset", f"{N} heads (100 timed)", against_stats, 100, at_most=False
        ),
    ]
