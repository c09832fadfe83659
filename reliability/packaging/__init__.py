"""Built, the package installs and works without its clone

The wheel and the sdist are built from a copy of the tracked files, which is all that later steps see of the clone. Each
row is a fresh virtual environment outside the repository in which the wheel is installed: on the oldest supported
versions of the direct dependencies (`constraints-oldest.txt`) or on what the package index gave on the day (newest),
with a Python, and with an extra. In each the package is imported, and what the extra is for is done: a torch module is
captured and its checkpoint read, an experiment run, moments gathered from two Dask workers, a page of documentation
built, an AUROC compared with torchmetrics, a user's program type-checked. In those without an extra every command runs
on the bundled example and on a saved head while each file that Python opens is watched, the doctests of the installed
package run, and so do those tests of the clone that need nothing but the package, with warnings as errors. At the end
nothing in the environment has changed, and uninstalling leaves nothing. (Bytecode is not counted.)
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reliability.findings import Findings, Headline
from reliability.packaging import checks, distributions
from reliability.packaging.environments import Environment, interpreters

STATE = distributions.ROOT / ".scratch" / "packaging"
TOOLS = ("pytest", "hypothesis", "mpmath")
EXTRAS = ("torch", "experiments", "cluster", "test", "docs", "bench", "dev", "reliability")
TORCH = "torch==2.13.0"  # the one build for CPUs that was at hand
SYMPY = "sympy==1.13.3"  # the oldest that it goes with
WANTED = ("3.11", "3.12", "3.13")


@dataclass(frozen=True)
class Wanted:
    """One environment to make: Python, oldest or newest dependencies, an extra or none."""

    python: str
    dependencies: str
    extra: str = ""


@dataclass(frozen=True)
class Outcome:
    """Its row in the table, what went wrong, the files that were opened outside, and the share of typed symbols."""

    row: dict[str, Any]
    problems: list[str]
    outside: list[str]
    typed: Sequence[int] | None


def findings() -> Findings:
    """Build, install everywhere, ask everything; the environments are removed."""
    with tempfile.TemporaryDirectory(prefix="packaging-") as folder:
        return _findings(Path(folder))


def _findings(folder: Path) -> Findings:
    clone = distributions.copy_tracked(folder / "clone")
    first = distributions.built(clone, folder / "first")
    again = distributions.built(clone, folder / "again")
    direct = distributions.built(clone, folder / "direct", "--wheel")
    wheel, sdist = first[".whl"], first[".gz"]
    source, packed = distributions.package_files(clone), distributions.wheel_files(wheel)
    same = {name: len({distributions.sha256(path[name]) for path in (first, again)}) == 1 for name in (".whl", ".gz")}
    from_sdist = distributions.sha256(direct[".whl"]) == distributions.sha256(wheel)
    links = sorted(set(distributions.relative_links((clone / "README.md").read_text(encoding="utf-8"))))
    twine = distributions.passes_twine(wheel, sdist)

    pythons = interpreters(WANTED)
    wanted = [Wanted(python, "newest") for python in pythons]
    wanted += [Wanted("3.11", "oldest"), *(Wanted("3.11", "oldest", extra) for extra in EXTRAS[:3])]
    wanted += [Wanted("3.11", "newest", extra) for extra in EXTRAS]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        asked = pool.map(lambda one: _resumed(folder, clone, wheel, pythons[one.python], one), wanted)
        outcomes = list(tqdm(asked, total=len(wanted), desc="environments"))
    pairs = zip(wanted, outcomes, strict=True)
    problems = [f"{_name(one)}: {problem}" for one, out in pairs for problem in out.problems]
    print(*problems, sep="\n", file=sys.stderr)
    outside = sorted({path for out in outcomes for path in out.outside})
    well = sum(not out.problems for out in outcomes)
    known, symbols = next((out.typed for out in outcomes if out.typed), (0, 1))
    headlines = [
        Headline("environments in which all checks passed", f"{well} of {len(wanted)}", "all", well == len(wanted)),
        Headline("files of the wheel that differ from the package", str(len(source ^ packed)), "0", source == packed),
        Headline("files opened outside the installed package", str(len(outside)), "0", not outside),
        Headline("twine check --strict", "passed" if twine else "failed", "passed", twine),
        Headline("wheel built twice, and from the sdist", *_equal(same[".whl"] and from_sdist)),
        Headline("public symbols of known type", f"{known:,} of {symbols:,}", "≥ 99 %", known >= 0.99 * symbols),
    ]
    return Findings(
        headlines,
        [out.row for out in outcomes],
        [
            *_remarks(same[".gz"], links, len(distributions.sdist_files(sdist)), set(WANTED) - set(pythons)),
            *(" ".join(problem.split())[:200] for problem in problems),
        ],
        versions=("setuptools", "build", "twine", "basedpyright"),
    )


def _resumed(folder: Path, clone: Path, wheel: Path, python: str, wanted: Wanted) -> Outcome:
    """The outcome of an earlier run that was cut off, if it had this wheel; else a new one."""
    state = STATE / f"{distributions.sha256(wheel)[:16]} {_name(wanted)}.json"
    if state.exists():
        return Outcome(**json.loads(state.read_text()))
    outcome = _outcome(folder, clone, wheel, python, wanted)
    if not outcome.problems:
        STATE.mkdir(parents=True, exist_ok=True)
        state.write_text(json.dumps(asdict(outcome)))
    return outcome


def _outcome(folder: Path, clone: Path, wheel: Path, python: str, wanted: Wanted) -> Outcome:
    start = time.perf_counter()
    place = folder / _name(wanted).replace(" ", "-")
    environment = Environment(place, python)
    constraints = place / "constraints.txt"
    oldest = (clone / "constraints-oldest.txt").read_text() if wanted.dependencies == "oldest" else ""
    if wanted.extra in ("torch", "experiments"):
        oldest = oldest.replace("sympy==1.13.0", SYMPY)
    constraints.write_text(f"{oldest}{TORCH}\n")
    what = f"{wheel}[{wanted.extra}]" if wanted.extra else str(wheel)
    tools = () if wanted.extra and wanted.extra != "torch" else TOOLS
    installed = environment.pip("install", "--prefer-binary", "-c", constraints, what, *tools)
    if installed.returncode:
        return Outcome(_row(wanted, 0, (0, 0, 0), 1, start), [f"pip install: {installed.stderr[-600:]}"], [], None)
    before = environment.files()
    problems, results, known = list(checks.imports_the_installed(environment)), (0, 0, 0), None
    if wanted.extra:
        problems += checks.extra(environment, wanted.extra, clone)
    else:
        problems += checks.commands(environment)
    if wanted.extra == "dev":
        known = typed_symbols(environment)
    if wanted.extra in ("", "torch"):
        only = ("test_capture.py", "test_reading.py") if wanted.extra else ()
        results = checks.suite_results(environment, clone, torch=bool(wanted.extra), only=only)
        if results[1]:
            problems.append(f"tests failed: {(environment.work / 'pytest.txt').read_text()[-3000:]}")
    packages = environment.packages()
    if changed := sorted(dict(before.items() ^ environment.files().items())):
        problems.append(f"changed in the environment: {changed[:5]}")
    if left := checks.leftovers(environment):
        problems.append(f"left after uninstalling: {left[:5]}")
    outside = checks.opened_outside(environment)
    shutil.rmtree(place)
    return Outcome(_row(wanted, packages, results, len(problems), start), problems, outside, known)


def typed_symbols(environment: Environment) -> tuple[int, int]:
    """How many public symbols have a known type for the type checker, and how many there are."""
    ran = environment.run(
        ["-m", "basedpyright", "--verifytypes", distributions.PACKAGE, "--ignoreexternal", "--outputjson"]
    )
    counted = json.loads(ran.stdout)["typeCompleteness"]["exportedSymbolCounts"]
    return counted["withKnownType"], sum(counted.values())


def _row(wanted: Wanted, packages: int, results: tuple[int, int, int], problems: int, start: float) -> dict[str, Any]:
    passed, _, skipped = results
    return {
        "Python": wanted.python,
        "dependencies": wanted.dependencies,
        "extra": wanted.extra or "none",
        "packages": packages,
        "tests passed": passed or "–",
        "skipped": skipped if passed else "–",
        "problems": problems,
        "seconds": round(time.perf_counter() - start),
    }


def _name(wanted: Wanted) -> str:
    return f"{wanted.python} {wanted.dependencies} {wanted.extra or 'core'}"


def _equal(same: bool) -> tuple[str, str, bool]:
    return ("the same bytes" if same else "other bytes", "the same bytes", same)


def _remarks(same_sdist: bool, links: list[str], in_sdist: int, missing: set[str]) -> Iterator[str]:
    if not same_sdist:
        yield "The sdist differs from build to build: setuptools dates the files that it makes by the clock."
    yield f"The sdist holds {in_sdist} files: the package and what it is built from, no tests."
    yield f"Only {TORCH}, the one build for CPUs at hand, was tested: 2.5 to 2.12 were not. It needs {SYMPY}."
    yield "On the oldest set, direct dependencies are at their lower bounds and indirect ones at what pip chooses."
    if links:
        yield f"{len(links)} links of README.md are relative and lead nowhere on an index page: no home page is set."
    if missing:
        yield f"Not tested, for want of an interpreter: Python {', '.join(sorted(missing))}."
    if sys.version_info[:2] != (3, 11):
        yield "The distributions were built with another Python than 3.11."
