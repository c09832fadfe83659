"""The paper's numbers beside ours."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path

from experiments.comparison.judging import ERRORS
from experiments.running import Record, mean_and_se, of_each_config
from experiments.running.summary import with_error

PUBLISHED = tomllib.loads(Path(__file__).with_name("published.toml").read_text(encoding="utf-8"))
CLOSE = 0.5  # points
STAND_INS = {"tinyimagenet100_32": "cifar100"}


def value_of(record: Record, name: str) -> float:
    """A number of table 1, as a fraction."""
    if name.startswith("cause "):
        return record.metrics["causes"][name.removeprefix("cause ")]
    if name == "accuracy":
        return record.metrics["accuracy"]
    return record.metrics["AUROC"][name]["all"]


def compared(experiment: str, preset: str, records: Sequence[Record]) -> list[list[str]]:
    """Rows: set, number, the paper's, ours, verdict; `reasons` says why two cannot be compared.

    Runs of the paper's protocol on published data agree within half a point, disagree beyond it and two standard
    errors of ours, and are undecided between; the paper gives no standard errors.
    """
    rows = []
    for label, runs in of_each_config(records).items():
        published = PUBLISHED[experiment].get(STAND_INS.get(label, label)) or PUBLISHED[experiment].get("all", {})
        for name, number in published.items():
            ours = [100 * value_of(run, name) for run in runs]
            mean, error = mean_and_se(ours)
            if reason(experiment, preset, runs) or error is None:
                verdict = "not comparable"
            else:
                apart = abs(mean - number)
                far = "undecided" if apart <= ERRORS * error else "disagrees"
                verdict = "agrees" if apart <= CLOSE else far
            rows.append([label, name, f"{number:.1f}", with_error(ours, 1), verdict])
    return rows


def reasons(experiment: str, preset: str, records: Sequence[Record]) -> list[str]:
    """Why the numbers of each set cannot be held against the paper's, where they cannot."""
    found = {label: reason(experiment, preset, runs) for label, runs in of_each_config(records).items()}
    return [f"{label} is not comparable: {why}" for label, why in found.items() if why]


def reason(experiment: str, preset: str, runs: Sequence[Record]) -> str:
    """Why the numbers of runs of one configuration cannot be held against the paper's; empty when they can."""
    config = runs[0].config
    if experiment == "benchmark" and preset != "paper":
        return f"ResNet18 of width {config['width']}, {config['train_images']:,} images, {config['epochs']} epochs"
    if experiment == "transfer" and preset != "paper":
        return f"EfficientNet-{config['network']} at {config['size']} pixels, {config['full_epochs']} epochs"
    if len(runs) < 2:
        return "fewer than two seeds"
    return "; ".join(dict.fromkeys(text for run in runs for text in run.caveats.values()))
