"""A virtual environment in which a wheel is installed, and commands that run there, out of sight of the clone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_HIDDEN = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")


class Environment:
    """A fresh virtual environment of one Python, with a work folder of its own that is also its home.

    Parameters
    ----------
    folder : where to make it
    interpreter : the Python to make it from
    """

    def __init__(self, folder: Path, interpreter: str) -> None:
        self.prefix, self.work = folder / "venv", folder / "work"
        self.work.mkdir(parents=True)
        subprocess.run([interpreter, "-m", "venv", self.prefix], check=True)
        self.python = self.prefix / "bin" / "python"
        clean = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
        self.home = clean["HOME"]
        path = f"{self.prefix / 'bin'}{os.pathsep}{clean['PATH']}"
        self.variables = {
            **clean,
            "PATH": path,
            "VIRTUAL_ENV": str(self.prefix),
            "HOME": str(self.work),
            "MPLCONFIGDIR": str(self.work / "matplotlib"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }

    def pip(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run pip, with the cache of the user."""
        home = {"HOME": self.home, "PYTHONDONTWRITEBYTECODE": ""}
        return self.run(["-m", "pip", "-q", *arguments], **home)

    def run(self, arguments: Sequence[str | Path], **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the environment's Python in the work folder."""
        command = [self.python, *arguments]
        environ = {**self.variables, **variables}
        return subprocess.run(command, cwd=self.work, env=environ, capture_output=True, text=True, check=False)

    def files(self) -> dict[str, tuple[int, int]]:
        """Size and time of each file of the environment, without bytecode."""
        found = (path for path in self.prefix.rglob("*") if path.is_file() and path.suffix != ".pyc")
        return {str(path.relative_to(self.prefix)): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}

    def packages(self) -> int:
        """How many packages are installed, without pip and setuptools."""
        listed = self.run(["-m", "pip", "list", "--format", "freeze"]).stdout.split()
        return sum(not line.startswith(("pip=", "setuptools=")) for line in listed)


def interpreters(wanted: Sequence[str]) -> dict[str, str]:
    """The Pythons of these versions that this machine has: {version: program}."""
    found = {}
    for version in wanted:
        program = shutil.which(f"python{version}")
        if program and subprocess.run([program, "-c", "import venv"], capture_output=True).returncode == 0:
            found[version] = program
    return found


def counts(output: str) -> tuple[int, int, int]:
    """Passed, failed (or in error) and skipped, from the last line of pytest."""
    last = output.strip().splitlines()[-1] if output.strip() else ""
    number = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error|skipped)", last)}
    return number.get("passed", 0), number.get("failed", 0) + number.get("error", 0), number.get("skipped", 0)
