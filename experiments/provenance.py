"""How a result came about: enough to make it again."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy
import sklearn
import torch

from experiments.data import LICENCES, Images


def provenance(
    experiment: str, preset: str, config: Any, seed: int, device: str, images: Iterable[Images]
) -> dict[str, Any]:
    """Command, configuration, seed, versions, machine, date, and the data sets with their licences."""
    data: dict[str, Any] = {}
    for those in images:
        data.setdefault(those.name, {"licence": LICENCES[those.name], "sha256": {}})["sha256"] |= those.checksums
    command = f"python -m experiments run {experiment} --preset {preset} --seed {seed} --data DATA --out OUT"
    return {
        "command": command,
        "config": asdict(config),
        "seed": seed,
        "versions": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "scikit-learn": sklearn.__version__,
            "torch": torch.__version__,
        },
        "device": f"{device}, {platform.machine()}, {torch.get_num_threads()} threads",
        "date": datetime.now(UTC).date().isoformat(),
        "data": data,
    }
