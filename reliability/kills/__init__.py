"""Kills, faults and company: every result ends as if nothing had happened.

**Kills.** Each command is killed with signal 9, half of the time at a random moment of its duration (start of its work,
trainings, their states, final writing), half of the time just before a random one of all the changes that it makes to
files: a new file, a rename, a removal. The same command is then started again, and perhaps killed again, until it is
done. What it wrote is compared with that of a command that was left alone: metrics, arrays, scores, pages and pictures
bit for bit, all but dates, durations and measured speeds. All this time another process reads every file that appears
or changes, and counts those that are not whole; at the end nothing may be left but the results. Processes are forked
from one that has all imported; those of the rows "new processes" are quite new ones, whose imports are cut short, too.
Trainings keep their state five times a second here, so that it is often cut short; the bombardment has 16 shards.

**A cluster.** Workers of a Dask cluster are killed in the middle of a run or of a shard, and now and then the process
that sent them the work.

**Faults.** Where a command cannot write (no room, room for half, room for all but the last bytes, a full disk, a
read-only folder, a folder in place of the file, no parent folder) it must say so in one sentence and with exit code 2,
leave old files as they are, and leave nothing behind. (Sweeps and `figures` write one result after another; those that
were whole before the fault stay.)

**Company.** The same command runs twice at once with one folder, and two sweeps with different seeds, of which one is
the same. Both must end well, with the result of one.

**Signals.** Commands are stopped by Ctrl-C and SIGTERM at a random moment: exit code 130 or 1 and 143, no traceback,
and the same command started again has the result of one that was left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from tqdm import tqdm

from reliability.findings import Findings, Headline
from reliability.kills.cluster import losses
from reliability.kills.commands import write_files
from reliability.kills.faults import TARGETS, faults
from reliability.kills.killing import kills
from reliability.kills.pairs import different_seeds, pairs
from reliability.kills.processes import Run, preload
from reliability.kills.sections import SCRATCH, forget, kept
from reliability.kills.stopping import stops

LEAST_KILLS = 200
TOY = "sweep of toy networks"
KILLED = {
    "score": 50,
    "bundle": 40,
    "Head.save": 30,
    "figures": 20,
    "explorer": 14,
    "report": 14,
    TOY: 40,
    "bombardment": 10,
    "sweep of LeNets": 5,
}
KILLED_NEW = {"score": 8, "report": 6, TOY: 6}
WORKERS_KILLED = {TOY: 4, "bombardment": 3}
PAIRED = {TOY: 3, "bombardment": 2, "report": 2, "figures": 2, "explorer": 1, "score": 3, "bundle": 3, "Head.save": 3}
STOPPED = {
    "score": 3,
    "bundle": 3,
    "region": 2,
    "structure": 2,
    "diagnose": 2,
    "report": 1,
    "figures": 1,
    "explorer": 1,
}
STOPPED |= {TOY: 2, "bombardment": 1}


def findings() -> Findings:
    """Measure all of it; what a stopped measurement has of it is taken from there."""
    measured = {name: kept(name, measure) for name, measure in tqdm(sections().items(), desc="kills", disable=None)}
    found = summary(measured)
    forget()
    return found


def sections() -> dict[str, Callable[[], Any]]:
    """What is to be measured, by kind and command."""
    found: dict[str, Callable[[], Any]] = {}

    def add(kind: str, command: str, measure: Callable[[Run, np.random.Generator], Any]) -> None:
        seed, name = len(found), f"{kind}: {command}"
        found[name] = lambda: measure(_run(command, seed), np.random.default_rng(seed))

    for command, count in KILLED.items():
        add("kills", command, lambda run, rng, count=count: asdict(kills(run, count, rng)))
    for command, count in KILLED_NEW.items():
        add("new processes", command, lambda run, rng, count=count: asdict(kills(run, count, rng, new=True)))
    for command, count in WORKERS_KILLED.items():
        add("workers", command, lambda run, rng, count=count: asdict(losses(run, count, rng)))
    for command in TARGETS:
        add("faults", command, lambda run, rng: faults(run))
    for command, count in PAIRED.items():
        add("pairs", command, lambda run, rng, count=count: pairs(run, count, rng))
    add("pairs of other seeds", TOY, different_seeds)
    for command, count in STOPPED.items():
        add("signals", command, lambda run, rng, count=count: stops(run, count, rng))
    return found


def summary(measured: dict[str, Any]) -> Findings:
    """Tables and headlines from the sections."""
    killed = {name: of for name, of in measured.items() if name.startswith(("kills", "new processes"))}
    workers = {name: of for name, of in measured.items() if name.startswith("workers")}
    total = {key: sum(of[key] for of in killed.values()) for key in next(iter(killed.values()))}
    lost = {key: sum(of[key] for of in workers.values()) for key in next(iter(workers.values()))}
    finished, equal = (total[key] + lost[key] for key in ("finished", "equal"))
    failed, torn, left = (total[key] + lost[key] for key in ("failed", "torn", "left"))
    all_kills = total["killed"] + lost["workers"] + lost["senders"]
    cases = {
        kind: {name: _flat(of) for name, of in measured.items() if name.startswith(kind)}
        for kind in ("faults", "pairs", "signals")
    }
    wrong = [
        f"{name}, {case}: {problem}."
        for kind in cases.values()
        for name, of in kind.items()
        for case, problem in of
        if problem
    ]
    return Findings(
        [
            Headline("kills survived", str(all_kills), f"≥ {LEAST_KILLS}", all_kills >= LEAST_KILLS and not failed),
            Headline("results after kills that differ", f"{finished - equal + failed} of {finished + failed}",
                     "0", finished == equal and not failed),
            Headline("files that a reader saw half-written", f"{torn} of {total['read']:,} read", "0", not torn),
            Headline("files left behind by kills", str(left), "0", not left),
            *(
                Headline(what, *_handled(cases[kind]))
                for kind, what in (
                    ("faults", "outputs that cannot be written, handled"),
                    ("pairs", "pairs of processes with one folder, equal to one process"),
                    ("signals", "stops by Ctrl-C and SIGTERM without traceback, then equal"),
                )
            ),
        ],
        [_row(name, of) for name, of in killed.items()],
        [
            *(
                f"{name.split(': ')[1].capitalize()} on a cluster: {of['workers']} workers killed at their work and "
                f"{of['senders']} times the sender; {of['equal']} of {of['finished'] + of['failed']} results equal."
                for name, of in workers.items()
            ),
            "While Python imports the package, before any code of a command runs, Ctrl-C shows Python's own traceback; "
            "the processes that are stopped here are past that.",
            "A page and its numbers are each whole, but a kill between their two renames leaves one new and one old "
            "until the command is done; so with the two files of the bundle.",
            *wrong,
        ],
        ["torch", "matplotlib", "distributed"],
    )  # fmt: skip


def _row(name: str, tally: dict[str, int]) -> dict[str, Any]:
    kind, command = name.split(": ")
    return {
        "killed": command + (", new processes" if kind != "kills" else ""),
        "kills": tally["killed"],
        "of them at a change of a file": tally["while_writing"],
        "finished": tally["finished"],
        "equal": tally["equal"],
        "longest row of kills": tally["in_a_row"],
        "files read meanwhile": tally["read"],
    }


def _flat(found: dict[str, Any] | Sequence[str]) -> list[tuple[str, str]]:
    """Cases with what went wrong, in order; "" where nothing did."""
    if isinstance(found, dict):
        return [(name, problem) for name, of in found.items() for problem in ([of] if isinstance(of, str) else of)]
    return [(f"time {i + 1}", problem) for i, problem in enumerate(found)]


def _handled(cases: dict[str, list[tuple[str, str]]]) -> tuple[str, str, bool]:
    problems = [problem for of in cases.values() for _, problem in of]
    good = sum(not problem for problem in problems)
    return f"{good} of {len(problems)}", "all", good == len(problems)


def _run(command: str, number: int) -> Run:
    """Folders of its own for a section."""
    preload()
    root = SCRATCH / "work" / str(number)
    files = root / "files"
    files.mkdir(parents=True, exist_ok=True)
    (root / "watched").mkdir(exist_ok=True)
    write_files(files)
    return Run(command, root / "watched" / "out", files, root / "log")
