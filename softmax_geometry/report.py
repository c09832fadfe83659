"""One self-contained page about a head: its structure, its valid OOD region, and how well its uncertainty works."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry import report_text as words
from softmax_geometry.checks import InputError, as_epsilon
from softmax_geometry.density import U_density
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.measures import measure
from softmax_geometry.measures.plain import plain
from softmax_geometry.measures.subject import Subject, subject
from softmax_geometry.plots import (
    ScorePanel,
    causes_figure,
    norm_and_angle,
    pca_plane,
    roc_figure,
    score_histograms,
    structure_figure,
    svg,
    widths_figure,
)
from softmax_geometry.structure import structure
from softmax_geometry.thresholds import Estimator, log_score

_VERSIONS = ("softmax-geometry", "numpy", "scipy", "scikit-learn", "matplotlib")


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """What `build_report` found, as data and as a page.

    Attributes
    ----------
    title : str
    date : str
        ISO date of the analysis.
    versions : dict
        Versions of the libraries that computed it.
    provenance : dict
        Where head and features come from, as the caller says.
    class_names : list of str
    measurements : dict
        All numbers, plain types; a part that could not be measured is {"unavailable": reason}.
    figures : dict
        SVG text of each figure.
    """

    title: str
    date: str
    versions: dict[str, str]
    provenance: dict[str, Any]
    class_names: list[str]
    measurements: dict[str, Any]
    figures: dict[str, str]

    def __repr__(self) -> str:
        return f"Report({self.title!r})"

    def to_dict(self) -> dict[str, Any]:
        """All numbers in JSON's types, without figures. Rates and AUROC are fractions; OOD is the positive class."""
        return {
            "title": self.title,
            "date": self.date,
            "versions": self.versions,
            "provenance": self.provenance,
            "class_names": self.class_names,
            "measurements": self.measurements,
        }

    def to_html(self) -> str:
        """The page: one HTML document that needs nothing beside it."""
        from jinja2 import Environment, PackageLoader, StrictUndefined

        environment = Environment(
            loader=PackageLoader("softmax_geometry", ""),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        for name in (
            "number",
            "percent",
            "with_error",
            "points",
            "signed",
            "differs",
            "apart",
            "confidence",
            "exponential",
        ):
            environment.filters[name] = getattr(words, name)
        return environment.get_template("report.html.jinja").render(
            report=self,
            m=self.measurements,
            names=self.class_names,
            regions=words.REGIONS,
            scores=words.SCORES,
            provenance=_flat(self.provenance),
            images={name: base64.b64encode(text.encode()).decode() for name, text in self.figures.items()},
        )


def build_report(
    head: Head,
    train: Features,
    test: Features | None = None,
    ood: Features | None = None,
    *,
    epsilon: float = 0.05,
    title: str = "Softmax report",
    provenance: Mapping[str, Any] | None = None,
    class_names: Sequence[str] | None = None,
    date: str | None = None,
    rng: np.random.Generator | int | None = 0,
) -> Report:
    """Analyse a head with its features: structure, valid region, coverage, AUROC and causes of failure.

    Parameters
    ----------
    head : Head
    train : Features
        In-distribution features with labels: they set the thresholds, the class Gaussians and the density.
    test : Features, optional
        Fresh in-distribution features, with or without labels; without them false alarms and AUROC are left out.
    ood : Features, optional
        OOD features, the positive class; without them detection and AUROC are left out.
    epsilon : float
        Share of the training data that may be flagged (definition 1).
    provenance : mapping, optional
        Shown on the page as it is: where the data come from.
    class_names : K strings, optional
    date : str, optional
        Shown on the page; today when left out.
    rng : Generator or seed
        For EM, Monte Carlo and the choice of points in figures: the same seed gives the same report.

    Raises
    ------
    InputError
        If features do not fit the head, training labels are missing or out of range, or ε is outside (0, 1). What
        only some part of the report needs (a class with one point, two equal weight rows) is reported on the page.

    Examples
    --------
    >>> head = Head([[2.0, 0.0], [-2.0, 0.0]])
    >>> rng = np.random.default_rng(0)
    >>> labels = np.arange(200) % 2
    >>> train = Features(rng.standard_normal((200, 2)) + np.outer(1 - 2 * labels, [3.0, 0.0]), labels)
    >>> report = build_report(head, train, title="Two classes")
    >>> round(report.to_dict()["measurements"]["pairs"]["rows"][0]["width"], 1)
    3.1
    """
    as_epsilon(epsilon)
    names = [str(name) for name in (range(head.K) if class_names is None else class_names)]
    if len(names) != head.K:
        raise InputError(f"class_names: expected {head.K}, one for each class, got {len(names)}")
    rng = np.random.default_rng(rng)
    s = subject(head, train, test, ood, epsilon, rng)
    measurements = measure(s, rng)
    return Report(
        title,
        date or datetime.datetime.now(datetime.UTC).date().isoformat(),
        {name: _version(name) for name in _VERSIONS},
        plain(dict(provenance or {})),
        names,
        measurements,
        {name: svg(figure) for name, figure in _figures(s, measurements, names, rng).items()},
    )


def _figures(s: Subject, m: dict[str, Any], names: list[str], rng: np.random.Generator) -> dict[str, Figure]:
    figures = {"histograms": score_histograms(list(_score_panels(s).values()))}
    if "unavailable" not in m["structure"]:
        figures["structure"] = structure_figure(structure(s.head))
    if "unavailable" not in m["norms"]:
        figures["norms"] = norm_and_angle(s.head, {name: features.z for name, features in s.populations.items()})
    if "unavailable" not in m["pairs"]:
        figures["widths"] = widths_figure(s.regions["U_max"].widths, s.widths_in_std, names)
    if "unavailable" not in m["plane"]:
        figures["plane"] = pca_plane(s.regions["U_entropy"], s.plane, s.test, s.ood, names=names, rng=rng)
    if "unavailable" not in m["scores"]:
        figures["roc"] = roc_figure(
            {name: (panel.scores["test"], panel.scores["OOD"]) for name, panel in _score_panels(s).items()}
        )
        causes = m["scores"]["causes"]
        if causes is not None:
            figures["causes"] = causes_figure(
                [(label, causes[key]["value"], causes[key]["standard_error"]) for key, label in words.CAUSES.items()]
            )
    return figures


def _score_panels(s: Subject) -> dict[str, ScorePanel]:
    labels: dict[Estimator, str] = {"U_max": "log(1 − max σ)", "U_entropy": "log U_entropy (log nats)"}
    panels = {}
    for name, label in labels.items():
        score = log_score(name)
        values = {which: score(s.head.logits(features.z)) for which, features in s.populations.items()}
        panels[str(name)] = ScorePanel(label, values, s.regions[name].threshold.log_score)
    if s.density is not None and s.density_region is not None:
        values = {which: U_density(features.z, s.density) for which, features in s.populations.items()}
        panels["U_density"] = ScorePanel("U_density (nats)", values, -s.density_region.log_density_threshold)
    return panels


def _flat(provenance: Any, path: str = "") -> list[tuple[str, str]]:
    """Nested mappings as (path, text) lines."""
    if isinstance(provenance, dict):
        return [line for key, value in provenance.items() for line in _flat(value, f"{path} · {key}" if path else key)]
    if isinstance(provenance, list):
        return [(path, ", ".join(map(str, provenance)))]
    return [(path, str(provenance))]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed as a package"
