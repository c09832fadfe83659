"""The optimal decision boundary structure (definition 2): building it, and how far a head is from it.

The optimal structure is the simplex equiangular tight frame (ETF): K vectors of equal norm with all cosines
−1/(K−1). Norms and angles of single weight vectors depend on the gauge, since softmax does not change under
w_i → w_i + a, so they are measured on `head.centred()`; the paper's raw-weight histograms (fig 4) stand
beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from softmax_geometry.checks import Array, InputError
from softmax_geometry.display import LARGEST_MATRIX, note, number, pair_table, panel, table
from softmax_geometry.head import Head
from softmax_geometry.ranges import as_count, as_positive, as_sizes
from softmax_geometry.scaling import power_of_two, row_norms

Name = Literal["optimal", "sandwich", "stack", "unequal", "bunched"]

_ROWS = 512  # of a matrix of all pairs that is never whole in memory

_HALF, _ROOT = 0.5, np.sqrt(3) / 2
_NAMED: dict[str, list[list[float]]] = {
    "optimal": [[0, 1], [-_ROOT, -_HALF], [_ROOT, -_HALF]],
    "sandwich": [[0, 1], [-1, 0], [1, 0]],
    "stack": [[0, 1], [0, 0], [0, -1]],
    "unequal": [[0, _HALF], [-_ROOT, -_HALF], [1.5 * _ROOT, -1.5 * _HALF]],
    "bunched": [[0, 1], [-0.6, 0.8], [0.6, 0.8]],
}


def simplex(K: int, H: int | None = None, scale: float = 1.0, rng: Any = None) -> Array:
    """Weights (K, H) of the optimal structure: row norms `scale`, cosines −1/(K−1), rows that sum to 0.

    Accuracy: 10 eps in cosines, and in norms relative to `scale`, in the fixed orientation.

    Parameters
    ----------
    K : classes
    H : features, at least K−1 (the default)
    scale : the norm c_1 of every row
    rng : Generator or seed for a uniformly random orientation; without it the orientation is fixed.

    Raises
    ------
    InputError
        If K < 2, H < K−1, or the scale is not positive.

    Examples
    --------
    >>> W = simplex(3, scale=2.0)
    >>> (W @ W.T).round(12)
    array([[ 4., -2., -2.],
           [-2.,  4., -2.],
           [-2., -2.,  4.]])
    """
    from scipy.linalg import helmert

    K, H = as_sizes(K, K - 1 if H is None and isinstance(K, (int, np.integer)) else H)
    scale = float(as_positive("scale", scale))
    weight = scale * np.sqrt(K / (K - 1)) * helmert(K).T
    if rng is None:
        return np.pad(weight, ((0, 0), (0, H - K + 1)))
    frame, upper = np.linalg.qr(np.random.default_rng(rng).standard_normal((H, K - 1)))
    return weight @ (frame * np.sign(np.diagonal(upper))).T


def named_structure(name: Name, H: int = 2) -> Array:
    """Weights (3, H) of a structure like those of fig 5, in the first two of H features.

    "optimal" is the simplex; "sandwich" is the paper's (0,1), (−1,0), (1,0) (proposition 5). The paper prints no
    coordinates for the others, so these are ours: "stack" is three collinear vectors, "unequal" the optimal
    directions with norms 1/2, 1, 3/2, "bunched" three unit vectors in a half plane. With zero bias the middle
    class of the stack never wins, and it has no angle in the centred gauge, so `structure` refuses it.

    Raises
    ------
    InputError
        If the name is not one of these, or H < 2.

    Examples
    --------
    >>> named_structure("sandwich")
    array([[ 0.,  1.],
           [-1.,  0.],
           [ 1.,  0.]])
    """
    if name not in _NAMED:
        raise InputError(f"name: expected one of {', '.join(get_args(Name))}, got {name!r}")
    H = as_count("H", H, least=2)
    return np.pad(np.array(_NAMED[name], dtype=float), ((0, 0), (0, H - 2)))


def centred_directions(head: Head) -> tuple[Array, Array]:
    """Norms (K,) and unit rows (K, H) of the centred weights w_i − w̄.

    Raises
    ------
    InputError
        If a centred row is zero up to rounding: it has no direction, so no angle.
    """
    weight = head.centred().weight
    norms = row_norms(weight)
    rounding = head.K * np.finfo(float).eps * row_norms(head.weight).max()
    if (norms <= rounding).any():
        i = int(norms.argmin())
        raise InputError(f"weight: expected rows that differ from their mean, got row {i} equal to it (no angle)")
    return norms, weight / norms[:, None]


@dataclass(frozen=True, eq=False)
class Structure:
    """How a head's weights are arranged. Centred gauge throughout, except where a name says raw.

    Attributes
    ----------
    head : the head that was measured
    norms : (K,) ‖w_i − w̄‖
    norm_spread : coefficient of variation of the norms; 0 for the optimal structure
    cosine_mean, cosine_std, cosine_max_deviation : of the off-diagonal cosines; the last is
        max |cos + 1/(K−1)|. **With equal norms the mean is exactly −1/(K−1) for any centred structure**, so a
        histogram centred there is no evidence of an optimal structure; only the spread is.
    bias_spread : standard deviation of the biases over the root mean square norm, in units of ‖z‖: how far
        along a weight a feature must move to change a logit by as much as the biases do
    etf_distance : min ‖W − E‖_F / ‖W‖_F over all optimal structures E of any scale and orientation, W
        centred; in [0, 1). It is the relative spread of the K−1 singular values of W
    gram_distance : ‖G/‖G‖_F − G*/‖G*‖_F‖_F of the Gram matrices, the measure of the neural collapse
        literature (Papyan, Han & Donoho 2020); in [0, √2)
    etf_distance_least, gram_distance_least : the smallest values any head with these K and H can have;
        0 when H ≥ K−1, positive below, where no simplex fits
    cosine_max : the largest off-diagonal cosine
    cosine_max_least : a lower bound on it for all heads with these K and H: −1/(K−1) if H ≥ K−1, else 0
        (Rankin 1955), which is attained iff K ≤ 2H
    coherence_least : Welch's lower bound √((K−r)/(r(K−1))), r = min(H, K−1), on the largest |cos|
    least_distance : min ‖w_i − w_j‖, gauge free; 0 when two classes have the same weights
    cosines : (K, K) cosines between centred rows, computed when first asked for
    raw_norms, raw_cosines : ‖w_i‖ and cosines of the weights as stored, as in the paper's fig 4. They change
        with the gauge; the cosines of a zero row are NaN
    """

    head: Head
    norms: Array
    norm_spread: float
    cosine_mean: float
    cosine_std: float
    cosine_max: float
    cosine_max_deviation: float
    bias_spread: float
    etf_distance: float
    gram_distance: float
    etf_distance_least: float
    gram_distance_least: float
    cosine_max_least: float
    coherence_least: float
    least_distance: float
    raw_norms: Array

    @property
    def K(self) -> int:
        """Number of classes."""
        return self.head.K

    @property
    def H(self) -> int:
        """Number of features."""
        return self.head.H

    @cached_property
    def cosines(self) -> Array:
        """Cosines (K, K) between centred rows."""
        return _cosines(centred_directions(self.head)[1])

    @cached_property
    def raw_cosines(self) -> Array:
        """Cosines (K, K) between rows as stored; those of a zero row are NaN."""
        with np.errstate(invalid="ignore"):
            return _cosines(self.head.weight / self.raw_norms[:, None])

    def __repr__(self) -> str:
        return f"Structure(K={self.K}, H={self.H}, etf_distance={self.etf_distance:.3g})"

    def _repr_html_(self) -> str:
        even = -1 / (self.K - 1)
        facts = [
            ("distance from the simplex (etf_distance), 0 to 1", self.etf_distance, 0),
            ("spread of the norms, relative to their mean", self.norm_spread, 0),
            ("mean cosine", self.cosine_mean, even),
            ("spread of the cosines", self.cosine_std, 0),
            ("largest cosine", self.cosine_max, even),
            ("spread of the biases, relative to the norms", self.bias_spread, 0),
        ]
        parts = [table(facts, header=("", "this head", "simplex"))]
        if self.K <= LARGEST_MATRIX:
            parts.append(pair_table(self.cosines, "cosine of w_i and w_j"))
        if self.K - 1 > self.H:
            least = f"the distance is at least {number(self.etf_distance_least)} for any head of this size"
            parts.append(note(f"No simplex of {self.K} classes fits into {self.H} features: {least}."))
        return panel(f"Structure: K = {self.K} classes, H = {self.H} features, weights centred", *parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists for JSON; the two K×K cosine matrices are left out."""
        skip = ("head", "cosines", "raw_cosines")
        fields = {"K": self.K, "H": self.H} | {name: value for name, value in vars(self).items() if name not in skip}
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in fields.items()}


def structure(head: Head) -> Structure:
    """Measure the structure of a head from its weights alone.

    Accuracy: 10 (H + K) eps of the largest norm for norms, and that over the smaller norm of the pair for cosines.

    Raises
    ------
    InputError
        If a row equals the mean row, so that its angles are undefined.

    Examples
    --------
    >>> structure(Head(simplex(4, 10, rng=0))).etf_distance < 1e-14
    True
    >>> structure(Head([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])).etf_distance < 1e-14
    True
    >>> structure(Head(named_structure("sandwich")))
    Structure(K=3, H=2, etf_distance=0.259)
    """
    K, H = head.K, head.H
    norms, directions = centred_directions(head)
    mean, std, largest, deviation = _cosine_summary(directions)
    del directions  # as large as the weights
    rank = min(H, K - 1)
    values = np.zeros(K - 1)
    values[:rank] = np.linalg.svdvals(head.centred().weight)[:rank]
    values /= values.max()
    squares = values**2
    least = min(_upper(head.distances(rows), rows.start).min() for rows in _row_slices(K - 1))
    unit = power_of_two(norms)
    return Structure(
        head=head,
        norms=norms,
        norm_spread=float((norms / unit).std() / (norms / unit).mean()),
        cosine_mean=mean,
        cosine_std=std,
        cosine_max=largest,
        cosine_max_deviation=deviation,
        bias_spread=float(head.bias.std() / unit / np.sqrt(np.mean((norms / unit) ** 2))),
        etf_distance=float(np.linalg.norm(values - values.mean()) / np.linalg.norm(values)),
        gram_distance=float(np.linalg.norm(squares / np.linalg.norm(squares) - 1 / np.sqrt(K - 1))),
        etf_distance_least=float(np.sqrt(1 - rank / (K - 1))),
        gram_distance_least=float(np.sqrt(2 - 2 * np.sqrt(rank / (K - 1)))),
        cosine_max_least=-1 / (K - 1) if H >= K - 1 else 0.0,
        coherence_least=float(np.sqrt((K - rank) / (rank * (K - 1)))),
        least_distance=float(least),
        raw_norms=row_norms(head.weight),
    )


def _cosines(directions: Array) -> Array:
    return np.clip(directions @ directions.T, -1, 1)


def _cosine_summary(directions: Array) -> tuple[float, float, float, float]:
    """Mean, standard deviation, maximum, and largest distance from −1/(K−1) of the cosines of all pairs."""
    K = len(directions)
    n, mean, squares, largest, deviation = 0, 0.0, 0.0, -np.inf, 0.0
    for rows in _row_slices(K - 1):
        cosines = _upper(np.clip(directions[rows] @ directions.T, -1, 1), rows.start)
        m, apart = len(cosines), float(cosines.mean()) - mean
        squares += float(cosines.var()) * m + apart**2 * (n * m / (n + m))
        n += m
        mean += apart * (m / n)
        largest = max(largest, float(cosines.max()))
        deviation = max(deviation, float(np.abs(cosines + 1 / (K - 1)).max()))
    return mean, float(np.sqrt(squares / n)), largest, deviation


def _row_slices(n: int) -> Iterator[slice]:
    return (slice(start, min(start + _ROWS, n)) for start in range(0, n, _ROWS))


def _upper(block: Array, start: int) -> Array:
    """Entries j > i of the rows i from `start` on of a matrix (K, K)."""
    return block[np.arange(block.shape[1]) > np.arange(start, start + len(block))[:, None]]
