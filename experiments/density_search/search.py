"""Appendix C.5: settings of the density behind U_density, what each detects, and what choosing by OOD data flatters.

The paper searched for the setting with the best AUROC on the very OOD data that it then reports. Here each setting is
fitted to the features of one network of `benchmark` and measured against all OOD sets. Beside the best AUROC stand
choices that have not seen that OOD data: by the likelihood of held-out in-distribution images, and by the AUROC on
the other OOD sets. Settings: one option at a time moved away from the paper's best, a grid of three options, KDE,
and, in `paper`, draws as in the paper's search (random in the first four options, all of the last three).

Ours, where the paper is silent: the numbers of neurons are its shares 100/512, 1/2 and 1 of H; "before the
non-linearity" is what the last ReLU of the ResNet18 takes in, averaged over the image, of which no logarithm is taken;
that of C.6 is log(max(z, 0) + 10⁻³); densities are fitted to at most `max_train` random training features, KDE to
2,000, with a Gaussian kernel on standardised features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from experiments import benchmark
from experiments.benchmark import prepared, trained
from experiments.data import Images
from experiments.density_search.settings import (
    KERNELS,
    PAPER,
    UNTUNED,
    Setting,
    around,
    fitted,
    log_likelihood,
    random_draws,
)
from experiments.networks import ResNet18
from experiments.running import Given, Outcome
from experiments.training import batches, captured
from softmax_geometry.auroc import auroc
from softmax_geometry.checks import Array, InputError
from softmax_geometry.estimators import U_entropy_log


@dataclass(frozen=True)
class Config(benchmark.Config):
    """A network of `benchmark`, and how much is searched: `draws` random draws beside what is always tried."""

    max_train: int = 4000
    draws: int = 0


def _configs(preset: str, names: Sequence[str], **others: Any) -> tuple[Config, ...]:
    chosen = [config for config in benchmark.PRESETS[preset] if config.data in names]
    return tuple(Config(**{**asdict(config), "members": 1, "dropout": 0.0, **others}) for config in chosen)


PRESETS = {
    "smoke": _configs("smoke", ("mnist5000",), max_train=250),
    "quick": _configs("quick", ("fashion_mnist",), test_images=4000),
    "paper": _configs("paper", benchmark.FIVE, max_train=20_000, draws=10),
}


def run(config: Config, given: Given) -> Outcome:
    """Train the network, fit every setting, and measure it: AUROC on half of the test images, likelihood on the other.

    A setting that cannot be fitted is recorded as null.
    """
    rng = np.random.default_rng(given.seed)
    known = {split: prepared(config, split, config.data, given, rng) for split in ("train", "test")}
    others = {name: prepared(config, "test", name, given, rng) for name in config.ood}
    model = trained(config, given, known["train"], 0)
    test = known["test"].take(rng.permutation(len(known["test"])))
    half = len(test) // 2
    fit_on = known["train"].take(rng.permutation(len(known["train"]))[: config.max_train])
    populations = {"train": fit_on, "held out": test.take(slice(half)), "test": test.take(slice(half, None)), **others}
    of = {name: captured(model, images, given.device) for name, images in populations.items()}
    after = {name: points.z for name, points in of.items()}
    before = {name: before_last_relu(model, images, given.device) for name, images in populations.items()}
    K = of["train"].head.K
    settings = tuple(dict.fromkeys([*around(K), *random_draws(config.draws, K, given.seed)]))
    aurocs: dict[str, dict[str, float] | None] = {}
    likelihoods: dict[str, float | None] = {}
    for setting in settings:
        z = before if setting.before else after
        found = measured(setting, z, fit_on.labels, K, config.ood, given.seed)
        aurocs[setting.label], likelihoods[setting.label] = found
    logits = {name: U_entropy_log(points.logits.astype(np.float64)) for name, points in of.items()}
    metrics = {
        "classes": K,
        "accuracy": float(np.mean(of["test"].logits.argmax(axis=1) == of["test"].labels)),
        "AUROC": aurocs,
        "log-likelihood": likelihoods,
        "U_entropy": {name: auroc(logits["test"], logits[name]).value for name in config.ood},
        "choices": choices(aurocs, likelihoods),
    }
    return Outcome(metrics, images=(*known.values(), *others.values()))


def before_last_relu(model: ResNet18, images: Images, device: str) -> Array:
    """What the last ReLU takes in, averaged over the image: (N, H)."""
    block: Any = model.layer4[-1]
    taken: list[torch.Tensor] = []
    handle = block.relu.register_forward_pre_hook(lambda _, inputs: taken.append(inputs[0].mean(dim=(2, 3)).cpu()))
    found = []
    model.eval()
    try:
        with torch.no_grad():
            for x, _ in batches(images):
                taken.clear()
                model(x.to(device))
                found.append(taken[-1])  # the block's second use of it
    finally:
        handle.remove()
    return torch.cat(found).numpy()


def measured(
    setting: Setting, z: Mapping[str, Array], labels: Any, K: int, ood: Sequence[str], seed: int
) -> tuple[dict[str, float] | None, float | None]:
    """AUROC against each OOD set, and the held-out log-likelihood in nats a feature; None where it cannot be fitted.

    The likelihood is None also for settings that do not see all features z.
    """
    try:
        log_density = fitted(setting, z["train"], labels, K, seed)
    except InputError:
        return None, None
    of_test = -log_density(z["test"])
    aurocs = {name: auroc(of_test, -log_density(z[name])).value for name in ood}
    return aurocs, log_likelihood(setting, log_density, z["held out"]) if setting.of_all_features else None


SAME, OTHER, LIKELY = "best on the same OOD sets", "best on the other OOD sets", "likeliest held-out data"


def choices(
    aurocs: Mapping[str, Mapping[str, float] | None], likelihoods: Mapping[str, float | None]
) -> dict[str, dict[str, Any]]:
    """Settings chosen in several ways, and their mean AUROC over the OOD sets.

    "best on the other OOD sets" chooses for each OOD set the setting with the best mean AUROC on the others, and
    reports it on the set left out. Of these, only "best on the same OOD sets" has seen what it is judged by.
    """
    found = {label: dict(of) for label, of in aurocs.items() if of}
    ood = list(next(iter(found.values())))

    def best(sets: Sequence[str], among: Sequence[str]) -> str:
        return max(among, key=lambda label: sum(found[label][name] for name in sets))

    def mean(label: str) -> float:
        return float(np.mean([found[label][name] for name in ood]))

    everything, kernels = list(found), [setting.label for setting in KERNELS if setting.label in found]
    known = {label: value for label in found if (value := likelihoods[label]) is not None}
    likely = max(known, key=lambda label: known[label])
    chosen = {
        "paper's best": PAPER.label,
        "untuned": UNTUNED.label,
        SAME: best(ood, everything),
        "best KDE on the same OOD sets": best(ood, kernels),
        LIKELY: likely,
    }
    by_rule: dict[str, dict[str, Any]] = {
        rule: {"setting": label, "AUROC": mean(label)} for rule, label in chosen.items() if label in found
    }
    if len(ood) > 1:
        each = {name: best([other for other in ood if other != name], everything) for name in ood}
        by_rule[OTHER] = {"setting": each, "AUROC": float(np.mean([found[each[name]][name] for name in ood]))}
    return by_rule
