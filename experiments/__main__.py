"""`python -m experiments list` and `python -m experiments run NAME`."""

from __future__ import annotations

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path

from softmax_geometry.checks import InputError
from softmax_geometry.tensor_files import import_torch
from softmax_geometry.writing import write_text

# Module → what it shows. A module has PRESETS, run(config, seed, data, device, progress) and
# write(result, folder); a result has metrics and the images it was made from.
EXPERIMENTS = {"intro": "figure 1b: a LeNet on three digits maps Fashion-MNIST to low confidence"}


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code is 0, or 2 for bad input."""
    parser = argparse.ArgumentParser(prog="python -m experiments", description="Experiments of the paper.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="list the experiments")
    run = commands.add_parser("run", help="run one experiment and write what comes out")
    run.add_argument("name", choices=EXPERIMENTS)
    run.add_argument("--preset", default="quick", help="smoke: seconds, no data needed; quick: minutes (default)")
    run.add_argument("--data", type=Path, help="folder of the data sets; default $SOFTMAX_GEOMETRY_DATA")
    run.add_argument("--seed", type=int, default=0)
    run.add_argument("--device", default="cpu", help="torch device (default cpu)")
    run.add_argument("--out", type=Path, required=True, help="folder for the results")
    chosen = parser.parse_args(arguments)
    if chosen.command == "list":
        for name, description in EXPERIMENTS.items():
            print(f"{name}  {description}")
        return 0
    try:
        _run(chosen)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _run(chosen: argparse.Namespace) -> None:
    import_torch()
    from experiments.provenance import provenance

    experiment = import_module(f"experiments.{chosen.name}")
    if chosen.preset not in experiment.PRESETS:
        raise InputError(f"preset: expected {' or '.join(experiment.PRESETS)}, got {chosen.preset!r}")
    if chosen.seed < 0:
        raise InputError(f"seed: expected a whole number ≥ 0, got {chosen.seed}")
    config = experiment.PRESETS[chosen.preset]
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"out: expected a folder that can be made, got {chosen.out} ({error.strerror})") from error
    result = experiment.run(config, chosen.seed, chosen.data, chosen.device, progress=sys.stderr.isatty())
    experiment.write(result, chosen.out)
    record = provenance(chosen.name, chosen.preset, config, chosen.seed, chosen.device, result.images)
    write_text(chosen.out / "provenance.json", json.dumps(record | {"metrics": result.metrics}, indent=2) + "\n")
    for name, value in result.metrics.items():
        print(f"{name}: {value:.4f}")


if __name__ == "__main__":
    sys.exit(main())
