"""Monte Carlo estimates that carry their standard error: streaming, mergeable, with a stated precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm, t

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.ranges import as_count, as_positive


@dataclass(frozen=True)
class Estimate:
    """An estimate of a mean, with its standard error.

    `degrees` are the degrees of freedom of the standard error, None for a large sample.

    Examples
    --------
    >>> Estimate(0.5, standard_error=0.01, n=2500).agrees_with(0.53)
    True
    """

    value: float
    standard_error: float
    n: int
    degrees: int | None = None

    def interval(self, sigmas: float = 4) -> tuple[float, float]:
        """The interval whose coverage is that of ± `sigmas` of a normal law (Student's t for few degrees)."""
        if self.degrees is not None:
            sigmas = float(t.isf(norm.sf(sigmas), self.degrees))
        return self.value - sigmas * self.standard_error, self.value + sigmas * self.standard_error

    def agrees_with(self, x: float, sigmas: float = 4) -> bool:
        """Whether x lies in `interval(sigmas)`; 4 sigmas are wrong once in 16,000 tests."""
        low, high = self.interval(sigmas)
        return low <= x <= high


@dataclass(frozen=True)
class Proportion:
    """A frequency in n independent trials, with its Wilson (score) interval.

    Examples
    --------
    >>> Proportion(0, 1000).agrees_with(0.001), Proportion(0, 1000).agrees_with(0.1)
    (True, False)
    """

    successes: int
    n: int

    def __post_init__(self) -> None:
        as_count("n", self.n, least=1)
        if as_count("successes", self.successes, least=0) > self.n:
            raise InputError(f"successes: expected at most n = {self.n}, got {self.successes}")

    @property
    def value(self) -> float:
        """The observed frequency."""
        return self.successes / self.n

    @property
    def standard_error(self) -> float:
        """√(p(1−p)/n) at the observed frequency; 0 when it is 0 or 1, so test with `agrees_with`."""
        return float(np.sqrt(self.value * (1 - self.value) / self.n))

    def interval(self, sigmas: float = 4) -> tuple[float, float]:
        """The Wilson interval: all p with |frequency − p| ≤ sigmas √(p(1−p)/n)."""
        shrink = 1 / (1 + sigmas**2 / self.n)
        centre = shrink * (self.value + sigmas**2 / (2 * self.n))
        half = shrink * sigmas * np.sqrt(self.standard_error**2 + (sigmas / (2 * self.n)) ** 2)
        return max(0.0, float(centre - half)), min(1.0, float(centre + half))

    def agrees_with(self, p: float, sigmas: float = 4) -> bool:
        """Whether p lies in the Wilson interval."""
        low, high = self.interval(sigmas)
        return low <= p <= high


@dataclass(frozen=True)
class RunningMean:
    """Count, mean and sum of squared deviations of the values seen so far (Welford; Chan, Golub & LeVeque 1983).

    Immutable: `+` merges, so that shards may be worked through in any order or on several machines.

    Examples
    --------
    >>> total = RunningMean.of([1.0, 2.0]) + RunningMean.of([6.0])
    >>> total.mean, total.n
    (3.0, 3)
    """

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Any) -> RunningMean:
        """Summarise a batch of values (n,).

        Raises
        ------
        InputError
            If the values are not a finite, non-empty vector of numbers.
        """
        values = as_floats("values", values, ndim=1).astype(np.float64)
        mean = values.mean()
        return cls(len(values), float(mean), float(np.sum((values - mean) ** 2)))

    def __add__(self, other: RunningMean) -> RunningMean:
        n = self.n + other.n
        if n == 0:
            return self
        gap = other.mean - self.mean
        mean = self.mean + gap * other.n / n
        return RunningMean(n, mean, self.squares + other.squares + gap**2 * self.n * other.n / n)

    def estimate(self) -> Estimate:
        """The mean with its standard error.

        Raises
        ------
        InputError
            If fewer than two values were seen.
        """
        if self.n < 2:
            raise InputError(f"values: expected at least 2 for a standard error, got {self.n}")
        return Estimate(self.mean, float(np.sqrt(self.squares / (self.n - 1) / self.n)), self.n)


def estimate_mean(
    sample_batch: Callable[[np.random.Generator, int], Any],
    rng: Any,
    *,
    standard_error: float,
    max_n: int = 10_000_000,
    batch: int = 10_000,
) -> Estimate:
    """Draw batches until the standard error is as small as asked, or `max_n` values are drawn.

    Parameters
    ----------
    sample_batch : callable
        sample_batch(rng, n) returns n independent values.
    rng : Generator or seed
    standard_error : the target, in the unit of the values
    max_n : where to stop in any case; the result then carries the larger standard error reached.
    batch : values drawn at a time; at least two batches are drawn, and no stop is made at zero variance.

    Notes
    -----
    The stopping time depends on the sample variance, so the mean is biased, by about −γ/√n standard errors for
    skewness γ (Wald's identity, with the covariance of mean and variance): 0.01 of one for γ = 1 and
    n = 10,000. For a rare event use a `Proportion` at fixed n instead, where γ is large.

    Raises
    ------
    InputError
        If a number is out of range, or `sample_batch` does not return a finite vector.

    Examples
    --------
    >>> estimate = estimate_mean(lambda rng, n: rng.random(n), rng=0, standard_error=1e-3)
    >>> estimate.agrees_with(0.5), estimate.n
    (True, 90000)
    """
    target = float(as_positive("standard_error", standard_error))
    batch = as_count("batch", batch, least=2)
    max_n = as_count("max_n", max_n, least=2 * batch)
    rng = np.random.default_rng(rng)
    total = RunningMean.of(sample_batch(rng, batch))
    while True:
        total += RunningMean.of(sample_batch(rng, batch))
        if 0 < total.estimate().standard_error <= target or total.n + batch > max_n:
            return total.estimate()


def replicated_mean(
    f: Callable[[Array], Any], sample: Callable[[np.random.Generator], Array], rng: Any, *, replicates: int = 16
) -> Estimate:
    """The mean of f over independently randomised point sets, its standard error from their spread.

    For quasi-Monte Carlo points, whose values are not independent within a set.

    Parameters
    ----------
    f : callable
        f(points) returns one value for each point.
    sample : callable
        sample(rng) returns one randomised point set, such as `sampling.qmc_normal(10, mean, covariance, rng)`.
    rng : Generator or seed
    replicates : number of sets, at least 2

    Raises
    ------
    InputError
        If there are fewer than two replicates, or f does not return a finite vector.

    Examples
    --------
    >>> from numerics.sampling import qmc_normal
    >>> estimate = replicated_mean(lambda z: z[:, 0] ** 2, lambda rng: qmc_normal(10, [0.0], [[4.0]], rng), rng=0)
    >>> estimate.agrees_with(4.0), estimate.standard_error < 0.01
    (True, True)
    """
    replicates = as_count("replicates", replicates, least=2)
    sets = [RunningMean.of(f(sample(child))) for child in np.random.default_rng(rng).spawn(replicates)]
    means = RunningMean.of([one.mean for one in sets]).estimate()
    return Estimate(means.value, means.standard_error, sum(one.n for one in sets), degrees=replicates - 1)
