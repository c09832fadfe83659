"""Write what README and docs take from the ledger and from the recorded runs: `python -m docs.render`.

`tests/test_docs.py` fails when they are out of date.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.page import performance_page
from docs.prose import badge, equation_numbers, escaped, linked, page_name
from experiments.__main__ import EXPERIMENTS, RESULTS
from experiments.comparison.page import experiments_page
from reliability.page import reliability_page
from softmax_geometry.claims import claims, verdict_counts

ROOT = Path(__file__).resolve().parent.parent
ERRATA = ROOT / "docs" / "errata.md"
EXPERIMENTS_PAGE = ROOT / "docs" / "experiments.md"
PERFORMANCE = ROOT / "docs" / "performance.md"
RELIABILITY = ROOT / "docs" / "reliability.md"
README = ROOT / "README.md"
THEORY = "generated/theory/"
STACKED_ERRATA = (":::{div} stacked errata", "")
BEGIN, END = "<!-- ledger: rendered by docs/render.py -->", "<!-- end of ledger -->"


def errata(handbook: bool = False) -> str:
    """Every claim of the paper that does not hold as printed, in one table.

    A name leads to the theory page in the handbook, and to the proof where those pages are not.
    """
    wrong = [c for c in claims() if c.source == "paper" and c.verdict not in ("proved", "definition")]
    lines = [
        "# Errata of *Understanding Softmax Confidence and Uncertainty*",
        "",
        f"{len(wrong)} results of Pearce, Brintrup & Zhu (2021) do not hold as printed. A name leads to the proof and",
        "to its counterexample. Rendered from `softmax_geometry/ledger/` by `python -m docs.render`.",
        "",
        *(STACKED_ERRATA if handbook else ()),
        "| Result | Eq | Verdict | What is wrong | What is true |",
        "|---|---|---|---|---|",
    ]
    for c in wrong:
        page, verdict, truth = f"../{c.proof}", c.verdict, escaped(c.truth)
        if handbook:
            page, verdict, truth = f"{THEORY}{page_name(c)}.md", badge(c), linked(c.truth, THEORY)
        lines.append(
            f"| [{escaped(c.id)}]({page}) | {equation_numbers(c)} | {verdict} | {escaped(c.reason)} | {truth} |"
        )
    return "\n".join([*lines, *([":::"] if handbook else []), ""])


def performance() -> str:
    """The recorded benchmarks."""
    return performance_page(ROOT / "benchmarks" / "results" / "cpu.json", ROOT / "docs" / "images" / "growth")


def reliability() -> str:
    """The recorded measurements of mutants, fuzzing, kills and the rest."""
    return reliability_page(ROOT / "reliability" / "results")


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
    PERFORMANCE.write_text(performance(), encoding="utf-8")
    RELIABILITY.write_text(reliability(), encoding="utf-8")
