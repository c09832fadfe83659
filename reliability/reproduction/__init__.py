"""The same numbers again: every number that the pages quote comes from a command, and runs repeat bit for bit

`make reproduce DATA=…` makes everything again and compares: what code blocks print, what is rendered from records, the
numbers that sentences and captions quote, the network in the package, figures, the ledger, and the recorded runs of the
experiments, which take hours; it goes on where it stopped. A number in prose must be rendered, printed by a block that
the tests execute, given by a function of `reliability/reproduction/quotes.py`, or listed as chosen; anything else is
drift, and so is a quote that the function no longer gives. Pages of theorems state exact numbers, which their proofs
check, and the explorer's texts have tests of their own. Timings are never compared.

Below are the stages, with those recorded runs that `make reproduce` has made again on this machine; the others count as
not reproduced. Versions, device and threads being those of the record, a run must have the same bits, or, where a later
version of the code adds in another order, agree to twelve digits; in another setting, lie within four standard
deviations over the seeds.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from reliability.findings import Findings, Headline

if TYPE_CHECKING:
    from reliability.reproduction.stages import Check

VERDICTS = ("same bits", "near", "drift", "not reproduced")


def findings() -> Findings:
    from experiments.data import DATA_VARIABLE
    from reliability.reproduction.pages import readings, written_pages
    from reliability.reproduction.processes import compared_processes
    from reliability.reproduction.stages import STAGES, Asked

    data = os.environ.get(DATA_VARIABLE)
    checks = {name: list(stage(Asked(data and Path(data), minutes=0))) for name, stage in STAGES.items()}
    pages = readings(written_pages()).values()
    tied, drifts = sum(page.tied for page in pages), sum(page.drifts for page in pages)
    runs = Counter(check.verdict for check in checks["runs"])
    again = runs["same bits"] + runs["near"] + runs["drift"]
    headlines = [
        Headline("numbers in prose and captions tied to a command", f"{tied} of {tied + drifts}", "all", drifts == 0),
        Headline("drifts in all stages", f"{_count(checks, 'drift')}", "0", _count(checks, "drift") == 0),
        _all_same("outputs on pages equal to the character", checks["blocks"], but="ipynb"),
        _all_same("arrays of the bundled network trained again, bit for bit", checks["example"]),
        _all_same("figures drawn again, same bytes", checks["figures"]),
        _all_same("results whose proof, second route and twin pass again", checks["ledger"], but=" results: "),
        _all_same("outputs equal in two fresh processes", checks["processes"]),
        Headline(
            "recorded runs made again that are the same",
            f"{runs['same bits']} bit for bit and {runs['near']} to twelve digits, of {again}",
            "all",
            runs["drift"] == 0 and again > 0,
        ),
        Headline("recorded runs made again", f"{again} of {len(checks['runs'])}", "all", not runs["not reproduced"]),
    ]
    earlier = sum("before the last change" in check.what for check in checks["runs"])
    threads = compared_processes(threads=(1, 2))
    equal, other = ([name for name in threads if threads[name] is same] for same in (True, False))
    remarks = [
        f"With two threads in place of one, the bits of {_listed(equal)} stay, and those of {_listed(other)} do not: "
        "linear algebra adds in another order. So records hold the number of threads, and runs use one by default.",
        "Not compared: seconds, ratios of `make bench`, shares of profiles, and figures of growing times.",
        f"{earlier} of {again} recorded runs were made again before the last change of the code; after "
        "`rm -r .scratch/reproduction` all are made anew.",
        *(f"Not bit for bit: {check.what}." for check in checks["runs"] if check.verdict in ("near", "drift")),
    ]
    return Findings(
        headlines, [_row(name, of_stage) for name, of_stage in checks.items()], remarks, ("torch", "matplotlib")
    )


def _count(checks: dict[str, list[Check]], verdict: str) -> int:
    return sum(check.verdict == verdict for of_stage in checks.values() for check in of_stage)


def _all_same(what: str, checks: list[Check], but: str | None = None) -> Headline:
    counted = [check.verdict == "same bits" for check in checks if but is None or but not in check.what]
    return Headline(what, f"{sum(counted)} of {len(counted)}", "all", all(counted) and bool(counted))


def _row(stage: str, checks: list[Check]) -> dict[str, str | int]:
    counts = Counter(check.verdict for check in checks)
    return {"stage": stage, "compared": len(checks)} | {verdict: counts[verdict] for verdict in VERDICTS}


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1] if names else "none"
