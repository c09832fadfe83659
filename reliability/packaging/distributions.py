"""The wheel and the sdist, built from a copy of the tracked files, and what is in them."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "softmax_geometry"
EPOCH = "1700000000"


def copy_tracked(folder: Path) -> Path:
    """A copy of the files that git tracks, as they are now in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return folder


def built(source: Path, out: Path, *options: str) -> dict[str, Path]:
    """Build what `options` ask for, by default the sdist and the wheel from it: {suffix: file}."""
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), *options, str(source)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": EPOCH})
    return {path.suffix: path for path in out.iterdir()}


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def package_files(source: Path) -> set[str]:
    """The tracked files of the package below a copy of the clone."""
    files = (path for path in (source / PACKAGE).rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {path.relative_to(source).as_posix() for path in files}


def wheel_files(wheel: Path) -> set[str]:
    """The files of a wheel without its dist-info."""
    with ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}


def sdist_files(sdist: Path) -> set[str]:
    """The files of an sdist, relative to its folder."""
    with tarfile.open(sdist) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def relative_links(readme: str) -> Iterator[str]:
    """Targets of the links and images of a Markdown page that are no addresses."""
    for part in readme.split("](")[1:]:
        target = part.partition(")")[0]
        if "://" not in target and not target.startswith("#"):
            yield target


def passes_twine(*files: Path) -> bool:
    """Whether `twine check --strict` passes them."""
    return (
        subprocess.run([sys.executable, "-m", "twine", "check", "--strict", *files], capture_output=True).returncode
        == 0
    )
