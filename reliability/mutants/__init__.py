"""Small mistakes in the formulas do not go unnoticed.

Each mutant is the software with one small change, made by the operators of mutmut: another operator, a number plus
one, an argument left out or `None`, a text in capitals, a branch that is always taken. They are made everywhere in the
symbolic modules and in the array modules below, also in properties, in decorated functions and in constants, which
mutmut itself leaves alone. For each mutant the tests that execute the changed statement run in a fresh process,
until one fails: then it is killed.

Limits of time are counted in CPU time, a process that crashes does not count as killed, nor does one that runs out of
time; a mutant that cannot be imported is not counted at all. A test that fails on the original, its functions replaced
in the same way, takes no part. Where the tests of one mutant take longer than a budget of CPU time, the slowest are
left out, which can only add survivors. A run that was stopped goes on where it was; after a change, only mutants of
changed functions run again, and those that met a changed test.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from reliability.findings import Findings, Headline

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".scratch" / "mutants"
TARGET = 90.0  # percent
JOBS = 2  # processes at a time
MINUTES = 120  # after which a run sums up what it has; the next one goes on

SYMBOLIC = ("angles", "gradients", "mental_model", "regions", "softmax", "structure", "two_class", "vectors")
ARRAYS = ("angles", "density", "diagnosis", "estimators", "mental_model", "regions", "structure")
MODULES = (*(f"symbolic.{name}" for name in SYMBOLIC), *ARRAYS)
ALSO_TESTED_BY = (
    *("certificates", "checks", "display", "loss", "mixture", "moments"),
    *("overlap", "spheres", "streams", "thresholds", "two_class"),
)
TESTS = (
    *(f"tests/test_{name}.py" for name in (*ARRAYS, *ALSO_TESTED_BY)),
    "tests/symbolic",
    "tests/theorems",
    "softmax_geometry/symbolic",
    *(f"softmax_geometry/{name}.py" for name in ARRAYS),
)


def findings() -> Findings:
    command = [sys.executable, "-m", "reliability.mutants.testing"]
    one_thread = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | one_thread)
    return found(json.loads((SCRATCH / "summary.json").read_text("utf-8")), reasons())


def found(mutants: Iterable[Mapping[str, str]], why: Mapping[str, str]) -> Findings:
    """Sum up mutants, each with its module, label and outcome, and say why survivors are accepted."""
    mutants = [m for m in mutants if m["outcome"] != "invalid"]
    rows = [_row(module, [m for m in mutants if m["module"] == module]) for module in MODULES]
    total = _row("all", mutants)
    good = sum(row["killed, %"] >= TARGET for row in rows)
    survivors = [m["label"] for m in mutants if m["outcome"] not in ("killed", "not tried")]
    unexplained = [label for label in survivors if label not in why]
    return Findings(
        headlines=[
            Headline(
                "mutants killed",
                f"{total['killed']:,} of {total['tried']:,} ({total['killed, %']:.1f} %)",
                f"≥ {TARGET:.0f} %",
                total["killed, %"] >= TARGET,
            ),
            Headline(
                f"modules with ≥ {TARGET:.0f} % killed", f"{good} of {len(rows)}", f"{len(rows)}", good == len(rows)
            ),
            Headline("survivors without a reason", f"{len(unexplained)}", "0", not unexplained),
        ],
        rows=[*rows, total],
        remarks=[*_sampled(rows), *_remarks(survivors, why)],
        versions=["pytest", "hypothesis", "mutmut"],
    )


def reasons() -> dict[str, str]:
    """Why a survivor is accepted, by its label."""
    entries = tomllib.loads(Path(__file__).with_name("accepted.toml").read_text("utf-8"))["accepted"]
    return {label: entry["reason"] for entry in entries for label in entry["mutants"]}


def _row(module: str, mutants: list[Mapping[str, str]]) -> dict[str, Any]:
    counts = Counter(m["outcome"] for m in mutants)
    tried = len(mutants) - counts["not tried"]
    return {
        "module": module,
        "mutants": len(mutants),
        "tried": tried,
        "killed": counts["killed"],
        "survived": counts["survived"],
        "timed out": counts["timed out"],
        "crashed": counts["crashed"],
        "killed, %": round(100 * counts["killed"] / max(1, tried), 1),
    }


def _sampled(rows: list[dict[str, Any]]) -> Iterable[str]:
    """The share of all mutants, where not all were tried: module by module, with its standard error."""
    made, tried = (sum(row[column] for row in rows) for column in ("mutants", "tried"))
    if tried < made:
        share = sum(row["mutants"] * row["killed, %"] for row in rows) / made
        variance = sum(
            (row["mutants"] / made) ** 2
            * (row["killed, %"] * (100 - row["killed, %"]) / max(1, row["tried"]))
            * (1 - row["tried"] / row["mutants"])
            for row in rows
            if row["mutants"]
        )
        yield (
            f"{tried:,} of {made:,} mutants were tried; the next run goes on. If those stand for their modules, "
            f"{share:.1f} % of all would be killed, with a standard error of {variance**0.5:.1f} points."
        )


def _remarks(survivors: list[str], why: Mapping[str, str]) -> Iterable[str]:
    grouped: dict[str, Counter[str]] = defaultdict(Counter)
    for label in survivors:
        grouped[why.get(label, "Survivors without a reason:")][label] += 1
    for reason, labels in grouped.items():
        yield f"{reason} " + "; ".join(f"`{label}`" + (f" ({n} times)" if n > 1 else "") for label, n in labels.items())
