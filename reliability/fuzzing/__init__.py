"""No file makes it fail with a traceback, hang, swell, write elsewhere or run code.

Inputs are drawn for every entrance: heads and features in each format, all commands with their options (in process, and
some in processes of their own), the readers of data sets, and what trainings and runs keep. A quarter is nearly valid
and drawn by hypothesis: wrong shapes, dtypes and byte orders, NaN, objects, headers that lie, members that are there
twice. Most are valid files with flipped bits, cuts, splices and extreme length fields, half of them inside their zip,
with right checksums; the rest is noise. Each malicious file (pickles, paths outside, links, bombs, headers that promise
terabytes) goes to every reader that takes its kind. Inputs run in forked workers, whose address space may grow by 1 GB,
with a time limit each, in a folder that is compared before and after. An input may succeed, with one of our warnings or
without, or be refused in one printable sentence; all else is a finding. Published data files are recognised by their
hash before anything reads them, and so are the stand-ins for them here; archives, IDX files and photographs are also
read without.

`python -m reliability.fuzzing TARGET NUMBER` tries one input again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reliability.findings import Findings, Headline
from reliability.fuzzing.targets import Target, malicious_cases, targets
from reliability.fuzzing.workers import Case, outcomes
from softmax_geometry.writing import write_text

STATE = Path(__file__).parents[2] / ".scratch" / "fuzzing"
FAILURES = ("traceback", "message", "spill", "warning", "crash", "code run", "files changed", "not made")


@dataclass
class Tally:
    """How the inputs of a target ended, with the findings as NUMBER: how, why."""

    ended: dict[str, int] = field(default_factory=dict)
    found: list[str] = field(default_factory=list)
    warned: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    peak: int = 0

    def count(self, *kinds: str) -> int:
        """Inputs that ended in one of these ways."""
        return sum(self.ended.get(kind, 0) for kind in kinds)

    @property
    def inputs(self) -> int:
        """All inputs."""
        return sum(self.ended.values())


def tally(name: str, case: Callable[[int], Case], indices: Iterable[int], limit: float) -> Tally:
    """Try the inputs of these numbers."""
    total, indices = Tally(), list(indices)
    for number, outcome in tqdm(outcomes(case, indices, limit), name, len(indices), leave=False, disable=None):
        total.ended[outcome.ended] = total.count(outcome.ended) + 1
        total.slowest, total.peak = max(total.slowest, outcome.seconds), max(total.peak, outcome.peak)
        if outcome.is_finding:
            total.found.append(without_folders(f"{name} {number}: {outcome.ended}, {outcome.why}"))
            tqdm.write(total.found[-1])
        if outcome.warned:
            total.warned[outcome.warned] = total.warned.get(outcome.warned, 0) + 1
    return total


def without_folders(text: str) -> str:
    """The text with absolute paths, which are of one machine, cut to their last names.

    Examples
    --------
    >>> without_folders("/home/me/x/reading.py:3: 1/2 of '/tmp/x'")
    "reading.py:3: 1/2 of 'x'"
    """
    return re.sub(r"(?<!\w)/(?:[^\s/'\":]+/)*(?=[^\s/])", "", text)


def findings() -> Findings:
    """Try all inputs; a target that was finished before is not tried again until the whole is."""
    made = {target.name: _kept(target) for target in tqdm(targets(), "targets", disable=None)}
    cases = malicious_cases()
    names = list(cases)
    evil = tally("malicious", lambda number: cases[names[number]], range(len(names)), 60.0)
    for path in STATE.glob("*.json"):
        path.unlink()
    tallies = [*made.values(), evil]
    inputs = sum(t.inputs for t in tallies)
    failed, hung, left = (sum(t.count(*kinds) for t in tallies) for kinds in (FAILURES, ["hang"], ["files left"]))
    peak = max(t.peak for t in tallies) / 1e6
    headlines = [
        Headline("inputs fuzzed", f"{inputs:,}", "≥ 100,000", inputs >= 100_000),
        Headline("fuzzed inputs: tracebacks, crashes, stray warnings, code run", f"{failed:,}", "0", failed == 0),
        Headline("fuzzed inputs: hangs", f"{hung:,}", "0", hung == 0),
        Headline("fuzzed inputs: files left or written elsewhere", f"{left:,}", "0", left == 0),
        Headline("fuzzed inputs: most memory claimed", f"{peak:.0f} MB", "≤ 1024 MB", peak <= 1024),
        Headline(
            "malicious files refused",
            f"{evil.count('refused'):,} of {evil.inputs:,}",
            "all",
            evil.count("refused") == evil.inputs,
        ),
    ]
    rows = [_row(name, t) for name, t in {**made, "malicious files": evil}.items()]
    remarks = [*(found for t in tallies for found in t.found[:5]), *_warnings(tallies), *MENDED]
    return Findings(headlines, rows, remarks, ("hypothesis", "pillow", "safetensors", "torch", "tyro"))


def _kept(target: Target) -> Tally:
    path = STATE / f"{target.name}.json"
    if path.exists():
        return Tally(**json.loads(path.read_text(encoding="utf-8")))
    found = tally(target.name, target.case, range(target.inputs), target.limit)
    STATE.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(asdict(found)))
    return found


def _row(name: str, t: Tally) -> dict[str, Any]:
    return {
        "target": name,
        "inputs": t.inputs,
        "accepted": t.count("accepted"),
        "refused": t.count("refused"),
        "failures": t.count(*FAILURES),
        "hangs": t.count("hang"),
        "files left": t.count("files left"),
        "slowest (ms)": round(1000 * t.slowest),
        "peak (MB)": round(t.peak / 1e6),
    }


def _warnings(tallies: list[Tally]) -> list[str]:
    """One sentence on how often which of the product's warnings were said."""
    counts: dict[str, int] = {}
    for t in tallies:
        for text, n in t.warned.items():
            counts[text] = counts.get(text, 0) + n
    if not counts:
        return []
    shown = ", ".join(f"“{text} …” ({counts[text]:,})" for text in sorted(counts, key=counts.__getitem__, reverse=True))
    return [
        f"Of the inputs that were accepted, {sum(counts.values()):,} were so with a warning in one sentence: {shown}."
    ]


MENDED = (
    "Mended: a checkpoint whose tensor repeats one entry 2^42 times, or has no entries at all (`meta`), was "
    "taken for a head; its sum would have taken hours. A tensor now has to be no larger than what is stored of it.",
    "Mended: names of tensors, paths and reasons went into messages as they are, so that a file could send control "
    "characters to the terminal or make a message of many lines. They are escaped now, and long ones are cut.",
    "Mended: tracebacks at a null character in a path, at names of more than 255 bytes, at empty integer arrays of "
    "declared sizes beyond 2^63, at damaged checkpoints of trainings, at damaged arrays and deep JSON in records.",
    "Mended: an image of one row that is resized to a given height would have been terabytes; images have at most 2^26 "
    "pixels now, before and after. Running out of memory ends a command with code 1 and a sentence.",
    "Mended: tracebacks at damaged IDX files and archives of whatever kind, and at a `.safetensors` file that declares "
    "more entries than an array can have.",
    "Mended: warnings of numpy, torch, scikit-learn and Pillow, and what Pillow logs, on standard error at odd files "
    "and extreme numbers. Commands say their own warnings in one sentence.",
    "Not ours to mend: scipy's reader of MATLAB files crashes (a segmentation fault) on some damaged ones. SVHN and "
    "Flowers are read only if their hash is the published one, and a damaged file never gets that far.",
)
