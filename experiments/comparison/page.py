"""The recorded runs as one Markdown page: tables, figures, verdicts, caveats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from experiments.comparison import best_records, judged_claims
from experiments.comparison.judging import Judged
from experiments.comparison.numbers import PUBLISHED, compared, reasons
from experiments.running import Record
from experiments.running.sweep import caveats_of

INTRODUCTION = """\
# The experiments: our runs beside the paper's

Rendered by `python -m docs.render` from the records in `experiments/results/`; `python -m experiments compare` prints
the verdicts, and `python -m experiments run NAME --seeds 3` makes the runs of an experiment again (those recorded are
skipped). Each record holds its configuration, seed, versions, machine, duration, and the checksums of its data.

`paper` runs follow the paper's protocol; `quick` runs are small enough for a CPU, and most of their numbers are not
comparable with the paper's. A verdict is of *our* runs: a claim **agrees** (**disagrees**) when its margin is more than
two standard errors above (below) 0 over the seeds, and is **undecided** between. AUROC: OOD is the positive class.
"""


def experiments_page(names: Sequence[str], out: Path) -> str:
    """The page, with links to the figures relative to `docs/`."""
    claims = judged_claims(out)
    everything = [claim for of_one in claims.values() for claim in of_one]
    counts = Counter(claim.verdict for claim in everything)
    lines = [INTRODUCTION, "Verdicts: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common()) + ".", ""]
    for name in names:
        preset, records = best_records(name, out)
        if records:
            lines += _section(name, preset, records, claims.get(name, []), out)
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, preset: str, records: Sequence[Record], claims: Sequence[Judged], out: Path) -> list[str]:
    module = import_module(f"experiments.{name}")
    summary, _, rest = (module.__doc__ or "").partition("\n")
    seeds = sorted({record.seed for record in records})
    hours = sum(record.provenance["seconds"] for record in records) / 3600
    devices = sorted({record.provenance["device"] for record in records})
    lines = [f"## {name}", "", summary, "", rest.strip(), ""]
    lines += [
        f"Preset `{preset}`, {len(records)} runs with seeds {', '.join(map(str, seeds))}, {_hours(hours)} on "
        f"{', '.join(devices)}.",
        "",
    ]
    lines += [f"- **{data}**: {caveat}" for data, caveat in caveats_of(records).items()]
    lines += ["", "```text", module.table(records), "```", ""]
    for figure in sorted((out / name / preset).glob("*.png")):
        lines += [f"![{name}: {figure.stem}](../experiments/results/{name}/{preset}/{figure.name})", ""]
    if claims:
        lines += _table(["claim", "source", "verdict", "evidence"], [list(vars(claim).values()) for claim in claims])
    if name in PUBLISHED:
        header = ["set", "number", "paper", "ours (%)", "verdict"]
        lines += _table(header, compared(name, preset, records))
        lines += [*(f"- {reason}" for reason in reasons(name, preset, records)), ""]
    return lines


def _hours(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 0.1 else "a few minutes" if hours > 1 / 60 else "under a minute"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    escaped = [[cell.replace("|", "\\|") for cell in row] for row in rows]
    return [
        *("| " + " | ".join(row) + " |" for row in [list(header), ["---"] * len(header), *escaped]),
        "",
    ]
