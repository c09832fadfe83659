"""The head of a classifier: logits = W z + b, and everything that is invariant about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from softmax_geometry.checks import Array, InputError, as_floats
from softmax_geometry.display import LARGEST_MATRIX, note, panel, table
from softmax_geometry.scaling import power_of_two, row_norms

_BLOCK = 1 << 20  # logits of a block of points
_PAIRS = 1 << 12  # close pairs of classes at a time


@dataclass(frozen=True, eq=False, repr=False)
class Head:
    """The last linear layer of a softmax classifier.

    Parameters
    ----------
    weight : (K, H) array
        Row i is w_i, as in torch `Linear.weight` and scikit-learn `coef_` (the paper's W is its transpose).
    bias : (K,) array, optional
        Zeros when the layer has none.

    Raises
    ------
    InputError
        If there are fewer than two classes, the shapes disagree, or an entry is not finite.

    Examples
    --------
    >>> head = Head([[1.0, 0.0], [-1.0, 0.0], [0.0, 2.0]])
    >>> head
    Head(K=3, H=2)
    >>> head.logits([[1.0, 1.0]])
    array([[ 1., -1.,  2.]])
    """

    weight: Array
    bias: Array

    def __init__(self, weight: Any, bias: Any = None) -> None:
        weight = as_floats("weight", weight, ndim=2).astype(np.float64)
        K = weight.shape[0]
        if K < 2:
            raise InputError(f"weight: expected at least 2 classes (rows), got {K}")
        bias = np.zeros(K) if bias is None else as_floats("bias", bias, ndim=1).astype(np.float64)
        if bias.shape != (K,):
            raise InputError(f"bias: expected {K} entries, one for each row of weight, got {bias.shape[0]}")
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", bias)

    @property
    def K(self) -> int:
        """Number of classes."""
        return self.weight.shape[0]

    @property
    def H(self) -> int:
        """Number of features."""
        return self.weight.shape[1]

    def __repr__(self) -> str:
        return f"Head(K={self.K}, H={self.H})"

    def _repr_html_(self) -> str:
        rows: list[tuple[str, Any]] = [("classes K", self.K), ("features H", self.H)]
        if self.K <= LARGEST_MATRIX:
            distances = self.distances()[np.triu_indices(self.K, 1)]
            quantities = zip(("smallest", "median", "largest"), np.quantile(distances, [0, 0.5, 1]), strict=True)
            rows += [(f"{name} ‖w_i − w_j‖", value) for name, value in quantities]
        rows.append(("spread of the biases (logits)", float(np.ptp(self.bias))))
        return panel("Head: logits = W z + b", table(rows), note("Only differences of rows matter to a softmax."))

    def features(self, z: Any, name: str = "z") -> Array:
        """Return z as an (N, H) float array that fits this head.

        Raises
        ------
        InputError
            If z has another rank or width, is empty, or holds NaN or infinity.
        """
        z = as_floats(name, z, ndim=2)
        self.check_width(z.shape[1], name)
        return z

    def check_width(self, H: int, name: str = "z") -> None:
        """Raise `InputError` where H is not the number of features of this head.

        Raises
        ------
        InputError
            If they differ.
        """
        if H != self.H:
            raise InputError(f"{name}: expected {self.H} features, as the head has, got {H}")

    def logits(self, z: Any) -> Array:
        """Logits W z + b of features z (N, H), shape (N, K), float64; infinite or NaN where no float holds them.

        Accuracy: (H + 2) eps (Σ |w_h z_h| + |b|).
        """
        z = self.features(z)
        out = np.empty((len(z), self.K))
        for rows in self.row_blocks(len(z)):
            with np.errstate(over="ignore", invalid="ignore"):
                np.matmul(z[rows], self.weight.T, out=out[rows])
                out[rows] += self.bias
        return out

    def scores(self, z: Any, score: Callable[[Array], NDArray[Any]]) -> NDArray[Any]:
        """score(logits) of features z (N, H), shape (N,), the same as of `logits(z)` but never holding all of them.

        `score` takes logits (n, K) of any number of points and returns n values.

        Accuracy: that of `score`, and of logits (H + 2) eps (Σ |w_h z_h| + |b|).

        Examples
        --------
        >>> Head([[1.0], [-1.0]]).scores([[0.5], [2.0]], lambda logits: logits[:, 0] - logits[:, 1])
        array([1., 4.])
        """
        z = self.features(z)
        return np.concatenate([score(self.logits(z[rows])) for rows in self.row_blocks(len(z))])

    def row_blocks(self, n: int) -> list[slice]:
        """Slices of n rows, so that the logits of each take at most 8 MB (or are of one row)."""
        step = max(1, _BLOCK // self.K)
        return [slice(start, start + step) for start in range(0, n, step)]

    def centred(self) -> Head:
        """The same classifier in the gauge Σ w_i = 0, Σ b_i = 0.

        Softmax does not change under w_i → w_i + a, b_i → b_i + β, so norms and angles of single weight
        vectors mean nothing until a gauge is fixed. This is the one with the smallest Σ ‖w_i‖².

        Accuracy: (K + 2) eps max |w|, over the weights of a feature.

        Examples
        --------
        >>> Head([[1.0, 0.0], [0.0, 1.0]]).centred().weight
        array([[ 0.5, -0.5],
               [-0.5,  0.5]])
        """
        return Head(self.weight - self.weight.mean(axis=0), self.bias - self.bias.mean())

    def squared_distances(self, rows: slice = slice(None)) -> Array:
        """‖w_i − w_j‖² for all pairs, shape (K, K), or for some rows i of it: one Gram product.

        The diagonal holds exact zeros. Squares beyond 1.8e308 are infinite, and below 5e-324 zero; `distances` is
        neither.

        Accuracy: 1e-10, relative.
        """
        with np.errstate(over="ignore", under="ignore"):
            return self.distances(rows) ** 2

    def distances(self, rows: slice = slice(None)) -> Array:
        """‖w_i − w_j‖ for all pairs, shape (K, K), or for some rows i of it: one Gram product.

        Accuracy: 1e-10, relative, for weights of any magnitude. Pairs so close that the Gram product
        loses more than three digits are computed again from the difference.

        Examples
        --------
        >>> Head([[3e200], [-1e200]]).distances()
        array([[0.e+000, 4.e+200],
               [4.e+200, 0.e+000]])
        """
        scale = power_of_two(self.weight)
        centred = self.weight / scale
        centred -= centred.mean(axis=0)
        norms = np.einsum("kh,kh->k", centred, centred)
        i = np.arange(self.K)[rows]
        squared = centred[rows] @ centred.T
        squared *= -2.0
        squared += norms[rows, None]
        squared += norms
        squared[np.arange(len(i)), i] = 0.0
        close = squared <= 1e-4 * np.maximum(norms[rows, None], norms)
        close[np.arange(len(i)), i] = False
        squared[close] = 0.0
        distances = np.sqrt(squared, out=squared)
        distances *= scale
        if close.any():
            r, j = np.nonzero(close)
            for some in (slice(start, start + _PAIRS) for start in range(0, len(r), _PAIRS)):
                distances[r[some], j[some]] = row_norms(self.weight[i[r[some]]] - self.weight[j[some]])
        return distances

    @classmethod
    def load(cls, path: str | Path, bias: str | Path | None = None, key: str | None = None) -> Head:
        """Read a head from `.npz`, `.npy` (with `bias` a second `.npy`), `.safetensors` or a torch checkpoint.

        `key` names the weight tensor, or the layer that holds `weight` and `bias`; without it the last linear
        layer is taken when there is exactly one candidate. Nothing is unpickled.

        Raises
        ------
        InputError
            If the file cannot be read, holds pickled objects, or the head in it is missing or ambiguous.
        """
        from softmax_geometry.reading import read_head_arrays

        return cls(*read_head_arrays(Path(path), None if bias is None else Path(bias), key))

    @classmethod
    def from_sklearn(cls, estimator: Any) -> Head:
        """The head of a fitted scikit-learn linear classifier whose probabilities are a softmax.

        A binary classifier's single row w becomes (−w/2, w/2), which has the same softmax. Whether
        `predict_proba` is a softmax of `decision_function` is checked; a one-against-rest classifier is refused.

        Raises
        ------
        InputError
            If the estimator is not fitted, not linear, or its probabilities are not a softmax of its logits.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import LogisticRegression
        >>> Head.from_sklearn(LogisticRegression(max_iter=1000).fit(*load_iris(return_X_y=True)))
        Head(K=3, H=4)
        """
        from softmax_geometry.reading import read_sklearn_arrays

        return cls(*read_sklearn_arrays(estimator))

    def save(self, path: str | Path) -> None:
        """Write the head as `.npz` with arrays `weight` and `bias`; an existing file is replaced whole."""
        from softmax_geometry.writing import write_npz

        write_npz(Path(path), weight=self.weight, bias=self.bias)
