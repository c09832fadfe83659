"""Heads and features out of files and scikit-learn: which of the arrays there are meant."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.tensor_files import TORCH_SUFFIXES, StoredTensor, listing, open_tensors, read_npy


def read_head_arrays(path: Path, bias_path: Path | None = None, key: str | None = None) -> tuple[Array, Array | None]:
    """Weight (K, H) and bias (K,), or None where there is none, of the head in a file.

    In order: the layer or the tensor that `key` names; arrays `weight` and `bias`; `coef_` and `intercept_`;
    the only linear layer, which is a floating tensor `NAME.weight` of rank 2. A torch checkpoint keeps the
    order of the layers: there the last of several linear layers is taken, if it takes in as many numbers as
    the one before gives out and only its bias follows it. All else is ambiguous and needs a `key`.

    Raises
    ------
    InputError
        If the file is missing, damaged, of unknown kind or holds pickled objects; if the head is not there or
        is ambiguous; or if it has a single row, as a sigmoid head has.
    """
    if path.suffix == ".npy":
        if key is not None:
            raise InputError(f"key: expected none for {path}, which holds one array, got {key!r}")
        bias = None if bias_path is None else as_floats("bias", read_npy(bias_path), ndim=1)
        return _rows_of_classes(path, read_npy(path)), bias
    if bias_path is not None:
        raise InputError(f"bias: expected a second file only beside a .npy weight, got {bias_path} beside {path}")
    stored = open_tensors(path, (".npz", ".npy", ".safetensors", *TORCH_SUFFIXES))
    weight, bias = _head_names(path, stored, key)
    if path.suffix != ".npz" and not stored[weight].floating:
        raise InputError(f"{path}: expected a floating-point weight, got integers (quantised?) in {weight}")
    return (
        _rows_of_classes(path, stored[weight].read()),
        as_floats("bias", stored[bias].read(), ndim=1) if bias in stored else None,
    )


def read_feature_arrays(path: Path) -> tuple[Array, Any]:
    """Features z (N, H) and labels (N,), or None where the file has none.

    Raises
    ------
    InputError
        If the file is missing, damaged, of unknown kind, holds pickled objects, or has no array `z`.
    """
    if path.suffix == ".npy":
        return as_floats("z", read_npy(path), ndim=2), None
    stored = open_tensors(path, (".npz", ".npy", ".safetensors"))
    if "z" not in stored:
        raise InputError(f"{path}: expected an array z, got {listing(stored)}")
    return as_floats("z", stored["z"].read(), ndim=2), stored["labels"].read() if "labels" in stored else None


def read_sklearn_arrays(estimator: Any) -> tuple[Array, Array]:
    """Weight (K, H) and bias (K,) of a fitted scikit-learn linear classifier, in the order of `classes_`.

    The one row w of a binary classifier becomes (−w/2, w/2). That `predict_proba` is the softmax of these
    logits is checked at points where the logits are spread around zero.

    Raises
    ------
    InputError
        If the estimator is not fitted, not a linear classifier, or its probabilities are not that softmax.
    """
    from scipy.special import softmax
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    name = type(estimator).__name__
    try:
        check_is_fitted(estimator)
    except NotFittedError as error:
        raise InputError(f"estimator: expected a fitted classifier, got an unfitted {name}") from error
    except TypeError as error:
        raise InputError(f"estimator: expected a scikit-learn classifier, got {name}") from error
    if not all(hasattr(estimator, needed) for needed in ("coef_", "intercept_", "predict_proba")):
        hint = " (pass its last step)" if hasattr(estimator, "steps") else ""
        raise InputError(f"estimator: expected a linear classifier with predict_proba, got {name}{hint}")
    weight = as_floats("coef_", estimator.coef_, ndim=2).astype(np.float64)
    bias = np.broadcast_to(as_floats("intercept_", np.ravel(estimator.intercept_), ndim=1), len(weight))
    if len(weight) == 1:
        weight, bias = np.vstack([-weight, weight]) / 2, np.concatenate([-bias, bias]) / 2
    logits = np.random.default_rng(0).normal(scale=2.0, size=(64, len(weight)))
    points = np.linalg.lstsq(weight, (logits - bias).T, rcond=None)[0].T
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a classifier fitted on a data frame misses the column names
        probabilities = np.asarray(estimator.predict_proba(points))
    expected = softmax(points @ weight.T + bias, axis=1)
    if probabilities.shape != expected.shape or not np.allclose(probabilities, expected, rtol=0, atol=1e-5):
        raise InputError(
            f"estimator: expected probabilities that are a softmax of the logits, got a {name} whose "
            "predict_proba is something else, such as one-against-rest"
        )
    return weight, bias


def _head_names(path: Path, stored: dict[str, StoredTensor], key: str | None) -> tuple[str, str]:
    """Names of the weight and of the bias; the bias need not exist."""
    if key is not None:
        weight = next((name for name in (key, f"{key}.weight") if name in stored), None)
        if weight is None:
            raise InputError(f"key: expected a layer or tensor of {path}, got {key!r}; it has {listing(stored)}")
        return weight, _bias_name(weight)
    for weight in ("weight", "coef_"):
        if weight in stored:
            return weight, _bias_name(weight)
    linear = [name for name in stored if _is_linear(name, stored)]
    if not linear:
        raise InputError(f"{path}: expected arrays weight and bias or a linear layer, got {listing(stored)}")
    if len(linear) == 1 or (path.suffix in TORCH_SUFFIXES and _last_is_head(linear, stored)):
        return linear[-1], _bias_name(linear[-1])
    raise InputError(f"{path}: expected one linear layer, got {listing(linear)}; name the head with a key")


def _is_linear(name: str, stored: dict[str, StoredTensor]) -> bool:
    tensor, bias = stored[name], stored.get(_bias_name(name))
    if not name.endswith(".weight") or len(tensor.shape) != 2 or not tensor.floating:
        return False
    return bias is None or bias.shape == tensor.shape[:1]


def _last_is_head(linear: list[str], stored: dict[str, StoredTensor]) -> bool:
    """Whether the last linear layer takes in what the one before gives out, and only its bias follows it."""
    before, last = linear[-2:]
    names = list(stored)
    followers = set(names[names.index(last) + 1 :])
    return stored[last].shape[1] == stored[before].shape[0] and followers <= {_bias_name(last)}


def _bias_name(weight: str) -> str:
    return "intercept_" if weight == "coef_" else weight.removesuffix("weight") + "bias"


def _rows_of_classes(path: Path, weight: Any) -> Array:
    weight = as_floats("weight", weight, ndim=2)
    if len(weight) == 1:
        raise InputError(
            f"{path}: expected a weight with a row for each of at least 2 classes, got shape {weight.shape}; "
            "a sigmoid head (w, b) has the probabilities of the rows (−w/2, w/2) with biases (−b/2, b/2)"
        )
    return weight
