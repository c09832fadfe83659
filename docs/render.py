"""Write what README and docs take from the ledger and from the recorded runs: `python -m docs.render`.

`tests/test_docs.py` fails when they are out of date.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docs.prose import equation_numbers, escaped
from experiments.__main__ import EXPERIMENTS, RESULTS
from experiments.comparison.page import experiments_page
from softmax_geometry.claims import Claim, claims, verdict_counts

ROOT = Path(__file__).resolve().parent.parent
ERRATA = ROOT / "docs" / "errata.md"
EXPERIMENTS_PAGE = ROOT / "docs" / "experiments.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- ledger: rendered by docs/render.py -->", "<!-- end of ledger -->"


def errata(page: Callable[[Claim], str] = lambda claim: f"../{claim.proof}") -> str:
    """Every claim of the paper that does not hold as printed, in one table; `page` is what a result's name links to."""
    wrong = [c for c in claims() if c.source == "paper" and c.verdict not in ("proved", "definition")]
    lines = [
        "# Errata of *Understanding Softmax Confidence and Uncertainty*",
        "",
        f"{len(wrong)} results of Pearce, Brintrup & Zhu (2021) do not hold as printed. A name leads to the proof, which",
        "gives counterexamples in full. Rendered from `softmax_geometry/ledger/` by `python -m docs.render`.",
        "",
        "| Result | Eq | Verdict | What is wrong | What is true |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| [{escaped(c.id)}]({page(c)}) | {equation_numbers(c)} | {c.verdict} | {escaped(c.reason)} | {escaped(c.truth)} |"
        for c in wrong
    ]
    return "\n".join([*lines, ""])


def experiments() -> str:
    """The recorded runs beside the paper's claims and numbers."""
    return experiments_page(list(EXPERIMENTS), RESULTS)


def ledger_summary() -> str:
    """The verdict counts, for the README."""
    rows = ["| | " + " | ".join(verdict_counts()) + " |", "|---|" + "---|" * len(verdict_counts())]
    for source, label in (("paper", "the paper's results"), ("ours", "results that replace or extend them")):
        counts = verdict_counts(c for c in claims() if c.source == source)
        rows.append(f"| {label} | " + " | ".join(str(counts.get(v, 0)) for v in verdict_counts()) + " |")
    return "\n".join([BEGIN, *rows, END])


def readme() -> str:
    """The README with its ledger table renewed."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    return before + ledger_summary() + rest.partition(END)[2]


if __name__ == "__main__":
    ERRATA.write_text(errata(), encoding="utf-8")
    README.write_text(readme(), encoding="utf-8")
    EXPERIMENTS_PAGE.write_text(experiments(), encoding="utf-8")
