"""Workers of a Dask cluster killed while they work, and now and then the process that sent them the work."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from reliability.kills.killing import fresh, undisturbed
from reliability.kills.processes import Run, started
from reliability.kills.watching import contents, left_behind, watched


@dataclass
class Losses:
    """Workers killed in the middle of a task, senders of tasks killed, and how it ended."""

    workers: int = 0
    senders: int = 0
    finished: int = 0
    equal: int = 0
    torn: int = 0
    left: int = 0
    failed: int = 0


def losses(run: Run, at_least: int, rng: np.random.Generator) -> Losses:
    """Kill workers of two until so many were killed; Dask starts others in their place."""
    from dask.distributed import LocalCluster

    lost, expected = Losses(), undisturbed(run)
    with (
        watched(run.out.parent) as seen,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, protocol="tcp://") as cluster,
    ):
        sent = replace(run, extra=("--scheduler", cluster.scheduler_address))
        while lost.workers < at_least:
            fresh(run.out)
            if _until_done(sent, cluster, rng, lost):
                lost.finished += 1
                lost.equal += contents(run.out) == expected.contents
                lost.left += len(left_behind(run.out))
    lost.torn = len(seen.torn)
    return lost


def _until_done(run: Run, cluster, rng: np.random.Generator, lost: Losses) -> bool:
    """At most two workers are killed in each run, since Dask gives a task up that loses four."""
    kills = 0
    while True:
        process = started(run)
        while process.is_alive():
            process.join(rng.uniform(0, 1.5))
            busy = [state.address for state in cluster.scheduler.workers.values() if state.processing]
            if not busy or not process.is_alive():
                continue
            if rng.random() < 0.2:
                process.kill()
                process.join()
                lost.senders += 1
            elif kills < 2:
                nanny = next(nanny for nanny in cluster.workers.values() if nanny.worker_address in busy)
                nanny.process.process.kill()
                lost.workers += 1
                kills += 1
        if process.exitcode == 0:
            return True
        if process.exitcode != -9:
            lost.failed += 1
            return False
        time.sleep(0.2)
