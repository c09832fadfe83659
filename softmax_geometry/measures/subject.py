"""What is analysed: head, populations, and the models that every part of the report shares."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from softmax_geometry.checks import Array, InputError, as_labels
from softmax_geometry.density import DensityModel, fit_density
from softmax_geometry.density_regions import DensityRegion, density_region
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.head import Head
from softmax_geometry.plots.plane import Plane, fit_plane
from softmax_geometry.regions import ValidRegion, valid_region


@dataclass(frozen=True, eq=False)
class Subject:
    """What is analysed, with the models every part of the report shares; None where one cannot be had."""

    head: Head
    train: Features
    test: Features | None
    ood: Features | None
    epsilon: float
    regions: dict[str, ValidRegion]
    gaussians: ClassGaussians | None
    density: DensityModel | None
    density_region: DensityRegion | None
    reasons: dict[str, str]
    density_warnings: list[str]
    feature_variance: float

    @property
    def widths_in_std(self) -> Array | None:
        """Widths of the linear region in training standard deviations; None when it is empty."""
        linear = self.regions["U_max"].linear
        return None if self.gaussians is None or linear.is_empty else linear.widths_in_std(self.gaussians)

    @property
    def plane(self) -> Plane:
        """The principal plane of training and OOD features.

        Raises
        ------
        InputError
            If there are fewer than two features.
        """
        return fit_plane(self.train.z, None if self.ood is None else self.ood.z)

    @property
    def populations(self) -> dict[str, Features]:
        """The populations at hand by name: "train", "test", "OOD"."""
        named = {"train": self.train, "test": self.test, "OOD": self.ood}
        return {name: features for name, features in named.items() if features is not None}


def subject(
    head: Head,
    train: Features,
    test: Features | None,
    ood: Features | None,
    epsilon: float,
    rng: np.random.Generator,
) -> Subject:
    """Check the input and fit thresholds, class Gaussians and density on the training features.

    Raises
    ------
    InputError
        If features do not fit the head, labels are missing from `train` or out of range, or ε is outside (0, 1);
        if the variance of the features overflows.
    """
    if train.labels is None:
        raise InputError("train: expected class labels, got none")
    for name, features in (("train", train), ("test", test), ("ood", ood)):
        if features is not None:
            head.features(features.z, name)
    for name, features in (("train labels", train), ("test labels", test)):
        if features is not None and features.labels is not None:
            as_labels(name, features.labels, len(features), head.K)
    train = in_float64(train)
    test, ood = (None if features is None else in_float64(features) for features in (test, ood))
    for name, features in (("train", train), ("test", test), ("ood", ood)):
        if features is not None and not np.isfinite(_variance(features)):
            raise InputError(f"{name}: expected features whose variance is a finite number, got one that overflows")
    reasons: dict[str, str] = {}
    variance = _variance(train)

    def fitted(name: str, fit: Callable[[], Any]) -> Any:
        try:
            return fit()
        except InputError as error:
            reasons[name] = str(error)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        density = fitted("density", lambda: fit_density(train, head.K, rng=rng))
    return Subject(
        head,
        train,
        test,
        ood,
        epsilon,
        {name: valid_region(head, train, epsilon, name) for name in ("U_max", "U_entropy")},
        fitted("gaussians", lambda: ClassGaussians.from_features(train, head.K)),
        density,
        None if density is None else density_region(density, train, epsilon),
        reasons,
        [str(warning.message) for warning in caught],
        variance,
    )


def _variance(features: Features) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.var(features.z, axis=0, dtype=np.float64).mean())


def in_float64(features: Features) -> Features:
    """The same features in float64, in which norms and variances do not overflow."""
    return Features(features.z.astype(np.float64), features.labels)
