"""How a result came about: enough to make it again."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import numpy
import scipy
import sklearn
import torch

from experiments.data import LICENCES, Images


def provenance(device: str, seconds: float) -> dict[str, Any]:
    """Versions, machine, threads, duration and date, as seen by whoever did the run."""
    name = torch.cuda.get_device_name(device) if device.startswith("cuda") else platform.machine()
    return {
        "versions": {
            "python": platform.python_version(),
            "numpy": numpy.__version__,
            "scipy": scipy.__version__,
            "scikit-learn": sklearn.__version__,
            "torch": torch.__version__,
        },
        "device": f"{device}, {name}",
        "threads": torch.get_num_threads(),
        "seconds": round(seconds, 1),
        "date": datetime.now(UTC).date().isoformat(),
    }


def data_sources(images: Iterable[Images]) -> dict[str, Any]:
    """The data sets by name: licence, and the sha256 of each file that was read."""
    sources: dict[str, Any] = {}
    for those in images:
        sources.setdefault(those.name, {"licence": LICENCES[those.name], "sha256": {}})["sha256"] |= those.checksums
    return sources
