"""The drawings of the paper's empirical figures, and what they were made from, as data of the installed package."""

from __future__ import annotations

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import softmax_geometry
from experiments.comparison import best_records, judged_claims
from experiments.data import title_of
from experiments.running.sweep import caveats_of
from softmax_geometry.checks import InputError
from softmax_geometry.plots.drawing import packed
from softmax_geometry.writing import whole_file, write_npz

SHOWN = {
    "figure-1a": ("toy", "figure-1a", "fig 1a"),
    "figure-4": ("decision_structure", "figure-4", "fig 4"),
    "figure-5": ("counterfactual", "figure-5", "fig 5"),
    "figure-6": ("activations", "activations-digits", "fig 6"),
    "figure-7": ("bombardment", "inputs", "fig 7"),
    "figure-13": ("counterfactual", "planes", "fig 13"),
    "figure-14": ("benchmark", "figure-14", "fig 14"),
    "figure-15": ("benchmark", "figure-15", "fig 15"),
    "figure-16": ("activations", "activations-boots", "fig 16"),
    "figure-17": ("depth", "figure-17", "fig 17"),
    "causes": ("benchmark", "causes", "table 1"),
    "causes-fine-tuned": ("transfer", "causes", "table 1"),
    "table-1": ("benchmark", "auroc-by-score", "table 1"),
    "table-1-fine-tuned": ("transfer", "auroc-by-score", "table 1"),
    "bombardment": ("bombardment", "log-odds", "fig 7"),
}
"""Name in the catalogue → experiment, how the name of the figure begins there, and the source of what it shows."""


def bundled(results: Path) -> tuple[dict[str, Any], dict[str, NDArray]]:
    """Each figure's drawing, the records it is made from and their verdicts; and the arrays that drawings point into.

    Raises
    ------
    InputError
        If an experiment has no records.
    """
    found = {experiment: best_records(experiment, results) for experiment, _, _ in SHOWN.values()}
    for experiment, (_, runs) in found.items():
        if not runs:
            raise InputError(f"records of {experiment}: expected some in {results}, got none")
    drawings = {name: import_module(f"experiments.{name}").drawings(runs) for name, (_, runs) in found.items()}
    claims = judged_claims(results)
    content, arrays = {}, {}
    for name, (experiment, begins, source) in SHOWN.items():
        preset, runs = found[experiment]
        drawing = next(of for stem, of in drawings[experiment].items() if stem.startswith(begins))
        tree, of_figure = packed(drawing)
        arrays |= {f"{name}/{i}": array for i, array in enumerate(of_figure)}
        of_source = [claim for claim in claims[experiment] if re.search(rf"\b{source}\b", claim.source)]
        content[name] = {
            "experiment": experiment,
            "preset": preset,
            "seeds": sorted({run.seed for run in runs}),
            "records": [run.path.stem for run in runs],
            "caveats": {title_of(data): caveat for data, caveat in caveats_of(runs).items()},
            "verdicts": [[claim.verdict, claim.claim, claim.evidence] for claim in of_source],
            "arrays": len(of_figure),
            "drawing": tree,
        }
    return content, arrays


def write_bundle(results: Path) -> list[Path]:
    """Write what `bundled` gives into the package; the paths."""
    folder = Path(softmax_geometry.__file__).parent / "figures"
    content, arrays = bundled(results)
    paths = [folder / "recorded.json", folder / "recorded.npz"]
    with whole_file(paths[0]) as text:  # both are written before either is replaced
        text.write((json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode())
        text.flush()
        write_npz(paths[1], **arrays)
    return paths
