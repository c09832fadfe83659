"""U_density = −log q̂(z) of a Gaussian mixture (eqs 3 and 4). Higher means more OOD."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

import array_api_compat
import numpy as np
import scipy

from softmax_geometry.checks import Array, InputError, as_floats, as_symmetric
from softmax_geometry.devices import as_tensor
from softmax_geometry.features import ClassGaussians, Features, FeatureSource, class_moments
from softmax_geometry.mixture import cholesky_factor, fit_mixture, log_joint, log_sum
from softmax_geometry.moments import ClassMoments
from softmax_geometry.ranges import as_count
from softmax_geometry.scaling import power_of_two, row_norms

Method = Literal["em", "per_class"]

RIDGE = 1e-3
"""Share of the mean feature variance that `fit_density` adds to each variance unless told otherwise."""

_BLOCK = 1 << 22  # entries of a block of rows: 32 MB


@dataclass(frozen=True, eq=False, repr=False)
class DensityModel:
    """A Gaussian mixture q̂(z) = Σ π_i N(z; μ_i, Σ_i) (eq 4), with every covariance factored once.

    Parameters
    ----------
    weights : (K,) array
        π_i, positive, summing to one.
    means : (K, H) array
    covariances : (K, H, H) array
        Symmetric positive definite, also in floating point: unlike a softmax, a density needs full rank.

    Attributes
    ----------
    cholesky : (K, H, H) array
        Lower factors, Σ_i = L_i L_iᵀ.

    Raises
    ------
    InputError
        If shapes disagree, weights are not a distribution, a matrix is not symmetric, or a covariance cannot
        be factored; the message names the component.

    Examples
    --------
    >>> model = DensityModel([0.5, 0.5], [[2.0], [-2.0]], [[[1.0]], [[1.0]]])
    >>> model
    DensityModel(K=2, H=1)
    >>> model.log_density([[0.0]]).round(4)
    array([-2.9189])
    """

    weights: Array
    means: Array
    covariances: Array
    cholesky: Array

    def __init__(self, weights: Any, means: Any, covariances: Any) -> None:
        means = as_floats("means", means, ndim=2).astype(np.float64)
        weights = as_floats("weights", weights, ndim=1).astype(np.float64)
        K, H = means.shape
        covariances = as_symmetric("covariances", covariances, K, H)
        if weights.shape != (K,) or (weights <= 0).any() or abs(weights.sum() - 1) > 1e-9:
            raise InputError(f"weights: expected {K} positive numbers that sum to 1, got {weights.tolist()}")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "covariances", covariances)
        object.__setattr__(self, "cholesky", np.stack([cholesky_factor(i, c) for i, c in enumerate(covariances)]))

    @property
    def K(self) -> int:
        """Number of components."""
        return self.means.shape[0]

    @property
    def H(self) -> int:
        """Number of features."""
        return self.means.shape[1]

    def __repr__(self) -> str:
        return f"DensityModel(K={self.K}, H={self.H})"

    @property
    def log_determinants(self) -> Array:
        """Log-determinant log det Σ_i of each component, shape (K,).

        Accuracy: 4 H eps (κ + |value|), with κ the condition of Σ_i.
        """
        return 2 * np.log(np.diagonal(self.cholesky, axis1=1, axis2=2)).sum(axis=1)

    def squared_distances(self, z: Any) -> Array:
        """Squared Mahalanobis distances q_i(z) = (z − μ_i)ᵀ Σ_i⁻¹ (z − μ_i), shape (N, K).

        Accuracy: 8 H κ eps, relative, with κ the condition of Σ_i.

        Raises
        ------
        InputError
            If z is not a finite (N, H) array.
        """
        from scipy.linalg import solve_triangular

        z = as_floats("z", z, ndim=2)
        if z.shape[1] != self.H:
            raise InputError(f"z: expected {self.H} features, as the density has, got {z.shape[1]}")
        out = np.empty((len(z), self.K))
        step = max(1, _BLOCK // self.H)
        for start in range(0, len(z), step):
            block = z[start : start + step].astype(np.float64)
            for i in range(self.K):
                with np.errstate(over="ignore", invalid="ignore"):
                    difference = (block - self.means[i]).T
                    whitened = solve_triangular(
                        self.cholesky[i], difference, lower=True, overwrite_b=True, check_finite=False
                    )
                    out[start : start + step, i] = np.einsum("hn,hn->n", whitened, whitened)
        for n, i in np.argwhere(~np.isfinite(out)):
            out[n, i] = self._far_squared_distance(z[n].astype(np.float64), i)
        return out

    def _far_squared_distance(self, z: Array, i: int) -> float:
        """A squared distance whose steps overflow; infinite where it is beyond a float itself."""
        from scipy.linalg import solve_triangular

        scale = power_of_two(np.maximum(np.abs(z), np.abs(self.means[i])))
        whitened = solve_triangular(self.cholesky[i], z / scale - self.means[i] / scale, lower=True)
        with np.errstate(over="ignore"):
            return float((scale * row_norms(whitened[None])[0]) ** 2)

    def log_density(self, z: Any) -> Any:
        """Log-density log q̂(z) in nats, shape (N,); finite also where q̂ itself underflows.

        Of a torch tensor it is computed where the tensor lies, and is a tensor there.

        Accuracy: 8 H eps (κ (1 + |value|) + |log det| + H), with the largest condition κ and determinant of a Σ_i.

        Raises
        ------
        InputError
            As `squared_distances`.
        """
        if array_api_compat.is_torch_array(z):
            return self._log_density_of_tensor(z)
        log_peaks = np.log(self.weights) - (self.H * math.log(2 * math.pi) + self.log_determinants) / 2
        return np.asarray(scipy.special.logsumexp(log_peaks - self.squared_distances(z) / 2, axis=1))

    def _log_density_of_tensor(self, z: Any) -> Any:
        xp, device = array_api_compat.array_namespace(z), array_api_compat.device(z)
        if z.ndim != 2 or z.shape[1] != self.H or not len(z):
            raise InputError(f"z: expected (N, {self.H}) features, as the density has, got shape {tuple(z.shape)}")
        if not bool(xp.all(xp.isfinite(z))):
            raise InputError("z: expected finite numbers, got NaN or infinity")
        parameters = (as_tensor(of, device) for of in (self.weights, self.means, self.covariances))
        found = log_sum(log_joint(z, *parameters))
        return xp.where(xp.isnan(found), -xp.inf, found)  # NaN: a point so far that the steps overflow


def U_density(z: Any, model: DensityModel) -> Any:
    """−log q̂(z) (eq 3) in nats, shape (N,). Higher means more OOD; unbounded above.

    Of a torch tensor it is computed where the tensor lies, and is a tensor there.

    Accuracy: 8 H eps (κ (1 + |value|) + |log det| + H), with the largest condition κ and determinant of a Σ_i.

    Raises
    ------
    InputError
        If z is not a finite (N, H) array that fits the model.

    Examples
    --------
    >>> model = DensityModel([1.0], [[0.0]], [[[1.0]]])
    >>> U_density([[0.0], [10.0]], model).round(3)
    array([ 0.919, 50.919])
    """
    return -model.log_density(z)


def fit_density(
    features: FeatureSource,
    n_components: int | None = None,
    covariance_type: Literal["full", "diag", "spherical"] = "full",
    reg_covar: float | None = None,
    method: Method | None = None,
    rng: np.random.Generator | int | None = None,
    device: str | None = None,
) -> DensityModel:
    """Fit q̂ to in-distribution features, in float64. It never sees OOD data.

    The defaults are untuned. The paper chose its settings (`reg_covar=1e-5`, EM, full covariances, K components)
    for the best AUROC of U_density on the OOD data it then reports, which flatters U_density, and so cause 2 at the
    expense of cause 3: report the untuned fit beside any tuned one. Where features are constant or nearly so
    (dead ReLU units), U_density depends strongly on `reg_covar`: look at more than one value.

    Parameters
    ----------
    features : Features or FeatureStream
        Training features; labels are needed by `per_class`, or to count the classes.
    n_components : int, optional
        Components of the mixture; the number of classes K when left out. For `per_class` it can only be K, and saves
        a pass over a stream that counts the classes.
    covariance_type : {"full", "diag", "spherical"}
        The last two are the paper's "diagonal" and "isotropic".
    reg_covar : float, optional
        Added to the diagonal of each covariance, in squared units of z. When left out, `RIDGE` (a thousandth) of the
        mean variance of the features, so that the fit does not depend on their unit (scikit-learn's own default is 1e-6
        in whatever unit they come).
    method : {"em", "per_class"}, optional
        Expectation maximisation (started from k-means, as scikit-learn's `GaussianMixture`; it warns when it
        has not converged), or one Gaussian for each class with its sample mean, covariance (denominator n − 1)
        and frequency. When left out, "em" for features in memory and "per_class" for a stream: EM would go through it
        up to a hundred times, while the Gaussians of labelled classes take one pass, use all the data and depend on no
        start. Without labels fit EM to a random sample in memory, of many times K·H points: the covariances of fewer
        are mostly noise.
    rng : Generator or seed
        Starts EM.
    device : str, optional
        A torch device, such as "cuda", on which EM runs, from the same start; the CPU without torch when left out.
        Only for EM with full covariances. The density itself is kept as arrays; score tensors to score there, too.

    Raises
    ------
    InputError
        If labels are needed and absent, an option is unknown, there are too few samples (a class with fewer
        than two for `per_class`), or a covariance cannot be factored; the message names the component.

    Examples
    --------
    >>> features = Features([[0.0], [1.0], [5.0], [7.0]], labels=[0, 0, 1, 1])
    >>> fit_density(features, method="per_class").means
    array([[0.5],
           [6. ]])
    """
    if covariance_type not in ("full", "diag", "spherical"):
        raise InputError(f'covariance_type: expected "full", "diag" or "spherical", got {covariance_type!r}')
    if n_components is not None:
        n_components = as_count("n_components", n_components, least=1)
    if method is None:
        method = "em" if isinstance(features, Features) else "per_class"
    if device is not None and (method == "per_class" or covariance_type != "full"):
        raise InputError(f'device: expected none but for method="em" with full covariances, got {device!r}')
    if method == "em":
        if not isinstance(features, Features):
            raise InputError('method: expected "per_class" for a stream, got "em" (fit that to a sample in memory)')
        return _fit_em(features, n_components, covariance_type, _ridge(reg_covar, features), rng, device)
    if method != "per_class":
        raise InputError(f'method: expected "em" or "per_class", got {method!r}')
    moments = class_moments(features, n_components)
    reg_covar, gaussians = _ridge(reg_covar, features, moments), ClassGaussians.from_moments(moments)
    covariances = gaussians.covariances
    if covariance_type != "full":
        variances = np.diagonal(covariances, axis1=1, axis2=2)
        if covariance_type == "spherical":
            variances = np.broadcast_to(variances.mean(axis=1, keepdims=True), variances.shape)
        covariances = _full(variances, gaussians.H)
    return DensityModel(gaussians.priors, gaussians.means, covariances + reg_covar * np.eye(gaussians.H))


def _ridge(reg_covar: float | None, features: FeatureSource, moments: ClassMoments | None = None) -> float:
    """What is added to each variance, as given or a share of that of the features (of a stream: of its moments)."""
    if reg_covar is None:
        if isinstance(features, Features):
            columns = np.array_split(features.z, max(1, features.H // 32), axis=1)  # never all of z in float64
            with np.errstate(over="ignore", invalid="ignore"):
                variances = np.concatenate([np.var(some, axis=0, dtype=np.float64) for some in columns])
        else:
            assert moments is not None
            variances = moments.variances
        reg_covar = RIDGE * float(variances.mean())
    if not 0 <= reg_covar < math.inf:
        raise InputError(f"reg_covar: expected a finite number ≥ 0, got {reg_covar}")
    return reg_covar


def _fit_em(
    features: Features,
    n_components: int | None,
    covariance_type: Literal["full", "diag", "spherical"],
    reg_covar: float,
    rng: np.random.Generator | int | None,
    device: str | None,
) -> DensityModel:
    from sklearn.mixture import GaussianMixture

    if n_components is None:
        if features.labels is None:
            raise InputError("n_components: expected a number, since the features carry no labels to count, got none")
        n_components = int(features.labels.max()) + 1
    if len(features) < 2:
        raise InputError(f"features: expected at least 2 samples, got {len(features)}")
    if not 1 <= n_components <= len(features):
        raise InputError(f"n_components: expected 1 to {len(features)}, the number of samples, got {n_components}")
    seed, z, H = int(np.random.default_rng(rng).integers(2**31)), features.z.astype(np.float64), features.z.shape[1]
    if covariance_type == "full":
        if device is None:
            return DensityModel(*fit_mixture(z, n_components, reg_covar, seed))
        found = fit_mixture(as_tensor(z, device), n_components, reg_covar, seed)
        return DensityModel(*(array_api_compat.to_device(of, "cpu").numpy() for of in found))
    mixture = GaussianMixture(n_components, covariance_type=covariance_type, reg_covar=reg_covar, random_state=seed)
    try:
        mixture.fit(z)
    except ValueError as error:
        for i, covariance in enumerate(_full(np.asarray(getattr(mixture, "covariances_", [])), H)):
            cholesky_factor(i, covariance)
        raise InputError(f"features: EM could not be fitted ({error})") from error
    return DensityModel(mixture.weights_, mixture.means_, _full(np.asarray(mixture.covariances_), H))


def _full(covariances: Array, H: int) -> Array:
    """scikit-learn's full, diagonal or spherical covariances as (K, H, H)."""
    if covariances.ndim == 3:
        return covariances
    return covariances.reshape(len(covariances), -1, 1) * np.eye(H)
