"""Why softmax confidence fails to tell in-distribution from OOD: the paper's causes 1 to 3 (section 6).

OOD is the positive class and a higher score means more OOD throughout.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, Literal

import numpy as np

from softmax_geometry.auroc import AUROC, Placements, auroc_contrast, fpr_at_tpr
from softmax_geometry.checks import Array, InputError
from softmax_geometry.density import DensityModel, Method, U_density, fit_density
from softmax_geometry.display import note, panel, table
from softmax_geometry.estimators import U_cool, U_entropy, U_entropy_log, U_max, U_max_log
from softmax_geometry.features import Features, FeatureSource
from softmax_geometry.head import Head
from softmax_geometry.overlap import ceiling_placements

SCORES = ("U_max", "U_entropy", "U_cool", "U_density", "U_max_log", "U_entropy_log")
_CAUSES: dict[str, tuple[str, str | None, str]] = {  # cause: meaning, better score (None: a perfect one), worse score
    "1": ("saturation, as the paper defines it", "U_cool", "U_entropy"),
    "1a": ("ties: what U_entropy loses to arithmetic", "U_entropy_log", "U_entropy"),
    "1b": ("temperature: what cooling gains by re-ordering", "U_cool", "U_entropy_log"),
    "1a U_max": ("ties: what U_max loses to arithmetic", "U_max_log", "U_max"),
    "2": ("extrapolation and aleatoric uncertainty", "U_density", "U_cool"),
    "3": ("remaining error of U_density: an upper bound on overlap", None, "U_density"),
}


@dataclass(frozen=True)
class Contribution:
    """A share of AUROC (a fraction: 0.01 is one percentage point) with its paired DeLong standard error."""

    value: float
    standard_error: float


@dataclass(frozen=True)
class ScoreQuality:
    """AUROC of one uncertainty score, and its false-positive rate when 95 % of OOD points are detected."""

    auroc: AUROC
    fpr_at_95_tpr: float


@dataclass(frozen=True)
class Decomposition:
    """1 − AUROC(U) = overlap + information lost by U + wrong direction of U (theorem 7.2).

    In the population all three are ≥ 0. Here the ceilings A*(z) and A*(U) are cross-fitted lower bounds, so
    `overlap` is an upper estimate and the other two can come out slightly negative.

    Attributes
    ----------
    ceiling : AUROC
        A*(z), the best AUROC of any score of the features.
    overlap : Contribution
        1 − A*(z): what no score of the features can recover. The same for every U.
    information_lost : dict of Contribution
        A*(z) − A*(U) for each score: what U cannot tell any more, however its values are re-ordered.
    wrong_direction : dict of Contribution
        A*(U) − AUROC(U) for each score: what re-ordering the values of U would recover.
    """

    ceiling: AUROC
    overlap: Contribution
    information_lost: dict[str, Contribution]
    wrong_direction: dict[str, Contribution]


@dataclass(frozen=True, repr=False)
class Diagnosis:
    """What `diagnose` found.

    Attributes
    ----------
    precision : "float32" or "float64"
        Of the logits from which the plain softmax scores were computed.
    scores : dict of ScoreQuality
        For U_max, U_entropy, U_cool (plain), U_density, and the float64 twins U_max_log and U_entropy_log.
    causes : dict of Contribution
        Keys "1", "1a", "1b", "1a U_max", "2" and "3"; 1 + 2 + 3 = 1 − AUROC(U_entropy) and 1 = 1a + 1b.
    decomposition : Decomposition or None
        Overlap, information lost and wrong direction, where asked for.
    """

    precision: Literal["float32", "float64"]
    scores: dict[str, ScoreQuality]
    causes: dict[str, Contribution]
    decomposition: Decomposition | None

    def __repr__(self) -> str:
        shown = {name: f"{name} {_percent(score.auroc)}" for name, score in self.scores.items()}
        lines = [
            f"Diagnosis(AUROC in % ± s.e., OOD positive, plain scores from {self.precision} logits",
            ", ".join(text for name, text in shown.items() if not name.endswith("_log")),
            ", ".join(text for name, text in shown.items() if name.endswith("_log")),
            "lost to cause " + ", ".join(f"{key}: {_percent(self.causes[key])}" for key in ("1a", "1b", "2", "3")),
        ]
        if self.decomposition is not None:
            lines.append(f"ceiling of all scores of the features {_percent(self.decomposition.ceiling)}")
        return ";\n  ".join(lines) + ")"

    def _repr_html_(self) -> str:
        scores = [
            (name, _percent(score.auroc), f"{100 * score.auroc.tie_fraction:.2f}", f"{100 * score.fpr_at_95_tpr:.1f}")
            for name, score in self.scores.items()
        ]
        causes = [(f"{key}: {_CAUSES[key][0]}", _percent(cause)) for key, cause in self.causes.items()]
        parts = [
            table(scores, header=("score", "AUROC, % ± s.e.", "tied pairs, %", "false alarms at 95 % detection, %")),
            table(causes, header=("cause", "AUROC lost, % ± s.e.")),
        ]
        if self.decomposition is not None:
            parts.append(_decomposition_table(self.decomposition))
        about = f"OOD is the positive class. Plain scores from {self.precision} logits."
        return panel("Diagnosis", *parts, note(about))

    def to_dict(self) -> dict[str, Any]:
        """Plain types, ready for JSON, with the units and the meaning of each cause."""
        causes = {key: {"meaning": _CAUSES[key][0], **asdict(cause)} for key, cause in self.causes.items()}
        return {
            **asdict(self),
            "causes": causes,
            "units": "AUROC, rates and contributions are fractions (1 = 100 %)",
            "positive_class": "OOD",
        }


def all_scores(
    head: Head,
    features: FeatureSource,
    density: DensityModel | None = None,
    precision: Literal["float32", "float64"] = "float32",
) -> dict[str, Array]:
    """Every uncertainty score of N features by name, each of shape (N,); U_density only with a density.

    The plain scores U_max, U_entropy and U_cool see the logits cast to `precision`, as a network would give them;
    their log-space twins see float64.

    Raises
    ------
    InputError
        If the features do not fit the head or the density, or the logits do not fit the precision.

    Examples
    --------
    >>> list(all_scores(Head([[1.0], [-1.0]]), Features([[0.5]])))
    ['U_max', 'U_entropy', 'U_cool', 'U_max_log', 'U_entropy_log']
    """
    return _joined(list(features.map(partial(_scores_of_block, head, density, precision))))


def _scores_of_block(
    head: Head, density: DensityModel | None, precision: Literal["float32", "float64"], block: Features
) -> dict[str, Array]:
    head.check_width(block.H)
    scores = _joined([_softmax_scores(head.logits(block.z[rows]), precision) for rows in head.row_blocks(len(block))])
    if density is not None:
        scores["U_density"] = U_density(block.z, density)
    return {name: scores[name] for name in SCORES if name in scores}


def _softmax_scores(logits: Array, precision: Literal["float32", "float64"]) -> dict[str, Array]:
    if precision == "float32" and np.abs(logits).max() > np.finfo(np.float32).max:
        raise InputError(f"precision: expected one that holds logits of {np.abs(logits).max():.3g}, got float32")
    cast = logits.astype(precision)
    return {
        "U_max": U_max(cast),
        "U_entropy": U_entropy(cast),
        "U_cool": U_cool(cast),
        "U_max_log": U_max_log(logits),
        "U_entropy_log": U_entropy_log(logits),
    }


def _joined(parts: list[dict[str, Array]]) -> dict[str, Array]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def diagnose(
    head: Head,
    train: FeatureSource,
    test: FeatureSource,
    out: FeatureSource,
    density: DensityModel | Method | None = None,
    precision: Literal["float32", "float64"] = "float32",
    ceiling: bool = False,
    rng: np.random.Generator | int | None = None,
) -> Diagnosis:
    """AUROC of each score, and the share of AUROC lost to each of the paper's causes: test data against OOD.

    The paper's shares (section 6): cause 1, saturation, is AUROC(U_cool) − AUROC(U_entropy); cause 2, softmax
    extrapolation and conflation with aleatoric uncertainty, is AUROC(U_density) − AUROC(U_cool); cause 3,
    feature overlap, is 1 − AUROC(U_density). Read them with two warnings.

    - Cause 1 mixes saturation with re-ordering: U_cool also reverses the order of points that are not
      saturated. Hence our split: 1a, ties, is AUROC(U_entropy_log) − AUROC(U_entropy), what arithmetic costs
      (at most half the tie fraction, up to rounding); 1b, temperature, AUROC(U_cool) − AUROC(U_entropy_log).
    - Cause 3 is only an upper bound on overlap, even for a perfect density: −log p_in is not the likelihood
      ratio. `ceiling=True` adds the decomposition whose terms are never negative in the population.

    Saturation is a property of the precision, so the plain scores U_max, U_entropy and U_cool are computed
    from logits cast to `precision`, as in a network. In float32 U_max ties from logit margins of about 17 on,
    U_entropy as computed here (−Σ σ log σ, nothing clipped) only from about 100 on; code that clips
    probabilities ties earlier. A share may be negative: the remedy then hurts.

    Parameters
    ----------
    head : Head
    train : Features or FeatureStream
        Fits the density where none is given; otherwise unused.
    test, out : Features or FeatureStream
        In-distribution test and OOD features, at least two each. AUROC does not depend on their proportion.
    density : DensityModel, "em" or "per_class", optional
        A density, or how `fit_density(train, n_components=K)` fits one, untuned: when left out, by EM where `train` is
        in memory, and one Gaussian for each class where it is a stream.
    precision : {"float32", "float64"}
    ceiling : bool
        Also estimate overlap, information lost and wrong direction, by cross-fitted classifiers. They need `test` and
        `out` in memory; a sample of each will do.
    rng : Generator or seed
        For fitting the density and for the folds of the ceiling.

    Raises
    ------
    InputError
        If features do not fit the head or the density, a side has fewer than two points, `precision` is
        unknown, the density cannot be fitted, or a ceiling is asked for of streams.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> head = Head([[10.0], [-10.0]])
    >>> side = 2 * rng.integers(2, size=(200, 1)) - 1
    >>> train = Features(side + 0.1 * rng.normal(size=(200, 1)))
    >>> test = Features(side + 0.1 * rng.normal(size=(200, 1)))
    >>> out = Features(0.5 * rng.normal(size=(200, 1)))
    >>> diagnosis = diagnose(head, train, test, out, rng=0)
    >>> sorted(diagnosis.causes)
    ['1', '1a', '1a U_max', '1b', '2', '3']
    """
    if precision not in ("float32", "float64"):
        raise InputError(f'precision: expected "float32" or "float64", got {precision!r}')
    for name, side in (("test", test), ("out", out)):
        head.check_width(side.H, name)
        if ceiling and not isinstance(side, Features):
            raise InputError(f"{name}: expected features in memory for a ceiling, got a stream (take a sample of it)")
    rng = np.random.default_rng(rng)
    if not isinstance(density, DensityModel):
        head.check_width(train.H, "train")
        density = fit_density(train, n_components=head.K, method=density, rng=rng)
    in_scores, out_scores = (all_scores(head, side, density, precision) for side in (test, out))
    for name, scores_of in (("test", in_scores), ("out", out_scores)):
        if (n := len(scores_of["U_max"])) < 2:
            raise InputError(f"{name}: expected at least 2 points, for a standard error, got {n}")
    placements = {name: Placements.from_scores(in_scores[name], out_scores[name]) for name in in_scores}
    scores = {
        name: ScoreQuality(placements[name].auroc, fpr_at_tpr(in_scores[name], out_scores[name])) for name in in_scores
    }
    causes = {
        key: _gain(placements[worse], placements[better] if better else None)
        for key, (_, better, worse) in _CAUSES.items()
    }
    decomposition = None
    if ceiling:
        assert isinstance(test, Features)
        assert isinstance(out, Features)
        decomposition = _decompose(head, test.z, out.z, in_scores, out_scores, placements, rng)
    return Diagnosis(precision, scores, causes, decomposition)


def _gain(worse: Placements, better: Placements | None = None) -> Contribution:
    """AUROC of `better` (of a perfect score: 1) minus that of `worse`."""
    if better is None:
        value, error = auroc_contrast([worse], [-1])
        return Contribution(1 + value, error)
    return Contribution(*auroc_contrast([better, worse], [1, -1]))


def _decompose(
    head: Head,
    in_z: Array,
    out_z: Array,
    in_scores: dict[str, Array],
    out_scores: dict[str, Array],
    placements: dict[str, Placements],
    rng: np.random.Generator,
) -> Decomposition:
    """Ceilings by cross-fitting; logits and scores, functions of z, are joined to z to help learn A*(z)."""
    in_all = np.column_stack([in_z, head.logits(in_z), *in_scores.values()])
    out_all = np.column_stack([out_z, head.logits(out_z), *out_scores.values()])
    best = ceiling_placements(in_all, out_all, rng=rng)
    best_of = {
        name: ceiling_placements(in_scores[name][:, None], out_scores[name][:, None], rng=rng) for name in in_scores
    }
    return Decomposition(
        ceiling=best.auroc,
        overlap=_gain(best),
        information_lost={name: _gain(best_of[name], best) for name in in_scores},
        wrong_direction={name: _gain(placements[name], best_of[name]) for name in in_scores},
    )


def _percent(quantity: AUROC | Contribution) -> str:
    error = quantity.standard_error
    return f"{100 * quantity.value:.2f}" + ("" if error is None else f" ± {100 * error:.2f}")


def _decomposition_table(decomposition: Decomposition) -> str:
    lost, wrong = decomposition.information_lost, decomposition.wrong_direction
    overlap = _percent(decomposition.overlap)
    rows = [(name, overlap, _percent(lost[name]), _percent(wrong[name])) for name in lost]
    return table(rows, header=("score", "overlap, % ± s.e.", "information lost", "wrong direction"))
