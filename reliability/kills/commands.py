"""The commands that are interrupted, each with a folder for what it writes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

PACKAGE, EXPERIMENTS, HERE = "softmax_geometry.cli", "experiments.__main__", "reliability.kills.commands"
CHECKPOINT_SECONDS = 0.2  # between two states of a training, instead of half a minute
TRAIN_TEST_OOD = "--train {files}/train.npz --test {files}/test.npz --ood {files}/ood.npz"


@dataclass(frozen=True)
class Command:
    """Arguments of the `main` of a module; `{out}` is the folder, `{files}` one with a head and features."""

    name: str
    module: str
    arguments: tuple[str, ...]

    def run(self, out: Path, files: Path) -> int:
        """Run it in this process; the exit code."""
        prepare: Callable[[Path], None] = _PREPARED.get(self.module, lambda out: None)
        prepare(out)
        arguments = [part.format(out=out, files=files) for part in self.arguments]
        return import_module(self.module).main(arguments)


def _command(name: str, module: str, arguments: str) -> tuple[str, Command]:
    return name, Command(name, module, tuple(arguments.split()))


COMMANDS = dict(
    [
        _command("sweep of toy networks", EXPERIMENTS, "run toy --preset smoke --seeds 3 --out {out}"),
        _command("sweep of LeNets", EXPERIMENTS, "run intro --preset smoke --seeds 2 --out {out}"),
        _command("bombardment", EXPERIMENTS, "run bombardment --preset smoke --out {out}"),
        _command("report", PACKAGE, "report --out {out}/report.html"),
        _command("figures", PACKAGE, "figures figure-2 counterexample-3d --format png,svg --out {out}"),
        _command(
            "score", PACKAGE, "score {files}/head.npz {files}/ood.npz --train {files}/train.npz --out {out}/s.npz"
        ),
        _command("explorer", PACKAGE, "explorer --out {out}/explorer.html"),
        _command("region", PACKAGE, "region {files}/head.npz --train {files}/train.npz"),
        _command("structure", PACKAGE, "structure {files}/head.npz"),
        _command("diagnose", PACKAGE, f"diagnose {{files}}/head.npz {TRAIN_TEST_OOD}"),
        _command("bundle", EXPERIMENTS, "bundle"),
        _command("Head.save", HERE, "{out}/head.npz"),
    ]
)


def main(arguments: Sequence[str]) -> int:
    """Save a head of 100 classes."""
    import numpy as np

    from softmax_geometry import Head, InputError

    try:
        Head(np.random.default_rng(0).standard_normal((100, 64))).save(arguments[0])
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def write_files(folder: Path) -> None:
    """The example as files."""
    import numpy as np

    from softmax_geometry import load_example

    example = load_example()
    example.head.save(folder / "head.npz")
    for name in ("train", "test", "ood"):
        features = getattr(example, name)
        np.savez(folder / f"{name}.npz", z=features.z, labels=features.labels)


def _prepare_experiments(out: Path) -> None:
    """Frequent states of trainings, 16 shards, and a package in `out` for the bundle to be written into."""
    import softmax_geometry
    from experiments import bombardment
    from experiments.training import loop

    loop.CHECKPOINT_SECONDS = CHECKPOINT_SECONDS
    bombardment.PRESETS["smoke"] = (replace(bombardment.PRESETS["smoke"][0], log2_inputs=16, log2_shard=12),)
    softmax_geometry.__file__ = str(out / "__init__.py")


_PREPARED = {EXPERIMENTS: _prepare_experiments}
