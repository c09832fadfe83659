"""The state of a training in mid-run, in a file that is whole or absent."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch

from softmax_geometry.checks import InputError
from softmax_geometry.writing import whole_file


def save_state(path: Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values whole.

    Raises
    ------
    InputError
        If the path cannot be written, for want of space, say; nothing is left behind.
    """
    content = io.BytesIO()
    torch.save(state, content)
    with whole_file(path) as file:
        file.write(content.getbuffer())


def load_state(path: Path, fingerprint: str) -> dict[str, Any]:
    """Read a state back; no code is run from it.

    Raises
    ------
    InputError
        If the file is damaged, or is the state of another training than that of the fingerprint.
    """
    try:
        with zipfile.ZipFile(path) as archive, warnings.catch_warnings(action="ignore"):
            whole = archive.testzip() is None
            state = torch.load(path, map_location="cpu", weights_only=True) if whole else None
    except Exception:  # a damaged checkpoint can fail in any way
        state = None
    if not isinstance(state, dict):
        raise InputError(f"checkpoint {path}: expected a training's state, got a damaged file; delete it")
    if state.get("fingerprint") != fingerprint:
        raise InputError(f"checkpoint {path}: expected the state of this training, got that of another; delete it")
    return state
