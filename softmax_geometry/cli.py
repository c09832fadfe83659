"""The command line: `softmax-geometry report | region | structure | score | diagnose`.

Exit code 0: done; 1: the run could not finish; 2: bad input, with one sentence on standard error.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import tyro
from tyro.conf import Positional, arg, subcommand

from softmax_geometry import tables
from softmax_geometry.checks import InputError
from softmax_geometry.features import Features, class_gaussians, load_population
from softmax_geometry.head import Head
from softmax_geometry.thresholds import Estimator, Source

HeadFile = Annotated[
    Path, arg(help="the head: .npz (weight, bias), .npy (weight), .safetensors, or a torch checkpoint")
]
FeatureFile = Annotated[Path, arg(help="features: .npz (z, and labels where needed), .npy (z) or .safetensors")]
BiasFile = Annotated[Path | None, arg(help="the bias as a second .npy, where the head is a .npy")]
Key = Annotated[str | None, arg(help="name of the weight tensor or of its layer, where the file holds several")]
Precision = Annotated[Literal["float32", "float64"], arg(help="of the logits the plain scores saturate in")]
Json = Annotated[bool, arg(help="print JSON for machines instead of a table")]


@dataclass(frozen=True)
class Report:
    """One page on a head: structure, regions, widths, AUROC, causes. Without files: the bundled example."""

    head: Annotated[Path | None, arg(help="the head; left out: the bundled LeNet")] = None
    train: Annotated[Path | None, arg(help="labelled training features")] = None
    test: Annotated[Path | None, arg(help="in-distribution test features")] = None
    ood: Annotated[Path | None, arg(help="OOD features")] = None
    bias: BiasFile = None
    key: Key = None
    epsilon: Annotated[float, arg(help="share of in-distribution data that may be flagged")] = 0.05
    out: Annotated[Path, arg(help="the page; the same numbers go to a .json beside it")] = Path("report.html")
    json: Json = False

    def run(self) -> dict[str, Any]:
        """Build the page and write it and its numbers."""
        from softmax_geometry.example import load_example
        from softmax_geometry.report import build_report
        from softmax_geometry.writing import whole_file

        if self.out.suffix not in (".html", ".htm"):
            raise InputError(f"--out: expected a path that ends in .html, got {self.out}")
        if self.head is None:
            if self.train or self.test or self.ood:
                raise InputError("--head: expected a head to go with the features, got none")
            example = load_example()
            report = build_report(
                example.head,
                example.train,
                example.test,
                example.ood,
                epsilon=self.epsilon,
                title="LeNet on three classes of MNIST",
                provenance=example.provenance,
            )
        else:
            if self.train is None:
                raise InputError("--train: expected labelled training features, got none")
            report = build_report(
                Head.load(self.head, self.bias, self.key),
                Features.load(self.train),
                None if self.test is None else Features.load(self.test),
                None if self.ood is None else Features.load(self.ood),
                epsilon=self.epsilon,
                title=self.head.name,
            )
        numbers = report.to_dict()
        with whole_file(self.out) as page, whole_file(self.out.with_suffix(".json")) as data:
            page.write(report.to_html().encode())
            data.write((json.dumps(numbers, indent=1, allow_nan=False) + "\n").encode())
        return numbers

    def table(self, numbers: dict[str, Any]) -> str:
        """Where the page is."""
        return f"report: {self.out}\nnumbers: {self.out.with_suffix('.json')}"


@dataclass(frozen=True)
class Region:
    """Threshold, offsets and widths of the valid OOD region."""

    head: Positional[HeadFile]
    train: Annotated[
        Path, arg(help="features, or class Gaussians as .npz (means, covariances, priors), of in-distribution data")
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
    out: Annotated[Path | None, arg(help="write the scores as .npz instead of printing a summary only")] = None
    precision: Precision = "float32"
    seed: int = 0
    json: Json = False

    def run(self) -> dict[str, Any]:
        """Quantiles of each score; the scores themselves go to `out`."""
        from softmax_geometry.density import fit_density
        from softmax_geometry.diagnosis import all_scores
        from softmax_geometry.writing import write_npz

        head, features = Head.load(self.head, self.bias, self.key), Features.load(self.features)
        density = None if self.train is None else fit_density(Features.load(self.train), head.K, rng=seeded(self.seed))
        scores = all_scores(head, features, density, self.precision)
        if self.out is not None:
            if self.out.suffix != ".npz":
                raise InputError(f"--out: expected a path that ends in .npz, got {self.out}")
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
    precision: Precision = "float32"
    ceiling: Annotated[bool, arg(help="estimate the best AUROC any score of the features could reach")] = False
    seed: int = 0
    json: Json = False

    def run(self) -> dict[str, Any]:
        """The diagnosis as plain numbers."""
        from softmax_geometry.diagnosis import diagnose

        head = Head.load(self.head, self.bias, self.key)
        train, test, ood = (Features.load(path) for path in (self.train, self.test, self.ood))
        return diagnose(
            head, train, test, ood, precision=self.precision, ceiling=self.ceiling, rng=seeded(self.seed)
        ).to_dict()

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


Command = (
    Annotated[Report, subcommand("report")]
    | Annotated[Region, subcommand("region")]
    | Annotated[StructureOf, subcommand("structure")]
    | Annotated[Score, subcommand("score")]
    | Annotated[Diagnose, subcommand("diagnose")]
    | Annotated[Claims, subcommand("claims")]
)


def seeded(seed: int) -> np.random.Generator:
    """A generator from a seed ≥ 0.

    Raises
    ------
    InputError
        If the seed is negative.
    """
    if seed < 0:
        raise InputError(f"--seed: expected a whole number >= 0, got {seed}")
    return np.random.default_rng(seed)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        command: Any = tyro.cli(Command, prog="softmax-geometry", description=__doc__, args=arguments)  # pyright: ignore[reportCallIssue, reportArgumentType]
        numbers = command.run()
    except InputError as error:
        print(f"softmax-geometry: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("softmax-geometry: interrupted", file=sys.stderr)
        return 1
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        print(json.dumps(numbers, indent=1, allow_nan=False) if command.json else command.table(numbers), flush=True)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"softmax-geometry: standard output cannot be written ({error.strerror})", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
