"""What a bombardment found, in tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from experiments.bombardment.shards import LOG_ODDS_EDGES
from experiments.running import Record, of_each_config, text_table
from experiments.running.summary import with_error
from softmax_geometry.plots.bombardment import confident_inputs, log_odds_and_distances
from softmax_geometry.plots.drawing import Drawing

K = 10
SHOWN = 8
GROUPS = ("confident", "same ink", "random", "digits")


def table(records: Sequence[Record]) -> str:
    """How like digits each group is, mean ± standard error over seeds; then the network and the speed."""
    rows, summary = [], []
    for label, runs in of_each_config(records).items():
        of = [run.metrics for run in runs]
        for group in GROUPS:
            like = [m["likeness"][group] for m in of]
            farther = [m["farther than the confident"].get(group, {}).get("AUROC") for m in of]
            rows.append(
                [
                    f"{label}: {group}",
                    with_error((m["agreement"] for m in like), 1, percent=True),
                    with_error((m["distance"]["mean"] for m in like), 1),
                    with_error(farther, 1, percent=True),
                    *(with_error(m["correlation"][which] for m in like) for which in ("own class", "other classes")),
                ]
            )
        summary.append(
            [
                label,
                len(runs),
                with_error((m["accuracy"] for m in of), 1, percent=True),
                *(with_error((m["log-odds"][name] for m in of), 1) for name in ("confident", "random", "digits")),
                with_error((m["AUROC U_max"] for m in of), 1, percent=True),
                *(with_error((m["timing"][name] / 1000 for m in of), 0) for name in ("plain", "fast")),
                with_error((m["timing"]["fast over plain"] for m in of), 1),
            ]
        )
    likeness = ["inputs", "2nd network agrees (%)", "pixels to nearest digit", "farther (AUROC, %)"]
    likeness += ["correlation, own class", "other classes"]
    speed = ["data, inputs", "seeds", "accuracy", "log-odds confident", "random", "digits", "AUROC U_max"]
    speed += ["plain, 1000/s", "fast", "ratio"]
    return f"{text_table(likeness, rows)}\n\n{text_table(speed, summary)}"


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """For the first seed, figure 7, and the distributions of log-odds and of distances to digits."""
    drawn = {}
    for label, runs in of_each_config(records).items():
        arrays = runs[0].arrays
        labels = arrays["labels"]
        confident, digits = (
            np.unpackbits(arrays[name])[: 81 * n].reshape(n, 9, 9)
            for name, n in (("confident", len(labels)), ("digits", K))
        )
        by_class = [confident[labels == i][:SHOWN] for i in range(K)]
        drawn[f"inputs-{label}"] = partial(
            confident_inputs, by_class, digits, arrays["mean confident"], arrays["mean digits"]
        )
        drawn[f"log-odds-and-distances-{label}"] = partial(
            log_odds_and_distances,
            {"test digits": arrays["histogram digits"], "random inputs": arrays["histogram random"]},
            LOG_ODDS_EDGES,
            {name: arrays[f"distance {name}"] for name in GROUPS},
            {name: runs[0].metrics["likeness"][name]["agreement"] for name in GROUPS},
        )
    return drawn
