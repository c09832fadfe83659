"""Libraries that users would take instead."""

from __future__ import annotations

import importlib.util
import sys
import types
from typing import Any


def pytorch_ood(module: str) -> Any:
    """A module of pytorch-ood, such as "detector.entropy", without its package's own imports.

    These load torchvision, which does not go with every build of torch; detectors and metrics do not need it.
    """
    if "pytorch_ood" not in sys.modules:
        spec = importlib.util.find_spec("pytorch_ood")
        if spec is None:
            raise ModuleNotFoundError("pytorch-ood is not installed: pip install --no-deps pytorch-ood")
        package = types.ModuleType("pytorch_ood")
        package.__path__ = list(spec.submodule_search_locations or ())
        sys.modules["pytorch_ood"] = package
    return importlib.import_module(f"pytorch_ood.{module}")
