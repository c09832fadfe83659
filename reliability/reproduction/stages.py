"""The stages of `make reproduce`: each makes one kind of number or picture again and compares."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from docs import executed, render
from docs.figures import IMAGES, plane
from experiments.__main__ import RESULTS
from experiments.bundle import bundled
from experiments.running import Given, records, sweep
from experiments.running.drawing import write_figures
from reliability.reproduction.pages import readings, written_pages
from reliability.reproduction.processes import compared_processes
from reliability.reproduction.runs import AGAIN, Missing, compared_runs, strays
from softmax_geometry.checks import InputError
from softmax_geometry.claims import claims, verdict_counts
from softmax_geometry.example import load_example
from softmax_geometry.figures import bundle
from softmax_geometry.plots import svg

ROOT = Path(__file__).resolve().parents[2]
Verdict = Literal["same bits", "near", "drift", "not reproduced"]


@dataclass(frozen=True)
class Asked:
    """What is given to the stages: the folder of the data sets, and minutes for the recorded runs."""

    data: Path | None
    minutes: float


@dataclass(frozen=True)
class Check:
    """One thing that was made again.

    Attributes
    ----------
    what : its name
    verdict : "near" is within what the tests or the errors of the record allow
    why : what is different, or why it was not made
    """

    what: str
    verdict: Verdict
    why: str = ""


Checks = Iterator[Check]


def code_blocks(asked: Asked) -> Checks:
    """Each block of a page that shows what code prints; then the notebook."""
    for name, path in executed.written_pages().items():
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            try:
                shown = executed.run_page(path.read_text(encoding="utf-8"), name)
            except AssertionError as error:
                yield Check(name, "drift", str(error))
                continue
        for i, (printed, text) in enumerate(shown, start=1):
            same = printed.split() == text.split()
            yield Check(f"{name}, output {i}", "same bits" if same else "near", "" if same else printed)
    yield _tests("docs/notebooks/worked_example.ipynb", "tests/test_notebook.py")


def rendered_parts(asked: Asked) -> Checks:
    """What is rendered from the ledger and from records; the page of reliability holds this very result."""
    for path, text in (
        (render.README, render.readme),
        (render.ERRATA, render.errata),
        (render.EXPERIMENTS_PAGE, render.experiments),
        (render.PERFORMANCE, render.performance),
    ):
        yield _equal(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"), text())


def quoted_numbers(asked: Asked) -> Checks:
    """Each number that a sentence quotes."""
    for name, found in readings(written_pages()).items():
        for quote in found.quotes:
            yield Check(f"{name}: {quote}", "same bits")
        for missing in found.missing:
            yield Check(name, "drift", f"it does not say {missing!r}")
        for loose in found.loose:
            yield Check(name, "drift", f"no command gives {loose}")


def bundled_example(asked: Asked) -> Checks:
    """The network in the package, trained again; arrays and metrics."""
    try:
        (again,) = sweep("intro", "example", [0], Given(0, data=asked.data), AGAIN)
    except InputError as error:
        yield Check("bundled example", "not reproduced", str(error))
        return
    with np.load(ROOT / "softmax_geometry" / "example" / "lenet_mnist.npz", allow_pickle=False) as stored:
        for name in stored.files:
            yield _equal(f"bundled example, {name}", stored[name].tobytes(), again.arrays[name].tobytes())
    yield _equal("bundled example, metrics", load_example().provenance["metrics"], again.metrics)


def recorded_runs(asked: Asked) -> Checks:
    """The recorded runs of the experiments."""
    for path in sorted(strays()):
        yield Check(str(path.relative_to(ROOT)), "drift", "no configuration of today gives this record")
    for run in compared_runs(asked.data, asked.minutes):
        what = str(run)
        if isinstance(run, Missing):
            yield Check(what, "not reproduced")
        else:
            verdict = {"bit for bit": "same bits", "differs": "drift"}.get(run.verdict, "near")
            yield Check(what, verdict)


def drawn_figures(asked: Asked) -> Checks:
    """The figure of README, the figures of the recorded runs, and their data in the package."""
    yield _equal("docs/images/plane.svg", (IMAGES / "plane.svg").read_text(encoding="utf-8"), svg(plane()))
    with tempfile.TemporaryDirectory() as folder:
        for preset in sorted(path for path in RESULTS.glob("*/*") if path.is_dir()):
            name = preset.parent.name
            found = records(preset, _configs(name, preset.name))
            for path in write_figures(name, found, Path(folder)):
                yield _equal(f"{name}/{preset.name}/{path.name}", (preset / path.name).read_bytes(), path.read_bytes())
    content, arrays = bundled(RESULTS)
    yield _equal("figures/recorded.json", bundle.records(), json.loads(json.dumps(content)))
    with np.load(ROOT / "softmax_geometry" / "figures" / "recorded.npz", allow_pickle=False) as stored:
        same = set(stored.files) == set(arrays) and all(stored[k].tobytes() == a.tobytes() for k, a in arrays.items())
    yield Check("figures/recorded.npz", "same bits" if same else "drift")


def ledger(asked: Asked) -> Checks:
    """`pytest proofs/`: its summary, and for each result its proof, second route and twin."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "proofs"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    lines = {line.split("  ")[0]: line for line in printed.splitlines()}
    for c in claims():
        cells = re.findall(r"(\d+)/(\d+)", lines.get(c.id, "").partition(c.verdict)[2].partition(c.reason)[0])
        passed = len(cells) == 3 and all(a == b != "0" for a, b in cells)
        yield Check(c.id, "same bits" if passed else "drift", "" if passed else f"proof, second route, twin: {cells}")
    counts = ", ".join(f"{n} {verdict}" for verdict, n in verdict_counts().items())
    summary = f"{len(claims())} results: {counts}"
    yield Check(summary, "same bits" if summary in printed else "drift")


def two_processes(asked: Asked) -> Checks:
    """Outputs of two fresh processes with other hashes of strings."""
    for name, same in compared_processes().items():
        yield Check(name, "same bits" if same else "drift")


STAGES: dict[str, Callable[[Asked], Checks]] = {
    "blocks": code_blocks,
    "rendered": rendered_parts,
    "numbers": quoted_numbers,
    "example": bundled_example,
    "processes": two_processes,
    "figures": drawn_figures,
    "ledger": ledger,
    "runs": recorded_runs,
}


def _tests(what: str, path: str) -> Check:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", path]
    passed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    return Check(what, "same bits" if passed else "drift")


def _configs(experiment: str, preset: str) -> Sequence[Any]:
    return import_module(f"experiments.{experiment}").PRESETS[preset]


def _equal(what: str, stored: object, again: object) -> Check:
    return Check(what, "same bits" if stored == again else "drift")
