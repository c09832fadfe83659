"""What lies in a folder: is each file whole, are two folders equal, and what was left behind."""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from reliability.kills.processes import SERVER

PAUSE = 0.002  # seconds between two looks
ENDS = {".png": b"IEND\xaeB`\x82", ".svg": b"</svg>", ".html": b"</html>"}
DATE = re.compile(rb"\d{4}-\d\d-\d\d")


@dataclass
class Seen:
    """What a reader saw: how often it found a file new or changed, and which were not whole."""

    read: int = 0
    torn: list[str] = field(default_factory=list)


def whole(name: str, content: bytes) -> bool:
    """Whether the content of a file of this name goes to its end."""
    suffix = Path(name).suffix
    if suffix == ".json":
        try:
            json.loads(content)
        except ValueError:
            return False
    if suffix in (".npz", ".pt"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                return archive.testzip() is None
        except zipfile.BadZipFile:
            return False
    return content.rstrip().endswith(ENDS.get(suffix, b""))


@contextmanager
def watched(folder: Path) -> Iterator[Seen]:
    """Another process reads all files below the folder as they come and change; what it saw is known at the end."""
    mine, its = SERVER.Pipe()
    reader = SERVER.Process(target=_watch, args=(folder, its))
    reader.start()
    seen = Seen()
    try:
        mine.recv()  # it is at work
        yield seen
    finally:
        mine.send("stop")
        seen.read, seen.torn = mine.recv()
        reader.join()


def contents(folder: Path) -> dict[str, Any]:
    """What must be equal in two folders: all files but dates, durations and measured speeds."""
    return {str(path.relative_to(folder)): _content(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def left_behind(folder: Path) -> list[Path]:
    """Temporary files and states of runs."""
    hidden = [
        path for path in folder.rglob("*") if any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]
    return [path for path in hidden if path.is_file()]


def _content(path: Path) -> Any:
    if path.suffix == ".npz":
        with np.load(path) as file:
            return {name: (file[name].dtype.str, file[name].shape, file[name].tobytes()) for name in file.files}
    content = path.read_bytes()
    if path.suffix != ".json":
        return DATE.sub(b"DATE", content)
    record = json.loads(DATE.sub(b"DATE", content))
    if isinstance(record, dict) and "provenance" in record:
        record["provenance"].pop("seconds", None)
        record.get("metrics", {}).pop("timing", None)
    return json.dumps(record)


def _watch(folder: Path, parent: Connection) -> None:
    known: dict[str, tuple[int, int, int]] = {}
    read, torn = 0, []
    parent.send("ready")
    while not parent.poll(PAUSE):
        for path in _files(folder):
            try:
                with open(path, "rb") as file:
                    state = os.fstat(file.fileno())
                    mark = (state.st_ino, state.st_mtime_ns, state.st_size)
                    if known.get(path) == mark:
                        continue
                    content = file.read()
            except OSError:  # gone, or a folder that a fault put there
                continue
            known[path] = mark
            read += 1
            if not whole(path, content):
                torn.append(path)
    parent.recv()
    parent.send((read, torn))


def _files(folder: Path) -> list[str]:
    """All files but temporary ones."""
    found = []
    for where, _, names in os.walk(folder):
        found += [os.path.join(where, name) for name in names if not name.startswith(".")]
    return found
