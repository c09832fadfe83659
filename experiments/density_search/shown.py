"""The search in a table and in figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from experiments.data import title_of
from experiments.density_search.search import LIKELY, OTHER, SAME
from experiments.density_search.settings import GRID, PAPER, SHAPES, one_at_a_time, reg_text
from experiments.running import Record, mean_and_se, of_each_config, text_table
from experiments.running.summary import with_error
from softmax_geometry.plots.density_search import likelihood_scatter, setting_dots, setting_grid
from softmax_geometry.plots.drawing import Drawing


def table(records: Sequence[Record]) -> str:
    """The choices, what choosing flatters, and all settings, best first; AUROC in percent, mean ± s.e. over seeds."""
    parts = []
    for label, runs in of_each_config(records).items():
        ood = runs[0].config["ood"]
        entropy = [float(np.mean([run.metrics["U_entropy"][name] for name in ood])) for run in runs]
        rows = [["no density: U_entropy", with_error(entropy, 1, percent=True), ""]]
        for rule, values in _by_rule(runs).items():
            rows.append([rule, with_error(values, 1, percent=True), _chosen(runs, rule)])
        rules = _by_rule(runs)
        for rule in (OTHER, LIKELY, "paper's best", "untuned"):
            if rule in rules:
                excess = [same - fair for same, fair in zip(rules[SAME], rules[rule], strict=True)]
                rows.append([f"{SAME} − {rule}", with_error(excess, 1, percent=True), ""])
        head = [f"{label} ({len(runs)} seed{'s' if len(runs) > 1 else ''})", "mean AUROC", "setting"]
        parts.append(text_table(head, rows))
        by_setting = _by_setting(runs)
        ordered = sorted(by_setting, key=lambda name: -mean_and_se(by_setting[name])[0])
        rows = [
            [
                name,
                *(with_error(_against(runs, name, other), 1, percent=True) for other in ood),
                with_error(by_setting[name], 1, percent=True),
                with_error(_likelihoods(runs, name)),
            ]
            for name in ordered
        ]
        unfitted = [name for name in runs[0].metrics["AUROC"] if name not in by_setting]
        rows += [[name, *["not fitted"] * len(ood), "–", "–"] for name in unfitted]
        parts.append(text_table(["setting", *ood, "mean", "held-out nats a feature"], rows))
    return "\n\n".join(parts)


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """AUROC by setting, one option at a time; the grid; and AUROC against held-out likelihood."""
    drawn = {}
    for label, runs in of_each_config(records).items():
        by_setting = {name: mean_and_se(values) for name, values in _by_setting(runs).items()}
        marks = {rule: mean_and_se(values)[0] for rule, values in _by_rule(runs).items() if rule in (SAME, LIKELY)}
        marks["no density: U_entropy"] = mean_and_se(
            float(np.mean([run.metrics["U_entropy"][name] for name in run.config["ood"]])) for run in runs
        )[0]
        ood = runs[0].config["ood"]
        against = title_of(ood[0]) if len(ood) == 1 else f"{len(ood)} OOD sets"
        title = f"U_density, {title_of(label)} against {against}"
        options = one_at_a_time(runs[0].metrics["classes"])
        groups = {
            option: {value: by_setting[s.label] for value, s in values.items() if s.label in by_setting}
            for option, values in options.items()
        }
        ringed = {option: value for option, values in options.items() for value, s in values.items() if s == PAPER}
        drawn[f"{label}-settings"] = partial(setting_dots, groups, ringed, marks, title)
        grid: dict[str, dict[str, float]] = {}
        for setting in GRID:
            row = f"{'log z' if setting.log else 'z'}, {SHAPES[setting.covariance]}"
            value = by_setting[setting.label][0] if setting.label in by_setting else float("nan")
            grid.setdefault(row, {})[reg_text(setting.reg_covar or 0)] = value
        drawn[f"{label}-grid"] = partial(
            setting_grid, grid, (f"z, {SHAPES[PAPER.covariance]}", reg_text(PAPER.reg_covar or 0)), title
        )
        points = {
            name: (mean_and_se(_likelihoods(runs, name))[0], value)
            for name, (value, _) in by_setting.items()
            if None not in _likelihoods(runs, name)
        }
        drawn[f"{label}-likelihood"] = partial(likelihood_scatter, points, PAPER.label, title)
    return drawn


def _by_rule(runs: Sequence[Record]) -> dict[str, list[float]]:
    """AUROC of each seed by rule of choice, of the rules that all seeds have."""
    rules = [rule for rule in runs[0].metrics["choices"] if all(rule in run.metrics["choices"] for run in runs)]
    return {rule: [run.metrics["choices"][rule]["AUROC"] for run in runs] for rule in rules}


def _chosen(runs: Sequence[Record], rule: str) -> str:
    """The settings that the rule chose, most frequent first."""
    chosen = [run.metrics["choices"][rule]["setting"] for run in runs]
    names = [name for of in chosen for name in (of.values() if isinstance(of, dict) else [of])]
    return " | ".join(sorted(set(names), key=lambda name: (-names.count(name), name)))


def _by_setting(runs: Sequence[Record]) -> dict[str, list[float]]:
    """Mean AUROC over the OOD sets of each seed, of the settings that were fitted for all seeds."""
    names = [name for name in runs[0].metrics["AUROC"] if all(run.metrics["AUROC"].get(name) for run in runs)]
    return {name: [float(np.mean(list(run.metrics["AUROC"][name].values()))) for run in runs] for name in names}


def _against(runs: Sequence[Record], setting: str, ood: str) -> list[float]:
    return [run.metrics["AUROC"][setting][ood] for run in runs]


def _likelihoods(runs: Sequence[Record], setting: str) -> list[float | None]:
    return [run.metrics["log-likelihood"][setting] for run in runs]
