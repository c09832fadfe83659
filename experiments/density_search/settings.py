"""Settings of a density (appendix C.5): which there are, and how each is fitted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Literal

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from experiments.scoring import KernelDensity, log_features, scott
from softmax_geometry.checks import Array
from softmax_geometry.density import fit_density
from softmax_geometry.features import Features

Shape = Literal["full", "diag", "spherical"]
Method = Literal["em", "per_class", "kde"]
LogDensity = Callable[[Array], Array]

SHARES = (100 / 512, 256 / 512, 1.0)
REGULARISATIONS = (1e-1, 1e-3, 1e-5, 1e-7)
COMPONENTS = (1, None, 10, 100)
BANDWIDTHS = (0.1, 0.2, 0.5, 1.0, None)
KDE_POINTS = 2000
SHAPES: dict[Shape, str] = {"full": "full", "diag": "diagonal", "spherical": "isotropic"}


@dataclass(frozen=True)
class Setting:
    """One setting; the defaults are the paper's best.

    Attributes
    ----------
    method : {"em", "per_class", "kde"}
    share : float
        Of the neurons, chosen at random.
    before : bool
        Features in front of the last non-linearity.
    reg_covar : float or None
        None: untuned, a thousandth of the mean variance of the features.
    covariance : {"full", "diag", "spherical"}
    log : bool
        Logarithm of the features.
    components : int or None
        None: as many as classes.
    bandwidth : float or None
        Of KDE, on standardised features; None: Scott's.
    """

    method: Method = "em"
    share: float = 1.0
    before: bool = False
    reg_covar: float | None = 1e-5
    covariance: Shape = "full"
    log: bool = False
    components: int | None = None
    bandwidth: float | None = None

    @property
    def label(self) -> str:
        """In what it differs from the paper's best.

        Examples
        --------
        >>> Setting(log=True, covariance="diag", reg_covar=1e-3).label
        'log z, diagonal, reg 1e-3'
        """
        log = ["log z"] if self.log else []
        if self.method == "kde":
            width = "of Scott" if self.bandwidth is None else f"{self.bandwidth:g}"
            return ", ".join(["KDE", *log, f"bandwidth {width}"])
        parts = ["per class"] if self.method == "per_class" else []
        if self.share != 1:
            parts.append(f"{self.share:.0%} of neurons")
        if self.before:
            parts.append("before ReLU")
        parts += log
        if self.covariance != "full":
            parts.append(SHAPES[self.covariance])
        if self.components is not None:
            parts.append(f"{self.components} component" + ("s" if self.components > 1 else ""))
        if self.reg_covar is None:
            parts.append("reg untuned")
        elif self.reg_covar != PAPER.reg_covar:
            parts.append(f"reg {reg_text(self.reg_covar)}")
        return ", ".join(parts) or "paper's best"

    @property
    def of_all_features(self) -> bool:
        """Whether it is a density of all features z, as likelihoods must be to be compared."""
        return self.share == 1 and not self.before


PAPER, UNTUNED = Setting(), Setting(reg_covar=None)
KERNELS = tuple(Setting("kde", log=log, bandwidth=h) for log in (False, True) for h in BANDWIDTHS)
GRID = tuple(
    Setting(log=log, covariance=shape, reg_covar=reg)
    for log, shape, reg in product((False, True), SHAPES, REGULARISATIONS)
)


def one_at_a_time(K: int) -> dict[str, dict[str, Setting]]:
    """For each option its values, with all others as in the paper's best setting, for K classes; and KDE."""
    counts = [n for n in COMPONENTS if n != K]
    return {
        "fit": {"EM": PAPER, "one Gaussian a class": Setting("per_class")},
        "neurons": {f"{share:.0%}": Setting(share=share) for share in SHARES},
        "regularisation": {
            **{reg_text(reg): Setting(reg_covar=reg) for reg in REGULARISATIONS},
            "untuned": UNTUNED,
        },
        "last ReLU": {"after": PAPER, "before": Setting(before=True)},
        "covariance": {name: Setting(covariance=shape) for shape, name in SHAPES.items()},
        "features": {"z": PAPER, "log z": Setting(log=True)},
        "components": {"K" if n is None else str(n): Setting(components=n) for n in counts},
        "KDE": {setting.label.removeprefix("KDE, "): setting for setting in KERNELS},
    }


def around(K: int) -> tuple[Setting, ...]:
    """One option at a time moved away from the paper's best, and the grid of GRID."""
    single = [setting for values in one_at_a_time(K).values() for setting in values.values()]
    return tuple(dict.fromkeys([*single, *GRID]))


def random_draws(draws: int, K: int, seed: int) -> tuple[Setting, ...]:
    """As the paper searched: random draws of the first four options, for each all of the last three."""
    rng = np.random.default_rng(seed)
    return tuple(dict.fromkeys(setting for _ in range(draws) for setting in _draw(rng, K)))


def _draw(rng: np.random.Generator, K: int) -> Iterator[Setting]:
    methods: tuple[Literal["em", "per_class"], ...] = ("em", "per_class")
    start = Setting(
        methods[rng.integers(2)],
        SHARES[rng.integers(len(SHARES))],
        bool(rng.integers(2)),
        REGULARISATIONS[rng.integers(len(REGULARISATIONS))],
    )
    logs = (False,) if start.before else (False, True)
    counts = [n for n in COMPONENTS if n != K] if start.method == "em" else [None]
    for shape, log, n in product(SHAPES, logs, counts):
        yield replace(start, covariance=shape, log=log, components=n)


def fitted(setting: Setting, z: Array, labels: Any, K: int, seed: int) -> LogDensity:
    """The log-density fitted to training features z (N, H): of z itself, or of log z where that is the setting.

    Raises
    ------
    InputError
        If it cannot be fitted: too few points, or a covariance that cannot be factored.
    """
    neurons = np.sort(np.random.default_rng(seed).permutation(z.shape[1])[: max(1, round(setting.share * z.shape[1]))])

    def seen(z: Array) -> Array:
        chosen = z[:, neurons].astype(np.float64)
        return log_features(chosen) if setting.log else chosen

    if setting.method == "kde":
        n = min(KDE_POINTS, len(z))
        bandwidth = setting.bandwidth or scott(n, len(neurons))
        kernels = KernelDensity.fitted(seen(z), n, bandwidth)
        return lambda z: kernels.log_density(seen(z))
    count = None if setting.method == "per_class" else setting.components or K
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture = fit_density(
            Features(seen(z), labels), count, setting.covariance, setting.reg_covar, setting.method, seed
        )
    return lambda z: mixture.log_density(seen(z))


def log_likelihood(setting: Setting, log_density: LogDensity, z: Array) -> float:
    """Mean log-density of features z (N, H) in nats a feature, as a density of z whatever the setting fits.

    The density of log(z + δ) becomes one of z by the factor Π 1/(z + δ).
    """
    of_seen = log_density(z)
    change = -log_features(z.astype(np.float64)).sum(axis=1) if setting.log else 0
    return float(np.mean(of_seen + change) / z.shape[1])


def reg_text(reg: float) -> str:
    """The power of ten, as 1e-5.

    Examples
    --------
    >>> reg_text(1e-5)
    '1e-5'
    """
    return f"1e{round(np.log10(reg))}"
