"""Numbers of the commands as JSON-ready dictionaries, and as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from softmax_geometry.checks import Array, InputError
from softmax_geometry.claims import claims, verdict_counts
from softmax_geometry.display import LARGEST_MATRIX
from softmax_geometry.features import ClassGaussians
from softmax_geometry.regions import LinearRegion, ValidRegion
from softmax_geometry.two_class import mass_within, separable_offset, two_class_margins, two_class_offset

MOST_ROWS = 45  # pairs in a printed table: all of them up to ten classes, beyond that the narrowest


NARROWEST = 1000
"""Pairs that `region_numbers` lists beyond `LARGEST_MATRIX` classes, where all of them would be gigabytes of text."""


def columns(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Right-aligned columns (the first left-aligned); numbers to four significant digits, None as a dash."""
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )


def region_numbers(region: ValidRegion, gaussians: ClassGaussians | None) -> dict[str, Any]:
    """Threshold, and offset and width of every pair of classes; of the narrowest beyond `LARGEST_MATRIX` classes."""
    threshold, K = region.threshold, region.head.K
    if K <= LARGEST_MATRIX:
        pairs = np.triu_indices(K, 1)
        offsets, widths = region.offsets[pairs], region.widths[pairs]
        in_std = None if gaussians is None else region.linear.widths_in_std(gaussians)[pairs]
    else:
        *pairs, offsets, widths = narrowest_pairs(region.linear, NARROWEST)
        in_std = None
    return {
        "estimator": threshold.estimator,
        "epsilon": threshold.epsilon,
        "source": threshold.source,
        "threshold": threshold.score,
        "log_score": threshold.log_score,
        "log_score_standard_error": threshold.standard_error,
        "margin_threshold": threshold.margin,
        "margin_threshold_upper": threshold.margin_upper(K),
        "linear_region_is_empty": region.linear.is_empty,
        "two_class": None if K != 2 or gaussians is None else two_class_numbers(region, gaussians),
        "number_of_pairs": K * (K - 1) // 2,
        "pairs": [
            {
                "classes": [int(i), int(j)],
                "offset": _finite(offsets[n]),
                "width": _finite(widths[n]),
                "width_in_std": None if in_std is None else _finite(in_std[n]),
            }
            for n, (i, j) in enumerate(zip(*pairs, strict=True))
        ],
        "units": {
            "offset": "multiples of w_i - w_j (definition 4)",
            "width": "feature units",
            "width_in_std": "training standard deviations along w_i - w_j",
        },
    }


def narrowest_pairs(region: LinearRegion, most: int) -> tuple[Array, Array, Array, Array]:
    """i, j, offset and width of the narrowest pairs i < j, at most so many; never holds all pairs.

    Raises
    ------
    InputError
        If two weight rows are equal.
    """
    i, j, widths = np.empty(0, int), np.empty(0, int), np.empty(0)
    for rows, block in region.width_blocks():
        block[np.arange(region.head.K) <= np.arange(rows.start, rows.stop)[:, None]] = np.nan  # sorted last
        r, c = np.divmod(np.argpartition(block, min(most, block.size) - 1, axis=None)[:most], region.head.K)
        r, c = r[c > rows.start + r], c[c > rows.start + r]
        i, j, widths = np.append(i, rows.start + r), np.append(j, c), np.append(widths, block[r, c])
        keep = np.argsort(widths, kind="stable")[:most]
        i, j, widths = i[keep], j[keep], widths[keep]
    squared = ((region.head.weight[i] - region.head.weight[j]) ** 2).sum(axis=1)
    return i, j, max(region.L, 0.0) / squared, widths


def two_class_numbers(region: ValidRegion, gaussians: ClassGaussians) -> dict[str, Any] | None:
    """For K = 2: the exact Gaussian offset, the paper's eq 20 (sign corrected), and what each of them flags.

    Offsets are logit gaps; eq 20 is None where it has no root, or the class means lie on one side of the boundary.
    None altogether if a class does not vary across the boundary.
    """
    means, stds = two_class_margins(region.head, gaussians)
    if (stds == 0).any():
        return None
    exact = float(two_class_offset(means, stds, gaussians.priors, region.threshold.epsilon))
    order = [0, 1] if means[0] > means[1] else [1, 0]
    law = means[order], stds[order], gaussians.priors[order]
    separable = None
    if law[0][0] > 0 > law[0][1]:
        root = float(separable_offset(*law, region.threshold.epsilon))
        separable = None if np.isnan(root) else root
    return {
        "exact_offset": exact,
        "separable_offset": separable,
        "difference": None if separable is None else exact - separable,
        "separable_epsilon": None if separable is None else float(mass_within(separable, *law)),
    }


def region_table(numbers: Mapping[str, Any]) -> str:
    """The region for people, narrowest pairs first."""
    unit = {"U_max": "-confidence", "U_entropy": "nats", "margin": "-logit gap"}[numbers["estimator"]]
    L, upper = numbers["margin_threshold"], numbers["margin_threshold_upper"]
    lines = [
        f"valid OOD region of {numbers['estimator']} at epsilon = {numbers['epsilon']} ({numbers['source']} threshold)",
        f"  flag a point when its score exceeds {numbers['threshold']:.6g} ({unit})",
        f"  every point with a top-two logit gap below L = {L:.6g} is flagged, none from {upper:.6g} on",
    ]
    if numbers["log_score_standard_error"] is not None:
        lines.append(f"  standard error of the log-space threshold: {numbers['log_score_standard_error']:.2g}")
    if numbers["two_class"] is not None:
        two = numbers["two_class"]
        lines.append(f"  class Gaussians: exact gap {two['exact_offset']:.6g}; " + _separable_sentence(two))
    if numbers["linear_region_is_empty"]:
        lines.append("  L <= 0: the linear region is empty, so all widths are 0; the exact region is not")
        return "\n".join(lines)
    pairs = sorted(numbers["pairs"], key=lambda pair: np.inf if pair["width"] is None else pair["width"])
    rows = [
        (f"{pair['classes'][0]} | {pair['classes'][1]}", pair["offset"], pair["width"], pair["width_in_std"])
        for pair in pairs[:MOST_ROWS]
    ]
    header = ("classes", "offset [w_i-w_j]", "width [feature units]", "width [training std]")
    lines += ["", columns(header, rows)]
    if (wider := numbers["number_of_pairs"] - len(rows)) > 0:
        has = "all" if len(pairs) == numbers["number_of_pairs"] else f"the {len(pairs)} narrowest"
        lines.append(f"({wider} wider pairs not shown; --json has {has})")
    return "\n".join(lines)


def _separable_sentence(two: Mapping[str, Any]) -> str:
    if two["separable_offset"] is None:
        return "the paper's eq 20 (separable classes) has no root here"
    return (
        f"the paper's eq 20 (separable classes, sign corrected) {two['separable_offset']:.6g}, "
        f"smaller by {two['difference']:.2g}, flags {two['separable_epsilon']:.3g} instead of epsilon"
    )


def score_numbers(scores: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Count and quantiles of each score."""
    levels = (0, 5, 25, 50, 75, 95, 100)
    return {
        "n": len(next(iter(scores.values()))),
        "higher_means": "more OOD",
        "quantiles": {
            name: {str(level): float(np.percentile(values, level)) for level in levels}
            for name, values in scores.items()
        },
    }


def score_table(numbers: Mapping[str, Any]) -> str:
    """Quantiles of each score."""
    levels = list(next(iter(numbers["quantiles"].values())))
    rows = [(name, *quantiles.values()) for name, quantiles in numbers["quantiles"].items()]
    return columns(("percentile", *levels), rows) + f"\n({numbers['n']} points; higher means more OOD)"


def diagnosis_table(numbers: Mapping[str, Any]) -> str:
    """AUROC of each score and the contribution of each cause, in per cent."""
    scores = [
        (
            name,
            100 * score["auroc"]["value"],
            100 * score["auroc"]["standard_error"],
            100 * score["auroc"]["tie_fraction"],
            100 * score["fpr_at_95_tpr"],
        )
        for name, score in numbers["scores"].items()
    ]
    causes = [
        (key, 100 * cause["value"], 100 * cause["standard_error"], cause["meaning"])
        for key, cause in numbers["causes"].items()
    ]
    lines = [
        "OOD is the positive class; plain softmax scores from " + numbers["precision"] + " logits",
        "",
        columns(("score", "AUROC %", "s.e.", "ties %", "FPR % at 95 % TPR"), scores),
        "",
        columns(("cause", "AUROC %", "s.e.", "what it is"), causes),
    ]
    if numbers["decomposition"] is not None:
        ceiling = numbers["decomposition"]["ceiling"]
        lines += ["", f"ceiling: AUROC {100 * ceiling['value']:.2f} % (s.e. {100 * ceiling['standard_error']:.2f})"]
    return "\n".join(lines)


def structure_table(numbers: Mapping[str, Any]) -> str:
    """The scalars of a structure, one a line; lists are left to JSON."""
    return columns(("centred weights", ""), [(k, v) for k, v in numbers.items() if not isinstance(v, list)])


def claim_entries(verdict: str | None) -> dict[str, Any]:
    """The claims with a given verdict, or all.

    Raises
    ------
    InputError
        If no claim has that verdict.
    """
    counts = verdict_counts()
    if verdict is not None and verdict not in counts:
        raise InputError(f"--verdict: expected one of {', '.join(counts)}, got {verdict!r}")
    return {
        "counts": counts,
        "claims": [asdict(claim) for claim in claims() if verdict in (None, claim.verdict)],
    }


def claims_table(numbers: Mapping[str, Any]) -> str:
    """One line for each claim."""
    rows = [(claim["id"], claim["verdict"], claim["reason"]) for claim in numbers["claims"]]
    width = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
    return "\n".join(f"{id:<{width[0]}}  {verdict:<{width[1]}}  {reason}" for id, verdict, reason in rows)


def figures_table(numbers: Mapping[str, Any]) -> str:
    """One line for each figure: its name, and its files, why it was left out, or its title."""
    width = max(map(len, numbers), default=0)
    lines = []
    for name, figure in numbers.items():
        left_out = f"left out: {figure['left_out']}" if figure["left_out"] else ""
        lines.append(f"{name:<{width}}  {left_out or ', '.join(figure['files']) or figure['title']}")
    return "\n".join(lines)


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
