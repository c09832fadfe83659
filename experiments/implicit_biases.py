"""The paper's closing question: do ensembles and MC dropout strengthen the two implicit biases?

Ours: the paper asks it (section 7, thought 2) and measures nothing. A LeNet is trained on digits, Fashion-MNIST being
OOD: `standard` is the mean over networks that differ in their seeds, `dropout` was trained with dropout on z, and
`ensemble` joins the standard networks. Averaging their logits is again one linear head, on their features side by
side, so all that is measured of a network can be measured of the ensemble; `wide` is its control, one standard
network with as many features. Bias 1 is how near the head is to the optimal structure; bias 2 how far ‖z‖ and max cos
fall for OOD images.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from torch import nn

from experiments.benchmark import histograms
from experiments.data import Images, load_images
from experiments.networks import LeNet
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.scoring import ensemble_scores, max_cosines, mc_dropout_logits
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array
from softmax_geometry.estimators import U_entropy_log, U_max_log
from softmax_geometry.head import Head
from softmax_geometry.plots.benchmark import drop_histograms
from softmax_geometry.plots.counterfactual import structure_bars
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.structure import structure

MEMBER_SEEDS = 1000  # apart
PASSES = 30
SPLITS = ("train", "test", "ood")


@dataclass(frozen=True)
class Config:
    """Classes, data, the size of the ensemble and the rates of dropout; all of it our choice."""

    classes: tuple[int, ...]
    H: int
    data: str = "mnist"
    ood_data: str = "fashion_mnist"
    ood_classes: tuple[int, ...] = tuple(range(10))
    train_images: int = 60_000
    test_images: int = 10_000
    epochs: int = 10
    batch_size: int = 64
    learning_rate: float = 1e-3
    members: int = 5
    dropout: tuple[float, ...] = (0.2, 0.5)

    @property
    def label(self) -> str:
        """The number of classes."""
        return f"{len(self.classes)}-classes"


_THREE, _TEN = (0, 1, 2), tuple(range(10))
_SMALL: dict[str, Any] = {"train_images": 4000, "test_images": 2000, "epochs": 3, "members": 3, "dropout": (0.5,)}
_TINY: dict[str, Any] = {"train_images": 200, "test_images": 100, "epochs": 1, "batch_size": 32, "members": 2}
PRESETS = {
    "smoke": (Config(_THREE, 16, "mnist5000", "mnist5000", (3, 4, 5, 6), dropout=(0.5,), **_TINY),),
    "quick": (Config(_TEN, 64, **_SMALL),),
    "paper": (Config(_THREE, 16), Config(_TEN, 64)),
}


def run(config: Config, given: Given) -> Outcome:
    """Train the standard networks and those with dropout, and measure both biases of each and of the ensemble."""
    rng = np.random.default_rng(given.seed)
    known = {
        split: load_images(config.data, split, given.data).of_classes(config.classes) for split in ("train", "test")
    }
    images = {
        "train": known["train"].sample(config.train_images, rng),
        "test": known["test"].sample(config.test_images, rng),
        "ood": load_images(config.ood_data, "test", given.data)
        .of_classes(config.ood_classes)
        .sample(config.test_images, rng),
    }
    members = [_captured(config, given, images, member) for member in range(config.members)]
    ensemble = {split: joined([of[split] for of in members]) for split in SPLITS}
    metrics = {"standard": mean_of([measured(of) for of in members])}
    arrays = _named("standard", members[0])
    for p in config.dropout:
        of = _captured(config, given, images, dropout=p)
        passes = {
            split: mc_dropout_logits(of[split].head, of[split].z, p, PASSES, given.seed) for split in ("test", "ood")
        }
        metrics[f"dropout {p}"] = measured(of, passes)
        arrays |= _named(f"dropout {p}", of)
    metrics["ensemble"] = measured(ensemble, {s: [of[s].logits for of in members] for s in ("test", "ood")})
    wide = _captured(config, given, images, width=config.members)
    metrics["wide"] = measured(wide)
    arrays |= _named("ensemble", ensemble) | _named("wide", wide)
    return Outcome(metrics, arrays, tuple(images.values()))


def network(H: int, K: int, dropout: float) -> nn.Sequential:
    """A LeNet with dropout between the features z and the head."""
    lenet = LeNet(H, K)
    return nn.Sequential(lenet.body, nn.Dropout(dropout), lenet.head)


def joined(members: Sequence[Captured]) -> Captured:
    """Networks as one: their features side by side, and the head whose logits are the mean of theirs.

    The Gram matrix of its weights is the mean of theirs over M, so departures from the optimal structure that differ
    from member to member average out.
    """
    M = len(members)
    head = Head(np.hstack([of.head.weight for of in members]) / M, np.mean([of.head.bias for of in members], axis=0))
    z, logits = np.hstack([of.z for of in members]), np.mean([of.logits for of in members], axis=0)
    return Captured(z, logits, members[0].labels, head)


STRUCTURE = ("gram_distance", "etf_distance", "norm_spread", "cosine_max_deviation", "bias_spread")


def measured(of: Mapping[str, Captured], several: Mapping[str, Sequence[Array]] | None = None) -> dict[str, Any]:
    """Accuracy, distance from the optimal structure, ‖z‖, max cos, and AUROC of a network's scores.

    `several` are logits of several networks, or draws of dropout, on test and OOD images: their averaged softmax has
    scores of its own.
    """
    head, test = of["train"].head, of["test"]
    found = structure(head).to_dict()
    norms = {split: np.linalg.norm(of[split].z, axis=1).astype(np.float64) for split in SPLITS}
    cosines = {split: max_cosines(head, of[split].z) for split in SPLITS}
    scores = {
        split: {
            "U_max": U_max_log(of[split].logits.astype(np.float64)),
            "U_entropy": U_entropy_log(of[split].logits.astype(np.float64)),
            "−‖z‖": -norms[split],
            "−max cos": -cosines[split],
        }
        for split in ("test", "ood")
    }
    for split, logits in (several or {}).items():
        scores[split] |= {f"averaged {name}": values for name, values in ensemble_scores(logits).items()}
    norm, max_cos = ({split: float(values[split].mean()) for split in SPLITS} for values in (norms, cosines))
    return {
        "accuracy": float(np.mean(test.logits.argmax(axis=1) == test.labels)),
        "structure": {name: found[name] for name in STRUCTURE},
        "norm": {**norm, "OOD over test": _ood_over_test(norm)},
        "max cos": {**max_cos, "OOD over test": _ood_over_test(max_cos)},
        "AUROC": {name: auroc(scores["test"][name], scores["ood"][name]).value for name in scores["test"]},
    }


def _ood_over_test(means: Mapping[str, float]) -> float:
    """A ratio; NaN for a network whose features are 0 for all test images."""
    return means["ood"] / means["test"] if means["test"] else math.nan


def mean_of(metrics: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The mean of nested dicts of numbers, entry by entry.

    Examples
    --------
    >>> mean_of([{"a": {"b": 1.0}}, {"a": {"b": 2.0}}])
    {'a': {'b': 1.5}}
    """
    return {
        key: mean_of([of[key] for of in metrics])
        if isinstance(value, dict)
        else float(np.mean([of[key] for of in metrics]))
        for key, value in metrics[0].items()
    }


def _captured(
    config: Config,
    given: Given,
    images: Mapping[str, Images],
    member: int = 0,
    dropout: float = 0.0,
    width: int = 1,
) -> dict[str, Captured]:
    """Features of all images of a network trained for this, with `width` times as many as the configuration has."""
    seed = given.seed + MEMBER_SEEDS * member
    with initial_weights_of(seed):
        model = network(config.H * width, len(config.classes), dropout)
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    checkpoint = given.checkpoint(f"member{member}-dropout{dropout}-width{width}")
    train(model, images["train"], recipe, seed, device=given.device, checkpoint=checkpoint, progress=given.progress)
    return {split: captured(model, those, given.device) for split, those in images.items()}


def _named(method: str, of: Mapping[str, Captured]) -> dict[str, Array]:
    return {f"{method}: {name}": array for name, array in histograms(of, ("ood",)).items()}


MEASURES = {
    ("structure", "gram_distance"): "Gram distance",
    ("structure", "norm_spread"): "spread of ‖w‖",
    ("structure", "cosine_max_deviation"): "largest error of cos",
    ("norm", "OOD over test"): "‖z‖ OOD/test",
    ("max cos", "OOD over test"): "max cos OOD/test",
}
SCORES = ("−‖z‖", "−max cos", "U_max", "U_entropy", "averaged U_max", "averaged U_entropy")
SCORES += ("averaged mutual information",)


def table(records: Sequence[Record]) -> str:
    """Both biases by method, AUROC in percent, and differences from standard networks paired over seeds.

    Smaller Gram distances, spreads and deviations of the cosines are a stronger bias 1; smaller ‖z‖ and max cos of
    OOD images over those of test images, and larger AUROC of −‖z‖ and −max cos, a stronger bias 2.
    """
    first, second, third, fourth = [], [], [], []
    for label, runs in of_each_config(records).items():
        for method in runs[0].metrics:
            name = f"{label}, {method}"
            of = [run.metrics[method] for run in runs]
            first.append([name, len(runs), *(with_error((m[a][b] for m in of), 3) for a, b in MEASURES)])
            accuracy = with_error((m["accuracy"] for m in of), 2, percent=True)
            second.append(
                [
                    name,
                    accuracy,
                    *(with_error((m["AUROC"].get(score) for m in of), 1, percent=True) for score in SCORES),
                ]
            )
            if method != "standard":
                base = [run.metrics["standard"] for run in runs]
                changes = [[_change(m[a][b], n[a][b]) for m, n in zip(of, base, strict=True)] for a, b in MEASURES]
                third.append([name, *(with_error(values, 3) for values in changes)])
                gains = [
                    [_change(m["AUROC"].get(s), n["AUROC"][of_one(s)]) for m, n in zip(of, base, strict=True)]
                    for s in SCORES[:-1]
                ]
                fourth.append([name, *(with_error(values, 1, percent=True) for values in gains)])
    measures = list(MEASURES.values())
    return "\n\n".join(
        (
            text_table(["method", "seeds", *measures], first),
            text_table(["AUROC (%)", "accuracy", *SCORES], second),
            text_table(["method − standard", *measures], third),
            text_table(["AUROC − standard (points)", *SCORES[:-1]], fourth),
        )
    )


def of_one(score: str) -> str:
    """The score of one softmax that a score of an averaged softmax is compared with."""
    return score.removeprefix("averaged ")


def _change(value: float | None, standard: float | None) -> float | None:
    return None if value is None or standard is None else value - standard


COLUMNS = {
    "gram": "Gram distance",
    "norm": "‖z‖, OOD / test",
    "cos": "max cos, OOD / test",
    "score": "AUROC U_entropy (%)",
}


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Both biases and the AUROC by method, and the histograms of the first seed."""
    drawn = {}
    for label, runs in of_each_config(records).items():
        points = {}
        for method in runs[0].metrics:
            of = [run.metrics[method] for run in runs]
            points[method] = {
                "gram": mean_and_se(m["structure"]["gram_distance"] for m in of),
                "norm": mean_and_se(m["norm"]["OOD over test"] for m in of),
                "cos": mean_and_se(m["max cos"]["OOD over test"] for m in of),
                "score": mean_and_se(m["AUROC"].get("averaged U_entropy", m["AUROC"]["U_entropy"]) for m in of),
            }
        drawn[f"biases-{label}"] = partial(structure_bars, points, COLUMNS)
        arrays = runs[0].arrays
        of_method = {
            method: {key.removeprefix(f"{method}: "): arrays[key] for key in arrays if key.startswith(f"{method}: ")}
            for method in runs[0].metrics
        }
        drawn[f"histograms-{label}"] = partial(drop_histograms, of_method)
    return drawn
