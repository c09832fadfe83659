"""Table 1 lower half (table 3, appendix C.6): a network trained on ImageNet, fine-tuned on each of five sets.

First a new last layer is trained on the frozen features, then the whole network; the other four sets are OOD. `paper`
has table 3's numbers of epochs and crops; optimiser, learning rates, batches and augmentation are ours, as the text
has none. So is batch normalisation, which keeps ImageNet's moments throughout (our sets are small), and the crop of
the OOD images, which is that of the in-distribution set, so that the size tells nothing. `quick` is small enough for
a CPU and takes EfficientNet-Lite0, whose weights come with a package; it is not the paper's B1.
Beyond the paper: all that `benchmark` has beside it, and both stages measured, not the last one alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from experiments import benchmark
from experiments.data import Images, as_rgb32, load_images, title_of
from experiments.networks import head_of, pretrained_efficientnet
from experiments.running import Given, Outcome, Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.scoring import DensitySetup, Pair, ensemble_pairs, mc_dropout_logits, ood_metrics
from experiments.training import Augmentation, Recipe, captured, initial_weights_of, train
from softmax_geometry.capture import Captured
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.plots.transfer import stage_dots
from softmax_geometry.structure import structure

SETS = ("satellite", "cancer", "pets", "flowers", "beans")
STAGE_NAMES = {"last layer": "the last layer alone", "full": "the whole network"}
STAGES = tuple(STAGE_NAMES)
MEMBER_SEEDS = 1000  # apart
CAPTURE_BATCH = 100


@dataclass(frozen=True)
class Config:
    """One in-distribution set, the OOD sets, the network, and the training of its last layer and of all of it.

    `members` heads make the ensemble of the first stage, which is cheap; the first `full_members` of them go on to the
    second.
    """

    data: str
    ood: tuple[str, ...]
    network: str = "b1"
    size: int = 224
    train_images: int = 10**9
    test_images: int = 10**9
    ood_images: int = 10**9
    ood_splits: tuple[str, ...] = ("test",)
    head_epochs: int = 16
    full_epochs: int = 32
    batch_size: int = 32
    head_learning_rate: float = 1e-3
    full_learning_rate: float = 1e-4
    augment: Augmentation = "flip"
    neurons: int = 1280
    members: int = 5
    full_members: int = 1
    dropout_passes: int = 30

    @property
    def label(self) -> str:
        """The in-distribution set."""
        return self.data


def _configs(names: Sequence[str], **others: Any) -> tuple[Config, ...]:
    return tuple(Config(name, tuple(other for other in names if other != name), **others) for name in names)


_IMAGES_AND_EPOCHS = {
    "satellite": (630, 1),
    "cancer": (70, 6),
    "pets": (222, 3),
    "flowers": (890, 1),
    "beans": (534, 1),
}
_QUICK = _configs(
    SETS,
    network="lite0",
    size=128,  # a multiple of 32, as its fixed padding needs
    test_images=200,
    ood_images=100,  # as many as there are of cancer
    ood_splits=("train", "test"),
    head_epochs=100,
    neurons=128,
)
_SMOKE = {"network": "lite0", "size": 32, "train_images": 100, "test_images": 20, "ood_images": 20, "neurons": 128}
PRESETS = {
    "smoke": _configs(("mnist5000", "digits"), **_SMOKE, head_epochs=2, full_epochs=1, members=2, full_members=2)[:1],
    "quick": tuple(
        replace(c, train_images=_IMAGES_AND_EPOCHS[c.data][0], full_epochs=_IMAGES_AND_EPOCHS[c.data][1])
        for c in _QUICK
    ),
    "paper": tuple(
        replace(c, size=150 if c.data == "cancer" else 224, full_epochs=64 if c.data == "flowers" else 32)
        for c in _configs(SETS)
    ),
}


def run(config: Config, given: Given) -> Outcome:
    """Train both stages of every member, capture all sets after each stage, and measure each stage."""
    rng = np.random.default_rng(given.seed)
    known = {split: prepared(config, (split,), config.data, given, rng) for split in ("train", "test")}
    populations = {**known, **{name: prepared(config, config.ood_splits, name, given, rng) for name in config.ood}}
    members = list(fine_tuned(config, given, populations))
    dropout = dropout_of(pretrained_efficientnet(config.network, None)).p
    measured = {}
    for stage in STAGES:
        base, of_members = members[0][stage], [member[stage] for member in members if stage in member]
        extra = _ensemble(of_members) | _dropout(config, base, dropout, given.seed)
        setup = DensitySetup(reg_covar=1e-3, log=True, features=config.neurons)
        ood = {name: base[name] for name in config.ood}
        measured[stage] = ood_metrics(base["train"], base["test"], ood, seed=given.seed, extra=extra, setup=setup)
        facts = structure(base["train"].head).to_dict()
        measured[stage]["structure"] = {name: value for name, value in facts.items() if isinstance(value, float)}
    metrics = {**measured["full"], "last layer": measured["last layer"]}
    arrays = benchmark.histograms(members[0]["full"], config.ood)
    return Outcome(metrics, arrays, tuple(populations.values()))


def prepared(config: Config, splits: Sequence[str], name: str, given: Given, rng: np.random.Generator) -> Images:
    """A random sample of a set at the configured size, from several splits where the network has seen none of them."""
    if config.size == 32:
        parts = [as_rgb32(load_images(name, split, given.data)) for split in splits]
    else:
        parts = [load_images(name, split, given.data, config.size) for split in splits]
    images = replace(
        parts[0],
        pixels=np.concatenate([part.pixels for part in parts]),
        labels=np.concatenate([part.labels for part in parts]),
        checksums={file: sha256 for part in parts for file, sha256 in part.checksums.items()},
    )
    is_known = name == config.data
    n = (config.train_images if splits == ("train",) else config.test_images) if is_known else config.ood_images
    return images.sample(n, rng)


def fine_tuned(
    config: Config, given: Given, populations: Mapping[str, Images]
) -> Iterator[dict[str, dict[str, Captured]]]:
    """For each member its features and logits of the sets by stage; of the training set for the first member only.

    Members differ in the initial weights of the head, the order of batches, flips and dropout; their bodies start
    from the same ImageNet weights. Both stages have the network's own dropout in front of the head.
    """
    K = int(populations["train"].labels.max()) + 1
    how: dict[str, Any] = {"device": given.device, "progress": given.progress}
    frozen: dict[str, tuple[Tensor, Tensor]] = {}
    for member in range(config.members):
        seed = given.seed + MEMBER_SEEDS * member
        with initial_weights_of(seed):
            model = pretrained_efficientnet(config.network, K)
        for name, images in populations.items():
            if name not in frozen:
                of = captured(model, images, given.device, CAPTURE_BATCH)
                frozen[name] = torch.tensor(of.z), torch.tensor(of.labels)
        wanted = [name for name in populations if member == 0 or name != "train"]
        classifier = nn.Sequential(dropout_of(model), head_of(model))
        recipe = Recipe(config.head_epochs, config.batch_size, learning_rate=config.head_learning_rate)
        train(classifier, frozen["train"], recipe, seed, checkpoint=given.checkpoint(f"head{member}"), **how)
        last = {name: captured(classifier, frozen[name], given.device) for name in wanted}
        if member >= config.full_members:
            yield {"last layer": last}
            continue
        recipe = replace(
            recipe, epochs=config.full_epochs, learning_rate=config.full_learning_rate, augment=config.augment
        )
        train(
            model,
            populations["train"],
            recipe,
            seed,
            trainable=trainable_of(model),
            checkpoint=given.checkpoint(f"full{member}"),
            **how,
        )
        full = {name: captured(model, populations[name], given.device, CAPTURE_BATCH) for name in wanted}
        yield {"last layer": last, "full": full}


def dropout_of(model: nn.Module) -> nn.Dropout:
    """The dropout in front of the head."""
    return [module for module in model.modules() if isinstance(module, nn.Dropout)][-1]


def trainable_of(model: nn.Module) -> list[nn.Module]:
    """All layers with parameters except batch normalisation, and the dropout in front of the head."""
    layers = [module for module in model.modules() if next(module.parameters(recurse=False), None) is not None]
    return [*(layer for layer in layers if not isinstance(layer, _BatchNorm)), dropout_of(model)]


def _ensemble(members: Sequence[Mapping[str, Captured]]) -> dict[str, Pair]:
    """Scores of the averaged softmax of all members: heads on one body after the last layer, networks in full."""
    if len(members) < 2:
        return {}
    names = [name for name in members[0] if name != "train"]
    return ensemble_pairs("ensemble", {name: [member[name].logits for member in members] for name in names})


def _dropout(config: Config, base: Mapping[str, Captured], p: float, seed: int) -> dict[str, Pair]:
    """Scores averaged over draws of the dropout that the network was trained with (Gal & Ghahramani 2016)."""
    passes = {
        name: mc_dropout_logits(of.head, of.z, p, config.dropout_passes, seed)
        for name, of in base.items()
        if name != "train"
    }
    return ensemble_pairs("MC dropout", passes)


def at_stage(records: Sequence[Record], stage: str) -> list[Record]:
    """The records with the metrics of a stage in the place where `benchmark` has its own."""
    return [record if stage == "full" else replace(record, metrics=record.metrics["last layer"]) for record in records]


def _compared(record: Record) -> dict[str, dict[str, float]]:
    """What the stages are compared in, by stage; OOD is the mean over the OOD sets."""
    found = {}
    for stage in STAGES:
        (of,) = at_stage([record], stage)
        norm, cosine = (
            {"test": of.metrics[name]["test"], "OOD": float(np.mean([of.metrics[name][o] for o in of.config["ood"]]))}
            for name in ("norm", "max cos")
        )
        found[stage] = {
            "accuracy (%)": 100 * of.metrics["accuracy"],
            "AUROC U_entropy (%)": 100 * of.metrics["AUROC"]["U_entropy"]["all"],
            "AUROC U_density (%)": 100 * of.metrics["AUROC"]["U_density"]["all"],
            "‖z‖, OOD / test": norm["OOD"] / norm["test"],
            "max cos, OOD / test": cosine["OOD"] / cosine["test"],
            "ETF distance of head": of.metrics["structure"]["etf_distance"],
        }
    return found


def table(records: Sequence[Record]) -> str:
    """The tables of `benchmark` for each stage, then what the second stage changes, paired over seeds."""
    parts = [f"After training {STAGE_NAMES[stage]}:\n{benchmark.table(at_stage(records, stage))}" for stage in STAGES]
    by_set = of_each_config(records)
    rows = []
    for quantity in _compared(records[0])["full"]:
        value = partial(_gain, quantity)
        gains = [[value(run) for run in runs] for runs in by_set.values()]
        rows.append([quantity, *map(with_error, (*gains, benchmark.over_sets(by_set, value)))])
    return "\n\n".join([*parts, text_table(["full − last layer", *by_set, "mean over sets"], rows)])


def _gain(quantity: str, run: Record) -> float:
    stages = _compared(run)
    return stages["full"][quantity] - stages["last layer"][quantity]


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """The figures of `benchmark` for the fully trained networks, and both stages side by side."""
    compared: dict[str, dict[str, dict[str, tuple[float, float | None]]]] = {}
    for runs in of_each_config(records).values():
        measured = list(map(_compared, runs))
        for quantity in measured[0]["full"]:
            of_set = compared.setdefault(quantity, {}).setdefault(title_of(runs[0].config["data"]), {})
            for stage in STAGES:
                of_set[stage] = mean_and_se(run[stage][quantity] for run in measured)
    drawn = benchmark.drawings(records)  # named for the figures of the paper's other networks
    drawn = {stem.replace("figure-14", "pairs").replace("figure-15", "drop"): drawn[stem] for stem in drawn}
    return {**drawn, "stages": partial(stage_dots, compared)}
