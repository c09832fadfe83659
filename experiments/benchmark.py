"""Table 1 upper half, figures 14 and 15: a ResNet18 trained on each of five data sets, the other four being OOD.

`paper` is the paper's protocol as far as it is printed (section 6, appendix C.5): ResNet18 with H = 512, 100 epochs,
by the repository it names: batches of 256, SGD with Nesterov momentum, weight decay 10⁻², warm-up and cosine, crops
and mirror images. `quick` is small enough for a CPU: a network of a quarter of the width, fewer images, fewer epochs.
Beyond the paper: log-space scores, an untuned density, further scores, a deep ensemble and MC dropout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from experiments.data import Images, as_rgb32, jpeg_coded, load_images, title_of
from experiments.networks import ResNet18
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.scoring import Pair, ensemble_pairs, max_cosines, mc_dropout_logits, ood_metrics
from experiments.training import Augmentation, Recipe, captured, initial_weights_of, train
from softmax_geometry.capture import Captured
from softmax_geometry.checks import Array
from softmax_geometry.plots.benchmark import auroc_dots, auroc_matrices, drop_histograms, stacked_causes
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.structure import structure

FIVE = ("mnist", "fashion_mnist", "svhn", "cifar10", "cifar100")
MEMBER_SEEDS = 1000  # apart
BINS = 40


@dataclass(frozen=True)
class Config:
    """One in-distribution set, the OOD sets, the network and its training."""

    data: str
    ood: tuple[str, ...]
    width: int = 64
    max_pool: bool = True
    train_images: int = 10**9
    test_images: int = 10**9
    epochs: int = 100
    batch_size: int = 256
    learning_rate: float = 1e-2
    weight_decay: float = 1e-2
    augment: Augmentation = "crop_flip"
    members: int = 1
    dropout: float = 0.0
    dropout_passes: int = 30
    jpeg_quality: int = 0

    @property
    def label(self) -> str:
        """The in-distribution set, and the JPEG quality if all is re-encoded."""
        return self.data + (f"-jpeg{self.jpeg_quality}" if self.jpeg_quality else "")


def _configs(names: Sequence[str], **others: Any) -> tuple[Config, ...]:
    return tuple(Config(name, tuple(other for other in names if other != name), **others) for name in names)


_DEVELOPMENT = ("mnist", "fashion_mnist", "svhn", "cifar10", "tinyimagenet100_32")
_IMAGES_AND_EPOCHS = {
    "mnist": (6000, 5),
    "fashion_mnist": (8000, 6),
    "svhn": (7000, 10),
    "cifar10": (12_000, 7),
    "tinyimagenet100_32": (12_000, 8),
}
_QUICK = _configs(_DEVELOPMENT, width=16, test_images=2000, batch_size=64, members=2, dropout=0.3)
_SMOKE = {"width": 4, "epochs": 1, "batch_size": 32, "augment": "crop", "train_images": 300, "test_images": 100}
PRESETS = {
    "smoke": _configs(("mnist5000", "digits"), **_SMOKE, learning_rate=0.05, members=2, dropout=0.3),
    "quick": tuple(
        replace(
            config,
            train_images=_IMAGES_AND_EPOCHS[config.data][0],
            epochs=_IMAGES_AND_EPOCHS[config.data][1],
            augment="crop" if config.data in ("mnist", "svhn") else "crop_flip",
        )
        for config in _QUICK
    ),
    "paper": _configs(FIVE),
}


def run(config: Config, given: Given) -> Outcome:
    """Train the network (and members and a dropout network), capture all sets, and measure."""
    rng = np.random.default_rng(given.seed)
    known = {split: prepared(config, split, config.data, given, rng) for split in ("train", "test")}
    others = {name: prepared(config, "test", name, given, rng) for name in config.ood}
    populations = {**known, **others}
    model = trained(config, given, known["train"], 0)
    base = {name: captured(model, those, given.device) for name, those in populations.items()}
    extra = _ensemble(config, given, populations, base) | _dropout(config, given, populations)
    ood = {name: base[name] for name in config.ood}
    metrics = ood_metrics(base["train"], base["test"], ood, seed=given.seed, extra=extra)
    head = base["train"].head
    metrics["structure"] = {
        name: value for name, value in structure(head).to_dict().items() if isinstance(value, float)
    }
    arrays = {"weight": head.weight, "bias": head.bias, **histograms(base, config.ood)}
    return Outcome(metrics, arrays, (*known.values(), *others.values()))


def prepared(config: Config, split: str, name: str, given: Given, rng: np.random.Generator) -> Images:
    """A random sample of a set as 32×32 colour images, re-encoded if asked."""
    n = config.train_images if split == "train" else config.test_images
    images = as_rgb32(load_images(name, split, given.data).sample(n, rng))
    return jpeg_coded(images, config.jpeg_quality) if config.jpeg_quality else images


def trained(config: Config, given: Given, images: Images, member: int, dropout: float = 0.0) -> ResNet18:
    """A network of the configuration; members differ in initial weights and order of batches."""
    scaled = images.pixels.reshape(-1, 3) / 255
    seed = given.seed + MEMBER_SEEDS * member
    with initial_weights_of(seed):
        K = int(images.labels.max()) + 1
        model = ResNet18(K, config.width, config.max_pool, dropout, scaled.mean(axis=0), scaled.std(axis=0))
    recipe = Recipe(
        config.epochs,
        config.batch_size,
        "sgd",
        config.learning_rate,
        weight_decay=config.weight_decay,
        schedule="warmup_cosine",
        augment=config.augment,
    )
    coded = f"-jpeg{config.jpeg_quality}" if config.jpeg_quality else ""
    checkpoint = given.checkpoint(f"member{member}{coded}" + (f"-dropout{dropout}" if dropout else ""))
    train(model, images, recipe, seed, device=given.device, checkpoint=checkpoint, progress=given.progress)
    return model


def _ensemble(
    config: Config, given: Given, populations: Mapping[str, Images], base: Mapping[str, Captured]
) -> dict[str, Pair]:
    """Scores of the averaged softmax of all members, the base network among them."""
    if config.members < 2:
        return {}
    logits = {name: [base[name].logits] for name in populations if name != "train"}
    for member in range(1, config.members):
        model = trained(config, given, populations["train"], member)
        for name, of_members in logits.items():
            of_members.append(captured(model, populations[name], given.device).logits)
    return ensemble_pairs("ensemble", logits)


def _dropout(config: Config, given: Given, populations: Mapping[str, Images]) -> dict[str, Pair]:
    """Scores of a network trained with dropout on z, averaged over draws of the dropout (Gal & Ghahramani 2016)."""
    if not config.dropout:
        return {}
    model = trained(config, given, populations["train"], 0, config.dropout)
    logits = {}
    for name, images in populations.items():
        if name != "train":
            of = captured(model, images, given.device)
            logits[name] = mc_dropout_logits(of.head, of.z, config.dropout, config.dropout_passes, given.seed)
    return ensemble_pairs("MC dropout", logits)


def histograms(base: Mapping[str, Captured], ood: Sequence[str]) -> dict[str, Array]:
    """Counts of ‖z‖, of max cos, and of the cosines with all other centred weights, of training and OOD points."""
    head = base["train"].head
    arrays = {}
    groups = {"train": base["train"].z, "ood": np.concatenate([base[name].z for name in ood])}
    norms = {name: np.linalg.norm(z, axis=1) for name, z in groups.items()}
    for name, z in groups.items():
        directions = head.centred().weight
        directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
        cosines = np.sort(z @ directions.T / np.maximum(norms[name], 1e-30)[:, None], axis=1)
        values = {"norm": norms[name], "max cos": max_cosines(head, z), "other cos": cosines[:, :-1].ravel()}
        highest = float(np.quantile(np.concatenate(list(norms.values())), 0.999))
        for quantity, of in values.items():
            limits = (0.0, highest) if quantity == "norm" else (-1.0, 1.0)
            counts, edges = np.histogram(np.clip(of, *limits), BINS, limits)
            arrays[f"{quantity} {name}"], arrays[f"{quantity} edges"] = counts, edges
    return arrays


PAPER_SCORES = ("U_max", "U_entropy", "U_cool", "U_density")
FIGURE_14 = ("U_max", "U_entropy", "U_density")
PAIRS = (
    ("U_max_log", "U_max"),
    ("U_entropy_log", "U_entropy"),
    ("U_entropy", "U_max"),
    ("U_density", "U_density untuned"),
    ("U_density untuned", "U_entropy_log"),
    ("Mahalanobis", "U_entropy_log"),
    ("energy", "U_entropy_log"),
    ("corrected model", "mental model"),
    ("ensemble U_entropy", "U_entropy_log"),
    ("MC dropout U_entropy", "U_entropy_log"),
)


def table(records: Sequence[Record]) -> str:
    """The paper's columns, then further scores, then differences paired over seeds; percent, mean ± s.e."""
    by_set = of_each_config(records)
    columns = {
        "accuracy": lambda run: run.metrics["accuracy"],
        **{score: partial(_auroc, score) for score in PAPER_SCORES},
        **{f"cause {cause}": partial(_cause, cause) for cause in "123"},
        "ceiling": lambda run: run.metrics["ceiling"],
    }
    first = [["in-distribution", "seeds", *columns]]
    for name, runs in by_set.items():
        cells = [[value(run) for run in runs] for value in columns.values()]
        first.append([name, str(len(runs)), *(with_error(values, 1, percent=True) for values in cells)])
    means = [over_sets(by_set, value) for value in columns.values()]
    first.append(["mean over sets", str(len(means[0])), *(with_error(values, 1, percent=True) for values in means)])
    scores = [score for score in records[0].metrics["AUROC"] if score not in PAPER_SCORES]
    second = [["AUROC", *by_set, "mean over sets"]]
    second += [[score, *_by_set(by_set, partial(_auroc, score))] for score in scores]
    third = [["paired difference", *by_set, "mean over sets"]]
    for better, worse in PAIRS:
        if better in records[0].metrics["AUROC"]:
            third.append([f"{better} − {worse}", *_by_set(by_set, partial(_gain, better, worse))])
    return "\n\n".join(text_table(rows[0], rows[1:]) for rows in (first, second, third))


def over_sets(by_set: Mapping[str, Sequence[Record]], value: Callable[[Record], Any]) -> list[float]:
    """The mean of a value over the in-distribution sets, for each seed that was run on all of them."""
    of_seed = [{run.seed: value(run) for run in runs} for runs in by_set.values()]
    shared = [seed for seed in of_seed[0] if all(values.get(seed) is not None for values in of_seed)]
    return [float(np.mean([values[seed] for values in of_seed])) for seed in shared]


def _by_set(by_set: Mapping[str, Sequence[Record]], value: Callable[[Record], Any]) -> list[str]:
    cells = [[value(run) for run in runs] for runs in by_set.values()]
    return [with_error(values, 1, percent=True) for values in (*cells, over_sets(by_set, value))]


def _auroc(score: str, run: Record) -> float | None:
    return run.metrics["AUROC"].get(score, {}).get("all")


def _cause(cause: str, run: Record) -> float:
    return run.metrics["causes"][cause]


def _gain(better: str, worse: str, run: Record) -> float:
    return run.metrics["AUROC"][better]["all"] - run.metrics["AUROC"][worse]["all"]


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """AUROC by score, figure 14 for three scores, causes, and figure 15 for the first seed."""
    by_set = {title_of(runs[0].config["data"]): runs for runs in of_each_config(records).values()}
    means, errors, matrices, causes = {}, {}, {score: {} for score in FIGURE_14}, {}
    for name, runs in by_set.items():
        of_score = {score: [run.metrics["AUROC"][score]["all"] for run in runs] for score in runs[0].metrics["AUROC"]}
        means[name] = {score: mean_and_se(values)[0] for score, values in of_score.items()}
        errors[name] = {score: mean_and_se(values)[1] for score, values in of_score.items()}
        causes[name] = [mean_and_se(run.metrics["causes"][cause] for run in runs)[0] for cause in "123"]
        for score, matrix in matrices.items():
            of_pair = [run.metrics["AUROC"][score] for run in runs]
            matrix[name] = {
                title_of(other): mean_and_se(p[other] for p in of_pair)[0] for other in of_pair[0] if other != "all"
            }
    return {
        "auroc-by-score": partial(auroc_dots, means, errors),
        "figure-14": partial(auroc_matrices, matrices),
        "causes": partial(stacked_causes, causes),
        "figure-15": partial(drop_histograms, {name: _bars(runs[0]) for name, runs in by_set.items()}),
    }


def _bars(run: Record) -> dict[str, Array]:
    return {name: counts for name, counts in run.arrays.items() if name not in ("weight", "bias")}
