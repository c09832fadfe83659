"""Figures not yet drawn, as plain data: which function of `softmax_geometry.plots` draws them, and from what."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

Drawing = partial[Figure]

_PLOTS = "softmax_geometry.plots."
_ARRAY = "$array"


def packed(drawing: Drawing) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """The drawing as a tree of JSON values, which points into a list of arrays.

    Tuples become lists. What JSON would change, such as keys that are not text, is refused.

    Raises
    ------
    TypeError
        If the function is not one of `softmax_geometry.plots`, or an argument is neither plain nor an array.

    Examples
    --------
    >>> from softmax_geometry.plots.depth import depth_lines
    >>> packed(partial(depth_lines, {"MNIST": {"accuracy": [(1, 0.9, None)]}}))
    ({'function': 'depth.depth_lines', 'arguments': [{'MNIST': {'accuracy': [[1, 0.9, None]]}}], 'options': {}}, [])
    """
    function = f"{drawing.func.__module__}.{drawing.func.__name__}"
    if not function.startswith(_PLOTS):
        raise TypeError(f"drawing: expected a function of {_PLOTS[:-1]}, got {function}")
    arrays: list[NDArray[Any]] = []
    arguments, options = _plain(list(drawing.args), arrays), _plain(drawing.keywords, arrays)
    return {"function": function.removeprefix(_PLOTS), "arguments": arguments, "options": options}, arrays


def unpacked(tree: Mapping[str, Any], arrays: list[NDArray[Any]]) -> Drawing:
    """The drawing that `packed` took apart.

    Examples
    --------
    >>> from softmax_geometry.plots.activations import activation_image
    >>> drawing = unpacked(*packed(partial(activation_image, {"test": np.eye(3)})))
    >>> drawing.func is activation_image, drawing.args[0]["test"].shape
    (True, (3, 3))
    """
    module, _, name = tree["function"].rpartition(".")
    function = getattr(import_module(_PLOTS + module), name)
    return partial(function, *_restored(tree["arguments"], arrays), **_restored(tree["options"], arrays))


def _plain(value: Any, arrays: list[NDArray[Any]]) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        arrays.append(value)
        return {_ARRAY: len(arrays) - 1}
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _plain(entry, arrays) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry, arrays) for entry in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(f"drawing: expected plain values and arrays, got {value!r:.80}")


def _restored(value: Any, arrays: list[NDArray[Any]]) -> Any:
    if isinstance(value, dict):
        return arrays[value[_ARRAY]] if _ARRAY in value else {k: _restored(v, arrays) for k, v in value.items()}
    return [_restored(entry, arrays) for entry in value] if isinstance(value, list) else value
