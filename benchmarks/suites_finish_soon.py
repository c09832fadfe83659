"""`pytest proofs/` takes less than 90 seconds, all tests together less than ten minutes.

The proofs run in one process; all tests as `make test` runs them, one process for each core. A suite that fails counts
as infinitely slow.
"""

import math
import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.rows import Row

ROOT = Path(__file__).parent.parent
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def seconds(*arguments: str) -> float:
    """Of a run of pytest, or infinity if a test fails."""
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=os.environ | ONE_THREAD, capture_output=True, check=False)
    return time.perf_counter() - start if done.returncode == 0 else math.inf


def rows() -> list[Row]:
    return [
        Row("pytest proofs/", "1 process", seconds("proofs"), 90, unit="s"),
        Row("all tests", "a process for each core", seconds("-n", "auto"), 600, unit="s"),
    ]
