"""Inputs tried in forked workers, so that a crash, a hang or a memory blow-up is seen as such."""

from __future__ import annotations

import contextlib
import faulthandler
import multiprocessing
import os
import resource
import shutil
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from softmax_geometry.checks import InputError

MEMORY = 2**30  # address space that a worker may claim beyond what it starts with
BATCH = 500  # inputs of one worker
LONGEST_MESSAGE = 2000
WARNINGS = ("EM did not converge", "k-means gave points to")  # how the warnings begin that the product has
CANARY = "canary"  # what a pickle would write, were it run, into the folder it is read in


@dataclass(frozen=True)
class Case:
    """One input: files by name, what is called in their folder, and the names of the files it may write.

    `call` returns None for success, or the sentence with which the input was refused; or it raises InputError.
    """

    files: dict[str, bytes]
    call: Callable[[], Any]
    writes: Sequence[str] = ()


def done(function: Callable[..., Any], *arguments: Any) -> None:
    """Call, and return nothing, which is success."""
    function(*arguments)


@dataclass(frozen=True)
class Outcome:
    """How an input ended: accepted, refused, or a finding; why; and what it took."""

    ended: str
    why: str
    seconds: float
    warned: str = ""
    peak: int = 0  # bytes resident beyond what the worker started with, the most up to now

    @property
    def is_finding(self) -> bool:
        return self.ended not in ("accepted", "refused")


def tried(case: Case, folder: Path) -> Outcome:
    """Lay the files into an empty folder, call, and look at all that may go wrong in this process."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in case.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    before, start = set(folder.rglob("*")), time.perf_counter()
    with warnings.catch_warnings(record=True) as spilled, contextlib.chdir(folder):
        warnings.simplefilter("always")
        ended, why = _ended(case)
    seconds = time.perf_counter() - start
    new = {str(path.relative_to(folder)) for path in set(folder.rglob("*")) - before}
    if CANARY in new:
        return Outcome("code run", "a pickle was executed", seconds)
    if left := sorted(new - set(case.writes if ended == "accepted" else ())):
        return Outcome("files left", ", ".join(left), seconds)
    if any((folder / name).read_bytes() != content for name, content in case.files.items() if name not in case.writes):
        return Outcome("files changed", "an input file was written to", seconds)
    warned = ""
    for said in spilled:
        ours = [start for start in WARNINGS if str(said.message).startswith(start)]
        if not ours:
            where = f"{Path(said.filename).name}:{said.lineno}"
            return Outcome("warning", f"{said.category.__name__} at {where}: {said.message}", seconds)
        warned = ours[0]
    return Outcome(ended, why, seconds, warned)


def _ended(case: Case) -> tuple[str, str]:
    try:
        refusal = case.call()
    except InputError as error:
        refusal = str(error)
    except Exception as error:
        places = traceback.extract_tb(error.__traceback__)
        where = " < ".join(f"{Path(place.filename).name}:{place.lineno}" for place in places[:-5:-1])
        return "traceback", f"{type(error).__name__} at {where}: {error}"
    if refusal is None:
        return "accepted", ""
    if not refusal.isprintable() or len(refusal) > LONGEST_MESSAGE:
        return "message", f"not one readable line of at most {LONGEST_MESSAGE} characters: {refusal[:200]!r}"
    return "refused", refusal


def outcomes(cases: Callable[[int], Case], indices: Sequence[int], limit: float) -> Iterator[tuple[int, Outcome]]:
    """Try the cases of these indices in forked workers, each input within `limit` seconds."""
    waiting = list(indices)
    while waiting:
        batch = waiting[:BATCH]
        done = 0
        for outcome in _batch(cases, batch, limit):
            yield batch[done], outcome
            done += 1
        waiting = waiting[done:]


def _batch(cases: Callable[[int], Case], batch: Sequence[int], limit: float) -> Iterator[Outcome]:
    """Outcomes of a worker, in order; the last one is a hang or a crash if it did not get to the end."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    scratch = Path(tempfile.mkdtemp(prefix="fuzzing-"))
    worker = context.Process(target=_work, args=(cases, batch, scratch, theirs, ours))
    worker.start()
    theirs.close()
    try:
        for _ in batch:
            if not ours.poll(limit):
                yield Outcome("hang", f"no answer in {limit} s", limit)
                return
            try:
                outcome = ours.recv()
            except EOFError:
                worker.join()
                yield Outcome("crash", f"the worker ended with code {worker.exitcode}", 0.0)
                return
            yield outcome
    finally:
        worker.kill()
        worker.join()
        ours.close()
        shutil.rmtree(scratch, ignore_errors=True)


def _work(
    cases: Callable[[int], Case], batch: Sequence[int], scratch: Path, sink: Connection, other: Connection
) -> None:
    other.close()
    faulthandler.disable()
    silence = os.open(scratch / "spilled", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bound = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    start = _peak()
    for index in batch:
        try:
            case = cases(index)
        except Exception as error:
            outcome = Outcome("not made", f"{type(error).__name__}: {error}", 0.0)
        else:
            outcome = tried(case, scratch / "folder")
        if os.fstat(silence).st_size and not outcome.is_finding:
            text = os.pread(silence, 300, 0).decode(errors="replace")
            outcome = Outcome("spill", f"written past Python to the terminal: {text!r}", outcome.seconds)
        os.ftruncate(silence, 0)
        sink.send(replace(outcome, peak=_peak() - start))


def _peak() -> int:
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
