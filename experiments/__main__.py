"""`python -m experiments list | run NAME | compare | bundle | fetch NAME…`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from softmax_geometry.checks import InputError
from softmax_geometry.tensor_files import import_torch

# Module → what it shows. A module has Config, PRESETS, run(config, given), table(records) and drawings(records).
EXPERIMENTS = {
    "toy": "figure 1a: far from its training data a small network extrapolates with confidence",
    "intro": "figure 1b: a LeNet on three digits maps Fashion-MNIST to low confidence",
    "decision_structure": "figure 4: norms, biases and angles of trained heads, beside the simplex",
    "counterfactual": "figures 5 and 13: heads frozen in other structures, and what that costs",
    "activations": "figures 6 and 16: what features OOD images activate, and how strongly",
    "bombardment": "figure 7: the most confident of many random inputs look like digits",
    "depth": "figure 17: deeper networks detect more",
    "benchmark": "table 1 upper half, figures 14 and 15: a ResNet18 on five data sets, with all scores and causes",
    "transfer": "table 1 lower half: pretrained EfficientNets fine-tuned on five small data sets",
    "density_search": "appendix C.5: how the density is fitted, and what choosing it by OOD data flatters",
    "codec": "ours: whether the JPEG coding of the development data drives any score",
    "implicit_biases": "the paper's closing question: do ensembles and MC dropout strengthen the implicit biases?",
}
RESULTS = Path(__file__).parent / "results"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 0, 2 for bad input, 1 for a training that fails, 130 when interrupted."""
    chosen = _parser().parse_args(arguments)
    try:
        import_torch()
        from experiments.training import TrainingFailed

        try:
            chosen.command(chosen)
        except TrainingFailed as error:
            return _fail(error, 1)
    except InputError as error:
        return _fail(error, 2)
    except KeyboardInterrupt:
        return _fail("interrupted; the same command goes on where this one stopped", 130)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m experiments", description="Experiments of the paper.")
    commands = parser.add_subparsers(required=True)
    commands.add_parser("list", help="list the experiments").set_defaults(command=_list)
    run = commands.add_parser("run", help="do the runs of an experiment that are not recorded yet, and show them all")
    run.add_argument("name", choices=EXPERIMENTS)
    run.add_argument("--preset", default="quick", help="smoke: seconds; quick (default): a CPU; paper: a GPU")
    run.add_argument("--seeds", default="1", help="a number of seeds (3: 0, 1, 2), or the seeds themselves (0,4)")
    run.add_argument("--device", default="cpu", help="torch device (default cpu)")
    run.add_argument("--threads", type=int, default=1, help="threads of a run; the last bits depend on it (default 1)")
    run.add_argument("--scheduler", help="address of a Dask scheduler that the runs are sent to")
    compare = commands.add_parser("compare", help="the recorded runs beside the paper's numbers and claims")
    bundle = commands.add_parser("bundle", help="write the figures of the recorded runs, as data, into the package")
    fetch = commands.add_parser("fetch", help="download data sets and check their checksums")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    for subparser, command in ((run, _run), (compare, _compare), (bundle, _bundle), (fetch, _fetch)):
        subparser.set_defaults(command=command)
    for subparser in (run, fetch):
        subparser.add_argument("--data", type=Path, help="folder of the data sets; default $SOFTMAX_GEOMETRY_DATA")
    for subparser in (run, compare, bundle):
        subparser.add_argument("--out", type=Path, default=RESULTS, help="folder of the records")
    return parser


def _list(chosen: argparse.Namespace) -> None:
    for name, description in EXPERIMENTS.items():
        print(f"{name:<19} {description}")


def _run(chosen: argparse.Namespace) -> None:
    from experiments.running import Given, sweep, workers_at
    from experiments.running.drawing import write_figures
    from experiments.running.sweep import caveats_of

    if chosen.threads < 1:
        raise InputError(f"threads: expected at least 1, got {chosen.threads}")
    module, seeds = import_module(f"experiments.{chosen.name}"), _seeds(chosen.seeds)
    data = None if chosen.data is None else chosen.data.resolve()
    with workers_at(chosen.scheduler) as workers:
        given = Given(seeds[0], chosen.device, chosen.threads, data, progress=sys.stderr.isatty(), workers=workers)
        found = sweep(chosen.name, chosen.preset, seeds, given, chosen.out.resolve())
    print(module.table(found))
    for name, caveat in caveats_of(found).items():
        print(f"{name}: {caveat}")
    for path in write_figures(chosen.name, found, chosen.out / chosen.name / chosen.preset):
        print(path)


def _compare(chosen: argparse.Namespace) -> None:
    from experiments.comparison import comparison_text

    print(comparison_text(chosen.out))


def _bundle(chosen: argparse.Namespace) -> None:
    from experiments.bundle import write_bundle

    for path in write_bundle(chosen.out):
        print(path)


def _fetch(chosen: argparse.Namespace) -> None:
    from experiments.data import DATA_VARIABLE, fetch

    root = chosen.data or os.environ.get(DATA_VARIABLE)
    if not root:
        raise InputError(f"data: expected the folder of the data sets in --data or ${DATA_VARIABLE}, got none")
    fetch(chosen.names, Path(root), progress=sys.stderr.isatty())


def _seeds(text: str) -> Sequence[int]:
    """Seeds 0, 1, … for a number of them, or the seeds of a list with commas."""
    parts = [part.strip() for part in text.split(",")]
    numbers = [int(part) for part in parts if part.isdecimal()]
    if len(numbers) != len([part for part in parts if part]) or not numbers:
        raise InputError(f"seeds: expected a number of seeds, such as 3, or seeds, such as 0,4, got {text!r}")
    if max(numbers) >= 2**32:
        raise InputError(f"seeds: expected seeds below 2^32, got {max(numbers)}")
    if len(parts) > 1:
        return sorted(set(numbers))
    if numbers[0] < 1:
        raise InputError("seeds: expected at least 1, got 0 (seed 0 alone: 0,)")
    return range(numbers[0])


def _fail(reason: object, code: int) -> int:
    print(f"error: {reason}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
