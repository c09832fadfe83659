"""Torch devices, and arrays on them."""

from __future__ import annotations

from typing import Any

from softmax_geometry.checks import Array, InputError
from softmax_geometry.tensor_files import import_torch


def as_device(device: Any) -> Any:
    """The torch device of this name.

    Raises
    ------
    InputError
        If there is no such device on this machine, or torch is not installed.
    """
    torch = import_torch()
    try:
        torch.empty(1, device=device).item()  # "meta" has no numbers
        return torch.empty(0, device=device).device
    except (RuntimeError, AssertionError, TypeError) as error:
        raise InputError(f"device: expected a torch device of this machine, such as cpu, got {device!r}") from error


def as_tensor(array: Array, device: Any) -> Any:
    """The array as a float64 tensor on a device.

    Raises
    ------
    InputError
        As `as_device`, or if the device does not compute in float64.
    """
    where = as_device(device)
    try:
        return import_torch().as_tensor(array).to(where).double()
    except TypeError as error:
        raise InputError(f"device: expected one that computes in float64, got {device!r}") from error
