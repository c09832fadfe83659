"""Time grows with the number of points N, of classes K and of features H no faster than counting operations says.

Where sizes are small, other terms and the cost of a call show, and the exponent is lower. One thread: from some size on
numpy takes more, which would bend the line. `python -m benchmarks.growth --out DIR` draws a figure of each function.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import linregress
from threadpoolctl import threadpool_limits

from benchmarks.rows import Row
from benchmarks.timing import Call, medians
from softmax_geometry import (
    ClassMoments,
    DensityModel,
    Features,
    Head,
    LinearRegion,
    U_entropy_log,
    U_max_log,
    ValidRegion,
    auroc,
    fit_density,
    mixture,
    two_class_offset,
)
from softmax_geometry.plots.growth import GrowthLine, growth_figure
from softmax_geometry.plots.style import svg
from softmax_geometry.thresholds import Threshold

SLACK = 0.15  # of an exponent: caches fill up, and matrix products near their full rate, as sizes grow

LAWS: dict[str, Callable[[Any], Any]] = {
    "does not grow with {}": lambda n: n**0,
    "grows at most as {}": lambda n: n,
    "grows at most as {0} log {0}": lambda n: n * np.log(n),
    "grows at most as {}²": lambda n: n**2,
}
FLAT, LINEAR, LINEARITHMIC, SQUARE = LAWS


@dataclass(frozen=True)
class Sweep:
    """One size is doubled from `first` to `last`, the others are held; `law` says what time should do."""

    variable: str
    first: int
    last: int
    law: str
    held: dict[str, int]

    @property
    def sizes(self) -> list[int]:
        return [self.first << i for i in range((self.last // self.first).bit_length())]

    def __str__(self) -> str:
        return " ".join([f"{self.variable}={self.first}..{self.last}", *(f"{k}={v}" for k, v in self.held.items())])


def normal(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


def labels(N: int, K: int) -> Any:
    return np.arange(N) % K


def widths(K: int, H: int) -> Call:
    region = LinearRegion(Head(normal(K, H)), L=1.0)
    return lambda: region.widths


def add_moments(N: int, K: int, H: int) -> Call:
    return partial(ClassMoments(K, H).add, normal(N, H), labels(N, K))


def membership(N: int, K: int, H: int) -> Call:
    region = ValidRegion(Head(normal(K, H)), Threshold("U_max", 0.05, -1.0, "empirical"))
    return partial(region.contains, normal(N, H))


def one_gaussian_a_class(N: int, K: int, H: int) -> Call:
    return partial(fit_density, Features(normal(N, H), labels(N, K)), method="per_class")


def em_step(N: int, K: int, H: int) -> Call:
    z, parameters = normal(N, H), (np.full(K, 1 / K), np.zeros((K, H)), np.stack([np.eye(H)] * K))
    return lambda: mixture._maximisation(z, mixture._expectation(z, *parameters)[1], 0.0)


def log_density(N: int, K: int, H: int) -> Call:
    model = DensityModel(np.full(K, 1 / K), np.zeros((K, H)), np.stack([np.eye(H)] * K))
    return partial(model.log_density, normal(N, H))


def offsets(heads: int) -> Call:
    rng = np.random.default_rng(0)
    return partial(
        two_class_offset, 3 * normal(heads, 2), rng.uniform(0.5, 2, (heads, 2)), rng.dirichlet([1, 1], heads), 0.05
    )


FUNCTIONS: dict[str, tuple[Callable[..., Call], list[Sweep]]] = {
    "U_max_log": (
        lambda N, K: partial(U_max_log, normal(N, K)),
        [Sweep("N", 2**14, 2**19, LINEAR, {"K": 16}), Sweep("K", 2**7, 2**12, LINEAR, {"N": 2**12})],
    ),
    "U_entropy_log": (
        lambda N, K: partial(U_entropy_log, normal(N, K)),
        [Sweep("N", 2**14, 2**19, LINEAR, {"K": 16}), Sweep("K", 2**7, 2**12, LINEAR, {"N": 2**12})],
    ),
    "auroc": (
        lambda N: partial(auroc, normal(N // 2), normal(N - N // 2)),
        [Sweep("N", 2**16, 2**21, LINEARITHMIC, {})],
    ),
    "LinearRegion.widths": (
        widths,
        [Sweep("K", 2**8, 2**12, SQUARE, {"H": 128}), Sweep("H", 2**10, 2**14, LINEAR, {"K": 512})],
    ),
    "ClassMoments.add": (
        add_moments,
        [
            Sweep("N", 2**13, 2**17, LINEAR, {"K": 4, "H": 128}),
            Sweep("K", 2, 2**5, FLAT, {"N": 2**15, "H": 128}),
            Sweep("H", 2**8, 2**12, SQUARE, {"N": 2**10, "K": 1}),
        ],
    ),
    "ValidRegion.contains": (
        membership,
        [
            Sweep("N", 2**11, 2**16, LINEAR, {"K": 128, "H": 128}),
            Sweep("K", 2**7, 2**12, LINEAR, {"N": 512, "H": 512}),
            Sweep("H", 2**10, 2**14, LINEAR, {"N": 512, "K": 256}),
        ],
    ),
    "fit_density per class": (
        one_gaussian_a_class,
        [
            Sweep("N", 2**13, 2**17, LINEAR, {"K": 4, "H": 64}),
            Sweep("K", 2, 2**5, FLAT, {"N": 2**16, "H": 64}),
            Sweep("H", 2**6, 2**10, SQUARE, {"N": 2**15, "K": 1}),
        ],
    ),
    "fit_density, EM step": (
        em_step,
        [
            Sweep("N", 2**11, 2**15, LINEAR, {"K": 4, "H": 128}),
            Sweep("K", 4, 2**6, LINEAR, {"N": 2**11, "H": 128}),
            Sweep("H", 2**7, 2**11, SQUARE, {"N": 2**12, "K": 1}),
        ],
    ),
    "DensityModel.log_density": (
        log_density,
        [
            Sweep("N", 2**11, 2**15, LINEAR, {"K": 4, "H": 128}),
            Sweep("K", 4, 2**6, LINEAR, {"N": 2**11, "H": 128}),
            Sweep("H", 2**8, 2**12, SQUARE, {"N": 2**10, "K": 1}),
        ],
    ),
    "two_class_offset": (offsets, [Sweep("heads", 2**13, 2**17, LINEAR, {})]),
}


def exponent(sizes: Any, costs: Any) -> tuple[float, float]:
    """Slope of the least-squares line of log cost on log size, and its standard error."""
    line = linregress(np.log(sizes), np.log(costs))
    return float(line.slope), float(line.stderr)


@cache
def growths() -> dict[str, list[GrowthLine]]:
    """The measured lines of every function; measured once in a process."""
    with threadpool_limits(1):
        return {name: [measured(at, sweep) for sweep in sweeps] for name, (at, sweeps) in FUNCTIONS.items()}


def measured(at: Callable[..., Call], sweep: Sweep, repeats: int = 5) -> GrowthLine:
    """Median times of a sweep, relative to the least, and the exponents they and the law have."""
    calls = [at(**{sweep.variable: size}, **sweep.held) for size in sweep.sizes]
    seconds = np.array(medians(*calls, repeats=repeats))
    law = LAWS[sweep.law](np.array(sweep.sizes, dtype=float))
    fitted, error = exponent(sweep.sizes, seconds)
    return GrowthLine(
        sweep.variable,
        sweep.sizes,
        list(seconds / seconds.min()),
        list(law),
        fitted,
        error,
        exponent(sweep.sizes, law)[0],
    )


def rows() -> list[Row]:
    return [
        Row(
            f"{name} {sweep.law.format(sweep.variable)}",
            f"{sweep} ±{line.error:.2f}",
            line.exponent,
            round(line.expected + SLACK, 2),
            unit="exponent",
        )
        for name, lines in growths().items()
        for sweep, line in zip(FUNCTIONS[name][1], lines, strict=True)
    ]


def draw(folder: Path) -> None:
    """One SVG figure for each function."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in growths().items():
        path = folder / f"{name.replace(', ', ' ').replace(' ', '_')}.svg"
        path.write_text(svg(growth_figure(f"Time of {name}", lines)), encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--out", type=Path, help="folder for one SVG figure of each function")
    folder = parser.parse_args().out
    for row in rows():
        print(row)
    if folder:
        draw(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
