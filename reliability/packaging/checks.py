"""What is asked of an environment: each check returns what went wrong, in words, and nothing when all is well."""

from __future__ import annotations

import ast
import shutil
from collections.abc import Iterator
from pathlib import Path

from reliability.packaging import programs
from reliability.packaging.distributions import PACKAGE
from reliability.packaging.environments import Environment, counts

CLONE = {"experiments", "numerics", "docs", "reliability", "proofs", "benchmarks", "selenium"}
READS_CLONE = ("test_claims.py", "test_notebook.py")  # they read proofs/ and docs/
PYTEST = """[pytest]
addopts = --import-mode=importlib
filterwarnings = error
doctest_optionflags = NORMALIZE_WHITESPACE
"""


def commands(environment: Environment) -> Iterator[str]:
    """Help and every command, on the bundled example and on saved files; no file is read outside the package."""
    yield from _fails(environment, "saving a head", ["-c", programs.SAVED_HEAD])
    (environment.work / "watched.py").write_text(programs.WATCHED)
    for arguments in ("--help", *(f"{name} --help" for name in programs.NAMES), *programs.COMMANDS):
        yield from _fails(environment, arguments, ["watched.py", *arguments.split()])
    yield from _fails(
        environment, "softmax-geometry --help", [environment.prefix / "bin" / "softmax-geometry", "--help"]
    )
    yield from (f"{name} was not written" for name in programs.WRITTEN if not (environment.work / name).exists())


def opened_outside(environment: Environment) -> list[str]:
    """The files that the commands opened outside the environment and their work folder, or wrote inside it."""
    path = environment.work / "outside.txt"
    return sorted(set(path.read_text().split("\n")) - {""}) if path.exists() else []


def imports_the_installed(environment: Environment) -> Iterator[str]:
    """The package that is imported is the installed one."""
    ran = environment.run(["-c", "import softmax_geometry; print(softmax_geometry.__file__)"])
    if not ran.stdout.startswith(str(environment.prefix)):
        yield f"import gave {ran.stdout or ran.stderr}"


def suite_results(
    environment: Environment, clone: Path, *, torch: bool, only: tuple[str, ...] = ()
) -> tuple[int, int, int]:
    """Doctests of the installed package, and its tests away from the clone: how many passed, failed, were skipped."""
    folder = environment.work / "suite"
    shutil.copytree(clone / "tests", folder / "tests")
    (folder / "pytest.ini").write_text(PYTEST)
    missing = CLONE if torch else CLONE | {"torch"}
    for path in sorted((folder / "tests").rglob("*.py")):
        foreign = path.name in READS_CLONE or bool(imported(path) & missing) if path.exists() else False
        if path.name == "conftest.py" and foreign:
            shutil.rmtree(path.parent)
        elif path.exists() and (foreign or (only and path.name not in only)):
            path.unlink()
    package = next(environment.prefix.glob(f"lib/*/site-packages/{PACKAGE}"))
    leave = [] if torch else [f"--ignore={package / 'capture.py'}"]
    common = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", folder / "pytest.ini"]
    runs = [[*common, folder / "tests"]]
    if not only:
        runs.append([*common, "--doctest-modules", *leave, package])
    (environment.work / "pytest.txt").write_text("")
    total = (0, 0, 0)
    for arguments in runs:
        ran = environment.run(arguments)
        passed, failed, skipped = counts(ran.stdout)
        if ran.returncode and not failed:
            failed = 1
        with (environment.work / "pytest.txt").open("a") as log:
            log.write(ran.stdout[-6000:] + ran.stderr[-2000:])
        total = total[0] + passed, total[1] + failed, total[2] + skipped
    return total


def imported(path: Path) -> set[str]:
    """The top-level names of the modules that a file imports at its top."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    plain = {alias.name.split(".")[0] for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {(node.module or "").split(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}


def extra(environment: Environment, name: str, clone: Path) -> Iterator[str]:
    """The extra does what it is for."""
    work = environment.work
    if name == "torch":
        yield from _fails(environment, "capture and checkpoint", ["-c", programs.TORCH])
    elif name == "experiments":
        shutil.copytree(clone / "experiments", work / "experiments", dirs_exist_ok=True)
        run = ["-m", "experiments", "run", "toy", "--preset", "smoke"]
        yield from _fails(environment, "the toy experiment", run)
    elif name == "cluster":
        (work / "cluster.py").write_text(programs.CLUSTER)
        yield from _fails(environment, "moments over two workers", ["cluster.py"])
    elif name == "test":
        for folder in ("numerics", "tests"):
            shutil.copytree(clone / folder, work / folder, dirs_exist_ok=True)
        (work / "pytest.ini").write_text(PYTEST.replace("addopts =", "pythonpath = .\naddopts ="))
        run = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/numerics", "tests/theorems/test_structure.py"]
        yield from _fails(environment, "tests of the proofs' machinery", run)
    elif name == "bench":
        yield from _fails(environment, "AUROC against torchmetrics", ["-c", programs.BENCH])
    elif name == "docs":
        yield from _fails(environment, "a page of documentation", ["-c", programs.DOCS])
    elif name == "dev":
        yield from _fails(environment, "ruff", ["-m", "ruff", "check", clone / PACKAGE])
        yield from _fails(environment, "build", ["-m", "build", "--version"])
        yield from _fails(environment, "import contracts", ["-c", "import importlinter.cli"])
        yield from typed(environment)
    elif name == "reliability":
        yield from _fails(environment, "mutmut", ["-m", "mutmut", "--help"])
        yield from _fails(environment, "twine", ["-m", "twine", "--version"])


def typed(environment: Environment) -> Iterator[str]:
    """A well typed program passes the type checker, and each wrong call is reported."""
    (environment.work / "pyproject.toml").write_text('[tool.basedpyright]\ntypeCheckingMode = "standard"\n')
    for i, wrong in enumerate(("", *programs.BADLY_TYPED)):
        name = f"user_{i}.py"
        (environment.work / name).write_text(f"{programs.WELL_TYPED}{wrong}\n")
        ran = environment.run(["-m", "basedpyright", name])
        if (ran.returncode == 0) == bool(wrong):
            yield f"type checker on {wrong or 'the well typed program'}: {ran.stdout[-300:]}"


def leftovers(environment: Environment) -> list[str]:
    """What is left of the package after it was uninstalled."""
    environment.pip("uninstall", "-y", "softmax-geometry")
    names = (PACKAGE, "softmax-geometry")
    return [str(path) for path in environment.prefix.rglob("*") if path.name.startswith(names)]


def _fails(environment: Environment, what: str, arguments: list[str | Path]) -> Iterator[str]:
    ran = environment.run(arguments)
    if ran.returncode:
        yield f"{what}: exit {ran.returncode}, {(ran.stdout + ran.stderr)[-600:]}"
