"""The same outputs from fresh processes that differ in what must not matter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def compared_processes(
    names: Sequence[str] = (), hash_seeds: tuple[int, int] = (1, 2), threads: tuple[int, int] = (1, 1)
) -> dict[str, bool]:
    """Whether two fresh processes, started together, give the same bits of each output.

    Parameters
    ----------
    names : outputs of `reliability.reproduction.outputs`; all when left out
    hash_seeds : of Python's hashes of strings, on which the order of sets depends
    threads : of linear algebra
    """
    given = [_started(names, *settings) for settings in zip(hash_seeds, threads, strict=True)]
    first, second = (_digests(process) for process in given)
    return {name: first[name] == second[name] for name in first}


def _started(names: Sequence[str], hash_seed: int, threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "reliability.reproduction.outputs", *names]
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)} | dict.fromkeys(THREADS, str(threads))
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def _digests(process: subprocess.Popen[str]) -> dict[str, str]:
    printed, _ = process.communicate()
    if process.returncode:
        raise RuntimeError(f"outputs: expected digests, got exit code {process.returncode}")
    return json.loads(printed)
