"""Features larger than memory take bounded memory, and time linear in N.

N features of H = 512 (K = 10 classes, float32, generated) lie in a folder of `.npy` shards of 100,000 rows, 20 GB for
N = 10⁷. `softmax-geometry region`, `diagnose` and `score` go through them, each in a process of its own on one thread:
the seconds are those of the whole command, the peak is the most memory that process had resident. `region` reads the
labelled training features twice, once for the threshold and once for the class Gaussians behind the widths; `diagnose`
fits one Gaussian a class to N training features and scores N/10 test and N/10 OOD features; `score` (N = 10⁷ only,
without a density) writes the scores of all. Each is measured once, on a machine that had other work to do, so seconds
by the clock vary; those of the processor less. The exponent is the slope of the log of the processor's seconds over log
N from 10⁵ to 10⁷, after those of N = 10³ are taken off, which go into starting the process.

The first 10⁵ features also go through two worker processes of a Dask cluster, and, as one `.npz` file, through the same
commands in memory. Heads of the size of ImageNet (K = 1,000) and ImageNet-21k (K = 21,841), H = 2,048, random
weights, go through `structure` and `region`, the latter with 4,000 labelled features.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import linregress

from reliability.findings import Findings, Headline
from reliability.scale import data
from reliability.scale.measured import Cost, cost, largest_difference, on_dask
from softmax_geometry import Head
from softmax_geometry.plots.growth import GrowthLine, growth_figure
from softmax_geometry.plots.style import svg
from softmax_geometry.writing import write_text

ROOT = Path(__file__).parents[2]
SCRATCH = ROOT / ".scratch" / "scale"
FIGURE = ROOT / "docs" / "images" / "scale.svg"
SIZES = (10**3, 10**4, 10**5, 10**6, 10**7)
HEADS = ((1000, 2048), (21_841, 2048))
DASK_N = MEMORY_N = 10**5
GIGABYTES = 2.0

REGION = "region head.npz --train {train}"
SCORE = "score head.npz {train} --out scores.npz"
DIAGNOSE = "diagnose head.npz --train {train} --test {test} --ood {ood} --density per_class"


def findings() -> Findings:
    """Measure what is not measured yet, and sum up."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    np.savez(SCRATCH / "head.npz", weight=4 * data.class_means())
    costs = {
        (command, N): _kept(f"{command.split()[0]}-N{N}", lambda command=command, N=N: _at(N, command))
        for N in SIZES
        for command in (REGION, DIAGNOSE)
    }
    costs[SCORE, SIZES[-1]] = _kept("score", lambda: _at(SIZES[-1], SCORE))
    dask = _kept("dask", _dask)
    apart = _kept("memory", _in_memory)
    heads = {
        (K, H, command): _kept(f"{command}-K{K}", lambda K=K, H=H, command=command: _head(K, H, command))
        for K, H in HEADS
        for command in ("structure", "region")
    }
    shutil.rmtree(SCRATCH / "shards", ignore_errors=True)
    (SCRATCH / "scores.npz").unlink(missing_ok=True)
    lines = [_line("region", costs, REGION), _line("diagnose", costs, DIAGNOSE)]
    write_text(FIGURE, svg(growth_figure("Features in shards: processor time of a command", lines)))
    return Findings(_headlines(costs, heads, dask, apart, lines), _rows(costs, heads, dask), _remarks(costs))


def _kept(name: str, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A measurement that is made once, and read from `.scratch/` when the run goes on after it was stopped."""
    path = SCRATCH / f"{name}.json"
    if not path.exists():
        path.write_text(json.dumps(measure()))
    return json.loads(path.read_text())


def _folders(N: int) -> dict[str, Path]:
    """Shards of N training, N/10 test and N/10 OOD features: those of a smaller N are the first of a larger one."""
    whole, folders = SCRATCH / "shards", {}
    for seed, (name, n) in enumerate([("train", N), ("test", N // 10), ("ood", N // 10)]):
        data.write_shards(whole / name, max(n, data.SHARD), seed, data.class_means(), ood=name == "ood")
        folders[name] = whole / f"{name}-{N}"
        data.first_shards(folders[name], n, whole / name)
    return folders


def _at(N: int, command: str) -> dict[str, Any]:
    return cost(command.format(**_folders(N)), SCRATCH)._asdict()


def _dask() -> dict[str, Any]:
    return on_dask(Head.load(SCRATCH / "head.npz"), _folders(DASK_N))


def _in_memory() -> dict[str, Any]:
    folders, files = _folders(MEMORY_N), {}
    for name, folder in folders.items():
        z, labels = (np.load(folder / f"{which}-0.npy") for which in ("z", "labels"))
        files[name] = folder.with_suffix(".npz")
        np.savez(files[name], z=z, labels=labels)
    streamed, whole = (
        [cost(command.format(**paths), SCRATCH).numbers for command in (REGION, DIAGNOSE)] for paths in (folders, files)
    )
    return {"apart": largest_difference(streamed, whole)}


def _head(K: int, H: int, command: str) -> dict[str, Any]:
    means = data.class_means(K, H)
    np.savez(SCRATCH / f"head-{K}.npz", weight=4 * means)
    folder = SCRATCH / "shards" / f"of-{K}"
    data.write_shards(folder, 4000, seed=3, means=means)
    options = f" --train {folder}" if command == "region" else ""
    spent = cost(f"{command} head-{K}.npz{options}", SCRATCH)
    os.unlink(SCRATCH / f"head-{K}.npz")
    return spent._replace(numbers=None)._asdict()


def _line(name: str, costs: dict[Any, Any], command: str) -> GrowthLine:
    start, sizes = costs[command, SIZES[0]]["cpu_seconds"], SIZES[2:]
    times = [costs[command, N]["cpu_seconds"] - start for N in sizes]
    fit = linregress(np.log(sizes), np.log(times))
    return GrowthLine("N", sizes, times, sizes, float(fit.slope), float(fit.stderr), 1.0, of=name)


def _headlines(costs: Any, heads: Any, dask: Any, apart: Any, lines: list[GrowthLine]) -> list[Headline]:
    most = SIZES[-1]
    found = []
    for name, command in (("region", REGION), ("diagnose", DIAGNOSE), ("score", SCORE)):
        spent = Cost(**costs[command, most])
        figure = f"{spent.gigabytes:.2f} GB, {spent.cpu_seconds / 60:.1f} minutes of one processor"
        what = f"`{name}`, 10⁷ × 512 features in shards: peak memory"
        found.append(Headline(what, figure, f"< {GIGABYTES:g} GB", spent.gigabytes < GIGABYTES))
    same = "identical" if dask["identical"] else "different"
    found.append(Headline("two Dask workers give the numbers of one process", same, "identical", dask["identical"]))
    found.append(
        Headline(
            "streamed against in memory: largest relative difference",
            f"{apart['apart']:.1g}",
            "≤ 1e-9",
            apart["apart"] <= 1e-9,
        )
    )
    for line in lines:
        figure = f"N^{line.exponent:.2f} ± {line.error:.2f}"
        found.append(
            Headline(f"processor time of `{line.of}` grows as", figure, "N, ± 0.15", abs(line.exponent - 1) < 0.15)
        )
    peak = max(heads[*HEADS[-1], command]["gigabytes"] for command in ("structure", "region"))
    what = f"`structure` and `region` at K = {HEADS[-1][0]:,}, H = 2,048: peak memory"
    found.append(Headline(what, f"{peak:.2f} GB", f"< {GIGABYTES:g} GB", peak < GIGABYTES))
    return found


def _rows(costs: Any, heads: Any, dask: Any) -> list[dict[str, Any]]:
    rows = []
    for (command, N), spent in sorted(costs.items(), key=lambda item: item[0][0]):
        rate = f"{spent['cpu_seconds'] / N * 1e6:.3g}"
        rows.append(_row(command.split()[0], f"N = {N:,}", spent, rate))
    rows.append(_row("region and diagnose, 2 Dask workers", f"N = {DASK_N:,}", dask, "–"))
    rows += [_row(command, f"K = {K:,}", spent, "–") for (K, _, command), spent in heads.items()]
    return rows


def _row(what: str, size: str, spent: dict[str, Any], rate: str) -> dict[str, Any]:
    return {
        "what": what,
        "N or K": size,
        "seconds": _three_digits(spent["seconds"]),
        "of the processor": _three_digits(spent["cpu_seconds"]) if "cpu_seconds" in spent else "–",
        "of it / 10⁶ points": rate,
        "peak GB": f"{spent['gigabytes']:.2f}" if "gigabytes" in spent else "–",
    }


def _three_digits(seconds: float) -> str:
    return f"{seconds:,.0f}" if seconds >= 100 else f"{seconds:.3g}"


def _remarks(costs: Any) -> list[str]:
    last = Cost(**costs[DIAGNOSE, SIZES[-1]])
    return [
        "![Processor time against N, on log-log axes: both commands follow the line of slope one.](images/scale.svg)",
        "The other work on the machine shows in the seconds by the clock: at N = 10⁷ `diagnose` had a processor for "
        f"{last.cpu_seconds / last.seconds:.0%} of its time. A measurement that was made is kept when the run is "
        "stopped; the record was made in several goes, between which other parts of the package changed.",
        f"Streamed and in-memory numbers were compared at N = {MEMORY_N:,}: all that `region` and "
        "`diagnose --density per_class` print. They differ in the last digits, since a matrix product rounds "
        "differently when it has other rows beside it.",
        "For shards `diagnose` fits one Gaussian a class in one pass. EM, the default in memory, is refused there: it "
        "would read the shards up to a hundred times; so is `--ceiling`, which trains classifiers.",
        "The scores of all points are held in memory, 4 or 8 bytes for each point and score; `score` holds the most, "
        "five of them, in blocks and joined.",
        f"Beyond 2,000 classes `region` lists the 1,000 narrowest pairs. At K = {HEADS[0][0]:,} it lists all "
        f"{HEADS[0][0] * (HEADS[0][0] - 1) // 2:,}, which is most of its memory.",
        "Widths in standard deviations are left out where the class covariances would be larger than 8 GB (K·H² "
        "numbers), as for both large heads.",
    ]
