"""What a command costs in a process of its own, and the same work on a Dask cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from softmax_geometry import FeatureStream, Head, diagnose, valid_region
from softmax_geometry.features import class_gaussians
from softmax_geometry.tables import region_numbers

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_RUN = """
import sys, time
from softmax_geometry.cli import main
code = main(sys.argv[1:])
status = open("/proc/self/status").read()
print(time.process_time(), status.split("VmHWM:")[1].split()[0], file=sys.stderr)
sys.exit(code)
"""


class Cost(NamedTuple):
    """Seconds by the clock and of the processor, and peak resident memory of a command, and the numbers it printed."""

    seconds: float
    cpu_seconds: float
    gigabytes: float
    numbers: Any


def cost(command: str, folder: Path) -> Cost:
    """Run `softmax-geometry COMMAND --json` in a folder, on one thread."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *command.split(), "--json"],
        cwd=folder,
        env=os.environ | ONE_THREAD,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr}")
    cpu_seconds, kilobytes = done.stderr.split()[-2:]
    return Cost(seconds, float(cpu_seconds), int(kilobytes) * 1024 / 1e9, json.loads(done.stdout))


def on_dask(head: Head, folders: dict[str, Path]) -> dict[str, Any]:
    """Whether two worker processes give the numbers of `region` and `diagnose` that this process gives, and seconds."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        start = time.perf_counter()
        shared = _numbers(head, folders, lambda f, blocks: (one.result() for one in client.map(f, list(blocks))))
        seconds = time.perf_counter() - start
    return {"identical": shared == _numbers(head, folders, map), "seconds": seconds}


def _numbers(head: Head, folders: dict[str, Path], mapper: Any) -> list[Any]:
    train, test, ood = (FeatureStream.load(folders[name], mapper) for name in ("train", "test", "ood"))
    region = region_numbers(valid_region(head, train), class_gaussians(train, head.K))
    return [region, diagnose(head, train, test, ood).to_dict()]


def largest_difference(a: Any, b: Any) -> float:
    """Largest |x − y| / max(|y|, 1e-6) over all numbers of two equal structures; infinite where they are not equal."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return max((largest_difference(a[key], b[key]) for key in a), default=0.0)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return max(map(largest_difference, a, b), default=0.0)
    if isinstance(a, float) and isinstance(b, float):
        return abs(a - b) / max(abs(b), 1e-6)
    return 0.0 if a == b else float("inf")
