"""Commands that print numbers: `region | structure | score | diagnose | claims`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import Positional, arg

from softmax_geometry import tables
from softmax_geometry.checks import InputError
from softmax_geometry.cli.options import BiasFile, FeatureFile, FitMethod, HeadFile, Json, Key, Precision, seeded
from softmax_geometry.features import class_gaussians
from softmax_geometry.head import Head
from softmax_geometry.streams import load_features, load_population
from softmax_geometry.thresholds import Estimator, Source


@dataclass(frozen=True)
class Region:
    """Threshold, offsets and widths of the valid OOD region."""

    head: Positional[HeadFile]
    train: Annotated[
        Path,
        arg(
            help="in-distribution features, a folder of shards z*.npy (labels*.npy), or class Gaussians as .npz "
            "(means, covariances, priors)"
        ),
    ]
    bias: BiasFile = None
    key: Key = None
    epsilon: Annotated[float, arg(help="share of in-distribution data that may be flagged")] = 0.05
    estimator: Annotated[Estimator, arg(help="margin: minus the top-two logit gap")] = "U_max"
    source: Annotated[
        Source | None, arg(help="threshold from the data, with a conformal guarantee, or from class Gaussians")
    ] = None
    json: Json = False

    def run(self) -> dict[str, Any]:
        """The region as plain numbers."""
        from softmax_geometry.regions import valid_region

        train = load_population(self.train)
        region = valid_region(
            Head.load(self.head, self.bias, self.key), train, self.epsilon, self.estimator, self.source
        )
        return tables.region_numbers(region, class_gaussians(train, region.head.K))

    def table(self, numbers: dict[str, Any]) -> str:
        """A readable table."""
        return tables.region_table(numbers)


@dataclass(frozen=True)
class StructureOf:
    """Distance of the decision-boundary structure from the optimum, from the weights alone."""

    head: Positional[HeadFile]
    bias: BiasFile = None
    key: Key = None
    json: Json = False

    def run(self) -> dict[str, Any]:
        """The structure as plain numbers."""
        from softmax_geometry.structure import structure

        return structure(Head.load(self.head, self.bias, self.key)).to_dict()

    def table(self, numbers: dict[str, Any]) -> str:
        """A readable table."""
        return tables.structure_table(numbers)


@dataclass(frozen=True)
class Score:
    """Uncertainty scores of features, one row each; higher means more OOD."""

    head: Positional[HeadFile]
    features: Positional[FeatureFile]
    bias: BiasFile = None
    key: Key = None
    train: Annotated[Path | None, arg(help="training features: adds U_density")] = None
    density: FitMethod = None
    out: Annotated[Path | None, arg(help="write the scores as .npz instead of printing a summary only")] = None
    precision: Precision = "float32"
    seed: int = 0
    json: Json = False

    def run(self) -> dict[str, Any]:
        """Quantiles of each score; the scores themselves go to `out`."""
        from softmax_geometry.density import fit_density
        from softmax_geometry.diagnosis import all_scores
        from softmax_geometry.writing import write_npz

        if self.out is not None and self.out.suffix != ".npz":
            raise InputError(f"--out: expected a path that ends in .npz, got {self.out}")
        head, features = Head.load(self.head, self.bias, self.key), load_features(self.features)
        density = None
        if self.train is not None:
            density = fit_density(load_features(self.train), head.K, method=self.density, rng=seeded(self.seed))
        scores = all_scores(head, features, density, self.precision)
        if self.out is not None:
            write_npz(self.out, **scores)
        return tables.score_numbers(scores)

    def table(self, numbers: dict[str, Any]) -> str:
        """A readable table."""
        return tables.score_table(numbers)


@dataclass(frozen=True)
class Diagnose:
    """AUROC of every estimator and the paper's causes of failure, with standard errors."""

    head: Positional[HeadFile]
    train: Annotated[Path, arg(help="training features, for the density")]
    test: Annotated[Path, arg(help="in-distribution test features")]
    ood: Annotated[Path, arg(help="OOD features")]
    bias: BiasFile = None
    key: Key = None
    density: FitMethod = None
    precision: Precision = "float32"
    ceiling: Annotated[bool, arg(help="estimate the best AUROC any score of the features could reach")] = False
    seed: int = 0
    json: Json = False

    def run(self) -> dict[str, Any]:
        """The diagnosis as plain numbers."""
        from softmax_geometry.diagnosis import diagnose

        head = Head.load(self.head, self.bias, self.key)
        train, test, ood = (load_features(path) for path in (self.train, self.test, self.ood))
        rng = seeded(self.seed)
        return diagnose(head, train, test, ood, self.density, self.precision, self.ceiling, rng).to_dict()

    def table(self, numbers: dict[str, Any]) -> str:
        """A readable table."""
        return tables.diagnosis_table(numbers)


@dataclass(frozen=True)
class Claims:
    """The ledger: every result of the paper and of ours, with its verdict and its proof."""

    verdict: Annotated[str | None, arg(help="only claims with this verdict, such as refuted")] = None
    json: Json = False

    def run(self) -> dict[str, Any]:
        """The claims as plain values."""
        return tables.claim_entries(self.verdict)

    def table(self, numbers: dict[str, Any]) -> str:
        """A readable table."""
        return tables.claims_table(numbers)
