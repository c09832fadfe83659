"""Ours: does the JPEG coding of the development data drive any OOD score?

Some sets may be had only as JPEG files, others losslessly, and a detector may see the difference. A ResNet18 is
trained on a set as it is, and another with the same seeds on the set re-encoded. Three questions:

- `codec alone`: are test images told from the same images re-encoded?
- `OOD coded`: with the same network and test images, what changes when the OOD images are re-encoded?
- `all coded`: what changes when training, test and OOD images all are, network included?

A set that is JPEG-coded as it comes is then coded twice, which changes little. The first two questions are answered
by one network, so that what they find is the codec's doing. The third is not: a network that is trained anew on
images ever so slightly different ends elsewhere, as with another seed, and only the mean over seeds tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from scipy.stats import t as student

from experiments import benchmark
from experiments.benchmark import Config, prepared, trained
from experiments.data import Images, jpeg_coded, title_of
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.scoring import DensitySetup, Scorer, Scores
from experiments.training import captured
from softmax_geometry.auroc import auroc
from softmax_geometry.plots.codec import difference_dots
from softmax_geometry.plots.drawing import Drawing

__all__ = ["PRESETS", "Config", "drawings", "run", "table"]

QUALITY = 75  # of the copies of CIFAR-10 and of the stand-in for CIFAR-100
COMPARISONS = {"OOD coded": "OOD images re-encoded, same network", "all coded": "all re-encoded, trained anew"}


def _coded(configs: Sequence[Config], names: Sequence[str], ood: Sequence[str], **numbers: int) -> tuple[Config, ...]:
    return tuple(
        replace(
            config,
            ood=tuple(name for name in ood if name != config.data),
            members=1,
            dropout=0.0,
            jpeg_quality=QUALITY,
            **numbers,
        )
        for config in configs
        if config.data in names
    )


_FOUR = ("mnist", "fashion_mnist", "svhn", "cifar10")
_TWO, _THREE = ("mnist", "cifar10"), ("mnist", "svhn", "cifar10")
PRESETS = {
    "smoke": _coded(benchmark.PRESETS["smoke"], ("mnist5000",), ("mnist5000", "digits")),
    "quick": _coded(benchmark.PRESETS["quick"], _TWO, _FOUR, train_images=4000, epochs=6, test_images=1000),
    "paper": _coded(benchmark.PRESETS["paper"], _THREE, _FOUR),
}


def run(config: Config, given: Given) -> Outcome:
    """Train with the images as they are and re-encoded, and measure the AUROC of every score in each case."""
    rng = np.random.default_rng(given.seed)
    plain = replace(config, jpeg_quality=0)
    images = {split: prepared(plain, split, config.data, given, rng) for split in ("train", "test")}
    images |= {name: prepared(plain, "test", name, given, rng) for name in config.ood}
    coded = {name: jpeg_coded(those, config.jpeg_quality) for name, those in images.items()}
    again = {f"coded {name}": coded[name] for name in ("test", *config.ood)}
    accuracy, scores = _scores(plain, given, {**images, **again})
    accuracy_coded, scores_coded = _scores(config, given, coded)
    return Outcome(
        {
            "accuracy": {"as they are": accuracy, "all coded": accuracy_coded},
            "codec alone": {
                score: auroc(values, scores["coded test"][score]).value for score, values in scores["test"].items()
            },
            "AUROC": {
                "as they are": _aurocs(scores["test"], {name: scores[name] for name in config.ood}),
                "OOD coded": _aurocs(scores["test"], {name: scores[f"coded {name}"] for name in config.ood}),
                "all coded": _aurocs(scores_coded["test"], {name: scores_coded[name] for name in config.ood}),
            },
        },
        images=tuple(images.values()),
    )


def _scores(config: Config, given: Given, images: Mapping[str, Images]) -> tuple[float, dict[str, Scores]]:
    """Accuracy on the test images of a network trained on the training images, and all scores of the others."""
    model = trained(config, given, images["train"], 0)
    of = {name: captured(model, those, given.device) for name, those in images.items()}
    scorer = Scorer.fitted(of["train"], DensitySetup(), given.seed)
    accuracy = float(np.mean(of["test"].logits.argmax(axis=1) == of["test"].labels))
    return accuracy, {name: scorer.scores(points) for name, points in of.items() if name != "train"}


def _aurocs(test: Scores, ood: Mapping[str, Scores]) -> dict[str, dict[str, float]]:
    return {
        score: {name: auroc(values, scores[score]).value for name, scores in ood.items()}
        for score, values in test.items()
    }


SHOWN = ("U_max", "U_entropy", "U_density", "Mahalanobis", "energy", "−‖z‖", "−max cos")
BEYOND = 2  # standard errors


def differences(runs: Sequence[Record], comparison: str) -> dict[str, dict[str, list[float]]]:
    """AUROC with re-encoded images less AUROC as they are, by score and OOD set, a value for each seed."""
    found: dict[str, dict[str, list[float]]] = {}
    for run in runs:
        plain, coded = run.metrics["AUROC"]["as they are"], run.metrics["AUROC"][comparison]
        for score, of_set in plain.items():
            for name, value in of_set.items():
                found.setdefault(score, {}).setdefault(name, []).append(coded[score][name] - value)
    return found


def table(records: Sequence[Record]) -> str:
    """Differences of AUROC in points, mean ± s.e. over seeds, with * beyond two standard errors; and how many are."""
    by_set = of_each_config(records)
    alone = [
        [runs[0].config["data"]]
        + [
            with_error((run.metrics["accuracy"][case] for run in runs), 1, percent=True)
            for case in ("as they are", "all coded")
        ]
        + [with_error((run.metrics["codec alone"][score] for run in runs), 1, percent=True) for score in SHOWN]
        for runs in by_set.values()
    ]
    parts = [text_table(["codec alone, AUROC (%)", "accuracy", "accuracy coded", *SHOWN], alone)]
    for comparison, title in COMPARISONS.items():
        of_set = {runs[0].config["data"]: differences(runs, comparison) for runs in by_set.values()}
        rows = [
            [f"{data}, OOD {name}", *(_marked(found[score][name]) for score in SHOWN)]
            for data, found in of_set.items()
            for name in found[SHOWN[0]]
        ]
        every = [values for found in of_set.values() for of_ood in found.values() for values in of_ood.values()]
        parts.append(text_table([f"{title} (points)", *SHOWN], rows) + "\n" + _summary(every))
    return "\n\n".join(parts)


def is_beyond(values: Sequence[float]) -> bool:
    """Whether the mean is more than two standard errors from 0.

    Examples
    --------
    >>> is_beyond([0.1, 0.1, 0.2]), is_beyond([-0.1, 0.0, 0.2]), is_beyond([0.1])
    (True, False, False)
    """
    mean, error = mean_and_se(values)
    return error is not None and abs(mean) > BEYOND * error


def _marked(values: Sequence[float]) -> str:
    return with_error(values, 1, percent=True) + ("*" if is_beyond(values) else " ")


def _summary(every: Sequence[Sequence[float]]) -> str:
    """How large differences are over all scores and sets, and how many would be beyond two errors by chance."""
    sizes = 100 * np.abs([mean_and_se(values)[0] for values in every])
    text = f"all {len(every)} pairs of score and set: median size {np.median(sizes):.1f}, largest {sizes.max():.1f}"
    seeds = len(every[0])
    if seeds < 2:
        return text
    chance = 2 * student.sf(BEYOND, seeds - 1) * len(every)
    count = sum(map(is_beyond, every))
    return f"{text}; * {count}, of which {chance:.0f} are expected by chance with {seeds} seeds"


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Differences of AUROC by score and OOD set, for each in-distribution set, one figure for each comparison."""
    drawn = {}
    for comparison, title in COMPARISONS.items():
        points: dict[str, Any] = {}
        for runs in of_each_config(records).values():
            points[title_of(runs[0].config["data"])] = {
                score: {title_of(name): mean_and_se(values) for name, values in of_ood.items()}
                for score, of_ood in differences(runs, comparison).items()
            }
        drawn[comparison.replace(" ", "-")] = partial(difference_dots, points, f"change of AUROC (points): {title}")
    return drawn
