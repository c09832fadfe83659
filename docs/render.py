"""Write what README and docs take from the ledger and from the recorded runs: `python -m docs.render`.

`tests/test_docs.py` fails when they are out of date.
"""

from __future__ import annotations

from pathlib import Path

from experiments.__main__ import EXPERIMENTS, RESULTS
from experiments.comparison.page import experiments_page
from softmax_geometry.claims import Claim, claims, verdict_counts

ROOT = Path(__file__).resolve().parent.parent
ERRATA = ROOT / "docs" / "errata.md"
EXPERIMENTS_PAGE = ROOT / "docs" / "experiments.md"
README = ROOT / "README.md"
BEGIN, END = "<!-- ledger: rendered by docs/render.py -->", "<!-- end of ledger -->"


def errata() -> str:
    """Every claim of the paper that does not hold as printed: what is wrong, a counterexample, what is true."""
    wrong = [c for c in claims() if c.source == "paper" and c.verdict not in ("proved", "definition")]
    lines = [
        "# Errata of *Understanding Softmax Confidence and Uncertainty*",
        "",
        "Rendered from the ledger (`softmax_geometry/ledger/`) by `python -m docs.render`; each entry names the file",
        "under `proofs/` that shows it. Equation numbers are those of Pearce, Brintrup & Zhu (2021).",
        "",
    ]
    for c in wrong:
        lines += _entry(c)
    return "\n".join(lines)


def _entry(c: Claim) -> list[str]:
    equations = f" (eq {', '.join(map(str, c.equations))})" if c.equations else ""
    lines = [
        f"## {c.id}{equations}: {c.verdict}",
        "",
        f"**Claim.** {c.statement}",
        "",
        f"**What is wrong.** {c.reason}",
        "",
    ]
    if c.counterexample:
        lines += [f"**Counterexample.** {c.counterexample}", ""]
    return [*lines, f"**What is true.** {c.truth}", "", f"Proof: `{c.proof}`", ""]


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
