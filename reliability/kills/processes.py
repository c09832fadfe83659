"""Processes that run one command each: forked from a server that has all imported, or quite new ones."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

from reliability.kills.commands import COMMANDS

PRELOADED = (
    *("experiments.__main__", "experiments.toy", "experiments.intro", "experiments.bombardment", "experiments.bundle"),
    *("experiments.running.drawing", "experiments.comparison.claims", "softmax_geometry.cli.commands"),
    *("softmax_geometry.report", "softmax_geometry.figures", "softmax_geometry.explorer"),
)
CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "open")  # what the system is asked to do
ROOT = Path(__file__).resolve().parents[2]
SERVER = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Run:
    """One process for a command.

    Attributes
    ----------
    command : name in `COMMANDS`
    out, files : folders that it writes to and reads from
    log : file of what it says on standard error
    kill_at : int, optional
        It kills itself with signal 9 just before it changes a file of `out` for the `kill_at`-th time.
    count : path, optional
        Where the number of changes goes at the end.
    largest : int, optional
        Bytes that a file may have.
    extra : further arguments
    """

    command: str
    out: Path
    files: Path
    log: Path
    kill_at: int | None = None
    count: Path | None = None
    largest: int | None = None
    extra: tuple[str, ...] = ()


def preload(modules: Sequence[str] = PRELOADED) -> None:
    """Have the server import these before it forks."""
    SERVER.set_forkserver_preload([*modules, __name__])


def started(run: Run) -> BaseProcess:
    """A process forked for this run."""
    process = SERVER.Process(target=_child, args=(run,))
    process.start()
    return process


def exit_code(run: Run, timeout: float = 300) -> int:
    """Of a forked process for this run, which is left alone."""
    process = started(run)
    process.join(timeout)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise TimeoutError(f"{run.command} took more than {timeout} seconds")
    return process.exitcode


def new_process(run: Run) -> subprocess.Popen[bytes]:
    """A new interpreter for this run."""
    code = "import sys; from reliability.kills.processes import new_child; sys.exit(new_child(sys.argv[1:]))"
    with run.log.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-c", code, run.command, str(run.out), str(run.files), *run.extra],
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def new_child(arguments: Sequence[str]) -> int:
    name, out, files = arguments
    return COMMANDS[name].run(Path(out), Path(files))


def _child(run: Run) -> None:
    os.setsid()
    log = os.open(run.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(log, 2)
    if run.largest is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (run.largest, run.largest))
    changes = _count_changes(run.out, run.kill_at) if run.kill_at or run.count else [0]
    command = COMMANDS[run.command]
    code = type(command)(command.name, command.module, command.arguments + run.extra).run(run.out, run.files)
    if run.count is not None:
        run.count.write_text(str(changes[0]))
    sys.exit(code)


def _count_changes(out: Path, kill_at: int | None) -> list[int]:
    """A list of one number, which counts the changes of files of `out` from now on."""
    changes = [0]

    def seen(event: str, arguments: tuple) -> None:
        if event not in CHANGES or (event == "open" and not arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        in_folder_descriptor = event in ("os.remove", "os.rmdir") and arguments[1] != -1  # as `shutil.rmtree` does
        if in_folder_descriptor or str(arguments[0]).startswith(str(out)):
            changes[0] += 1
            if changes[0] == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(seen)
    return changes
