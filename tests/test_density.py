import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, multivariate_normal
from sklearn.mixture import GaussianMixture

from softmax_geometry.checks import InputError
from softmax_geometry.density import RIDGE, DensityModel, U_density, fit_density
from softmax_geometry.density_regions import DensityRegion, chi2_radius, density_region
from softmax_geometry.features import ClassGaussians, Features

seeds = st.integers(0, 2**32 - 1)


def random_model(rng, K=None, H=None):
    K, H = K or rng.integers(1, 6), H or rng.integers(1, 5)
    roots = rng.normal(size=(K, H, H))
    covariances = roots @ roots.transpose(0, 2, 1) + 0.05 * np.eye(H)
    return DensityModel(rng.dirichlet(np.full(K, 2.0)), 3 * rng.normal(size=(K, H)), covariances)


def sample(model, n, rng):
    return ClassGaussians(model.means, model.covariances, model.weights).sample(n, rng).z


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seeds)
def test_log_density_is_scipys(seed):
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    z = 4 * rng.normal(size=(7, model.H))
    terms = [
        np.log(w) + multivariate_normal(m, c).logpdf(z)
        for w, m, c in zip(model.weights, model.means, model.covariances, strict=True)
    ]
    expected = np.logaddexp.reduce(np.stack(terms).reshape(model.K, 7), axis=0)
    np.testing.assert_allclose(model.log_density(z), expected, rtol=1e-8, atol=1e-8)
    np.testing.assert_array_equal(U_density(z, model), -model.log_density(z))
    offset = z[:, None, :] - model.means
    q = np.einsum("nkh,khg,nkg->nk", offset, np.linalg.inv(model.covariances), offset)
    np.testing.assert_allclose(model.squared_distances(z), q, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [4, 7])
def test_ill_conditioned_covariance_against_50_digits(n):
    """Hilbert matrices: condition 1.6e4 and 4.8e8."""
    mpmath.mp.dps = 50
    i = np.arange(n)
    hilbert = 1 / (i[:, None] + i + 1.0)
    z = np.linspace(-1, 2, n)
    exact = mpmath.matrix([[mpmath.mpf(float(x)) for x in row] for row in hilbert])
    v = mpmath.matrix([mpmath.mpf(float(x)) for x in z])
    q = (v.T * mpmath.lu_solve(exact, v))[0]
    log_density = -(q + n * mpmath.log(2 * mpmath.pi) + mpmath.log(mpmath.det(exact))) / 2
    model = DensityModel([1.0], np.zeros((1, n)), hilbert[None])
    condition = np.linalg.cond(hilbert)
    assert model.log_density(z[None])[0] == pytest.approx(float(log_density), rel=4 * condition * 2.2e-16)


def test_log_density_is_finite_where_the_density_underflows():
    model = DensityModel([0.5, 0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]])
    z = np.array([[1e5], [2e5]], dtype=np.float32)
    np.testing.assert_allclose(U_density(z, model), (z[:, 0].astype(float) - 1) ** 2 / 2, rtol=1e-9)


def test_blocks_of_rows_agree_with_one_block(monkeypatch):
    rng = np.random.default_rng(0)
    model, z = random_model(rng, K=3, H=4), rng.normal(size=(50, 4))
    whole = model.squared_distances(z)
    monkeypatch.setattr("softmax_geometry.density._BLOCK", 28)
    np.testing.assert_allclose(model.squared_distances(z), whole, rtol=1e-13)


# --- fitting ---


def blobs(n=300, seed=0):
    rng = np.random.default_rng(seed)
    model = DensityModel([0.3, 0.7], [[0.0, 0.0, 0.0], [6.0, 0.0, 0.0]], [np.eye(3), np.diag([1.0, 4.0, 0.25])])
    return ClassGaussians(model.means, model.covariances, model.weights).sample(n, rng)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_em_scores_as_scikit_learn(covariance_type):
    features = blobs()
    model = fit_density(features, covariance_type=covariance_type, reg_covar=1e-6, rng=3)
    seed = int(np.random.default_rng(3).integers(2**31))
    mixture = GaussianMixture(2, covariance_type=covariance_type, random_state=seed).fit(features.z)
    assert model.covariances.shape == (2, 3, 3)
    np.testing.assert_allclose(model.log_density(features.z), mixture.score_samples(features.z), rtol=1e-10)


def test_per_class_is_one_gaussian_for_each_class():
    features = blobs()
    model = fit_density(features, method="per_class", reg_covar=0.5)
    for i in range(2):
        z = features.z[features.labels == i]
        np.testing.assert_allclose(model.means[i], z.mean(axis=0))
        np.testing.assert_allclose(model.covariances[i], np.cov(z.T) + 0.5 * np.eye(3))
        assert model.weights[i] == pytest.approx(len(z) / len(features))
    diagonal = fit_density(features, method="per_class", covariance_type="diag", reg_covar=0).covariances
    np.testing.assert_allclose(diagonal[0], np.diag(features.z[features.labels == 0].var(axis=0, ddof=1)))
    spherical = fit_density(features, method="per_class", covariance_type="spherical", reg_covar=0).covariances
    assert spherical[0][0, 0] == pytest.approx(np.trace(diagonal[0]) / 3)


def test_default_regularisation_does_not_depend_on_the_unit_of_the_features():
    features = blobs()
    model, millimetres = fit_density(features, rng=0), fit_density(Features(features.z * 1000, features.labels), rng=0)
    np.testing.assert_allclose(millimetres.covariances, model.covariances * 1e6, rtol=1e-6)


def test_float32_features_are_fitted_in_float64():
    features = blobs()
    narrow = Features(features.z.astype(np.float32), features.labels)
    wide = Features(narrow.z.astype(np.float64), features.labels)
    np.testing.assert_array_equal(fit_density(narrow, rng=0).covariances, fit_density(wide, rng=0).covariances)


def test_the_seed_alone_decides_where_em_ends():
    """Five components for one cloud: many ends, each from its own start."""
    features = Features(np.random.default_rng(0).normal(size=(80, 2)))
    means = [fit_density(features, 5, rng=seed).means for seed in (0, 0, 1)]
    np.testing.assert_array_equal(means[0], means[1])
    assert np.abs(np.sort(means[0], axis=0) - np.sort(means[2], axis=0)).max() > 0.01


def test_em_recovers_the_law():
    features = blobs(n=20_000)
    model = fit_density(features, rng=0)
    order = np.argsort(model.weights)
    np.testing.assert_allclose(model.weights[order], [0.3, 0.7], atol=0.02)
    np.testing.assert_allclose(model.covariances[order[1]], np.diag([1.0, 4.0, 0.25]), atol=0.2)


def test_singular_covariance_names_its_component():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(60, 2))
    z[30:, 1] = z[30:, 0]
    features = Features(z + np.repeat([[0.0, 0.0], [20.0, 20.0]], 30, axis=0), np.repeat([0, 1], 30))
    with pytest.raises(InputError, match=r"component \(class\) 1 cannot be factored.*raise reg_covar"):
        fit_density(features, method="per_class", reg_covar=0.0)
    with pytest.raises(InputError, match=r"component \(class\) [01] cannot be factored.*raise reg_covar"):
        fit_density(features, reg_covar=0.0)
    assert fit_density(features).K == 2
    with pytest.raises(InputError, match=r"component \(class\) 1 cannot be factored"):
        DensityModel([0.5, 0.5], np.zeros((2, 1)), [[[1.0]], [[-1.0]]])


@pytest.mark.parametrize(
    ("features", "options", "message"),
    [
        (
            Features([[0.0], [1.0]]),
            {},
            "^n_components: expected a number, since the features carry no labels to count, got none$",
        ),
        (Features([[0.0], [1.0]], [0, 0]), {"reg_covar": np.inf}, "^reg_covar: expected a finite number ≥ 0, got inf$"),
        (
            Features([[0.0], [1.0]]),
            {"n_components": 0},
            "^n_components: expected a whole number ≥ 1, got 0$",
        ),
        (Features([[0.0], [1.0]]), {"method": "per_class"}, "labels, got none"),
        (Features([[0.0], [1.0]]), {"n_components": 3}, "n_components: expected 1 to 2"),
        (Features([[0.0]]), {"n_components": 1}, "at least 2 samples"),
        (Features([[0.0], [1.0], [2.0]], [0, 0, 1]), {"method": "per_class"}, "got 1 of class 1"),
        (Features([[0.0], [1.0]], [0, 1]), {"method": "per_class", "n_components": 1}, r"expected labels in 0\.\.0"),
        (Features([[0.0], [1.0]], [0, 0]), {"method": "kde"}, "method: expected"),
        (Features([[0.0], [1.0]], [0, 0]), {"covariance_type": "tied"}, "covariance_type: expected"),
        (Features([[0.0], [1.0]], [0, 0]), {"reg_covar": -1.0}, "reg_covar: expected"),
        (Features([[0.0], [1e200]], [0, 0]), {"method": "em"}, "^reg_covar: expected a finite number ≥ 0, got inf$"),
    ],
)
def test_fits_that_cannot_be_made_are_refused(features, options, message):
    with pytest.raises(InputError, match=message):
        fit_density(features, **options)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.5, 0.6], np.zeros((2, 1)), np.ones((2, 1, 1))), "weights: expected 2 positive"),
        (([1.0, 0.0], np.zeros((2, 1)), np.ones((2, 1, 1))), "^weights: expected 2 positive"),
        (([1.0], np.zeros((2, 1)), np.ones((2, 1, 1))), "^weights: expected 2 positive"),
        (([np.nan, 1.0], np.zeros((2, 1)), np.ones((2, 1, 1))), "^weights: expected finite numbers"),
        (([[0.5, 0.5]], np.zeros((2, 1)), np.ones((2, 1, 1))), "^weights: expected an array of rank 1"),
        (([1.0], [[np.nan]], np.ones((1, 1, 1))), "^means: expected finite numbers"),
        (([1.0], [0.0], np.ones((1, 1, 1))), "^means: expected an array of rank 2"),
        (([1.0], np.zeros((1, 2)), np.ones((1, 1, 1))), r"covariances: expected shape \(1, 2, 2\)"),
        (([1.0], np.zeros((1, 2)), [[[1.0, 0.5], [0.0, 1.0]]]), "covariances: expected symmetric"),
    ],
)
def test_bad_mixtures_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        DensityModel(*arguments)


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
def test_a_component_without_variance_is_named_for_every_kind_of_covariance(covariance_type):
    features = Features([[0.0, 0.0], [0.0, 0.0], [5.0, 5.0], [6.0, 7.0]])
    with pytest.raises(InputError, match=r"component \(class\) [01] cannot be factored"):
        fit_density(features, 2, covariance_type, reg_covar=0.0, rng=0)


def test_features_of_another_width_are_refused():
    model = DensityModel([1.0], [[0.0]], [[[1.0]]])
    for z, message in (
        ([[0.0, 1.0]], "^z: expected 1 features, as the density has, got 2$"),
        ([0.0], "^z: expected an array of rank 2"),
        ([[np.nan]], "^z: expected finite numbers"),
    ):
        with pytest.raises(InputError, match=message):
            U_density(z, model)


# --- regions ---


@settings(deadline=None, derandomize=True, max_examples=150)
@given(seeds)
def test_sandwich_of_ellipsoids(seed):
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    z = np.concatenate([sample(model, 60, rng), 5 * rng.normal(size=(60, model.H))])
    region = DensityRegion(model, float(np.quantile(model.log_density(z), rng.uniform())))
    inner, exact, outer = region.contains_ellipsoids_inner(z), region.contains(z), region.contains_ellipsoids(z)
    assert (inner <= exact).all()
    assert (exact <= outer).all()


def test_sandwich_is_tight():
    """K coinciding components attain the inner bound, far apart ones the outer bound."""
    z = np.linspace(-5, 5, 1001)[:, None]
    same = DensityRegion(DensityModel(np.full(4, 0.25), np.zeros((4, 1)), np.ones((4, 1, 1))), -3.0)
    np.testing.assert_array_equal(same.contains(z), same.contains_ellipsoids_inner(z))
    assert (same.contains(z) != same.contains_ellipsoids(z)).any()
    apart = DensityRegion(DensityModel([0.5, 0.5], [[-3.0], [1e4]], np.ones((2, 1, 1))), -3.0)
    np.testing.assert_array_equal(apart.contains(z), apart.contains_ellipsoids(z))
    assert (apart.contains(z) != apart.contains_ellipsoids_inner(z)).any()


def test_radii_are_where_a_component_alone_has_density_t():
    rng = np.random.default_rng(1)
    model = random_model(rng, K=3, H=2)
    region = DensityRegion(model, -12.0)
    for i in range(3):
        direction = rng.normal(size=2)
        z = model.means[i] + np.sqrt(region.radii[i]) * model.cholesky[i] @ (direction / np.linalg.norm(direction))
        component = np.log(model.weights[i]) + multivariate_normal(model.means[i], model.covariances[i]).logpdf(z)
        assert component == pytest.approx(-12.0)


def test_the_papers_precision_slip_is_corrected():
    """Eq 23 with Σ in place of Σ⁻¹ would give 16 and 1 for two points of one density contour."""
    model = DensityModel([1.0], [[0.0, 0.0]], [[[4.0, 0.0], [0.0, 1.0]]])
    np.testing.assert_array_equal(model.squared_distances([[2.0, 0.0], [0.0, 1.0]]), [[1.0], [1.0]])


@settings(deadline=None, derandomize=True, max_examples=60)
@given(seeds, st.sampled_from([0.01, 0.05, 0.1, 0.3]))
def test_region_flags_at_most_epsilon_of_the_training_data(seed, epsilon):
    rng = np.random.default_rng(seed)
    model = random_model(rng)
    train = Features(sample(model, int(rng.integers(2, 200)), rng))
    region = density_region(model, train, epsilon)
    u = U_density(train.z, model)
    inside = region.contains(train.z)
    assert inside.mean() <= epsilon + 1e-12
    for flagged, score in zip(inside, u, strict=True):  # definition 1, read off the sample
        assert flagged == (np.mean(u < score) > 1 - epsilon + 1e-12)


def test_chi2_region_holds_at_most_epsilon_with_equality_when_separated():
    rng = np.random.default_rng(2)
    n, epsilon = 40_000, 0.05
    radius = chi2_radius(2, epsilon)
    assert radius == pytest.approx(chi2.ppf(0.95, 2))
    assert chi2_radius(512, 1e-12) == pytest.approx(chi2.isf(1e-12, 512))
    mass = {}
    for separation in (1.0, 3.0, 8.0):
        model = DensityModel([0.5, 0.5], [[0.0, 0.0], [separation, 0.0]], np.stack([np.eye(2)] * 2))
        mass[separation] = np.mean((model.squared_distances(sample(model, n, rng)) > radius).all(axis=1))
    error = np.sqrt(epsilon * (1 - epsilon) / n)
    assert abs(mass[8.0] - epsilon) < 4 * error
    assert abs(mass[1.0] - 0.034) < 4 * error + 5e-4
    assert mass[1.0] < mass[8.0] - 4 * error
    assert abs(mass[3.0] - 0.036) < 4 * error + 5e-4
    with pytest.raises(InputError, match="epsilon"):
        chi2_radius(2, 0)
    with pytest.raises(InputError, match="H: expected"):
        chi2_radius(0, 0.1)


@pytest.mark.parametrize("H", [1, 2, 65, 200])
@pytest.mark.parametrize("method", ["em", "per_class"])
def test_the_ridge_is_a_thousandth_of_the_mean_variance_to_the_last_bit(H, method):
    z = (3 + np.random.default_rng(H).normal(size=(300, H))).astype(np.float32)
    features = Features(z, np.zeros(300, int))
    ridge = RIDGE * float(np.var(z, axis=0, dtype=np.float64).mean())
    added = fit_density(features, 1, method=method, rng=0).covariances
    np.testing.assert_array_equal(added, fit_density(features, 1, method=method, reg_covar=ridge, rng=0).covariances)


def test_one_gaussian_a_class_needs_no_second_copy_of_the_features():
    import tracemalloc

    features = Features(np.random.default_rng(0).normal(size=(50_000, 256)).astype(np.float32), np.zeros(50_000, int))
    tracemalloc.start()
    fit_density(features, method="per_class")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < features.z.nbytes


def test_a_device_fits_and_scores_as_arrays_do():
    torch = pytest.importorskip("torch")
    features = blobs()
    model, on_device = fit_density(features, rng=3), fit_density(features, rng=3, device="cpu")
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(on_device, name), getattr(model, name), rtol=1e-8, atol=1e-9)
    for dtype in (torch.float32, torch.float64):
        z = torch.from_numpy(features.z).to(dtype)
        scores = U_density(z, model)
        assert isinstance(scores, torch.Tensor)
        np.testing.assert_allclose(scores.numpy(), U_density(z.numpy(), model), rtol=1e-10)


def test_a_tensor_beyond_the_reach_of_all_components_has_no_density():
    torch = pytest.importorskip("torch")
    model, far = random_model(np.random.default_rng(0), H=2), [[1e200, 1.0], [1e308, -1e308], [0.0, 1.0]]
    log_density = model.log_density(torch.tensor(far, dtype=torch.float64)).numpy()
    np.testing.assert_allclose(log_density, model.log_density(far), rtol=1e-10)
    np.testing.assert_array_equal(np.isneginf(log_density), [True, True, False])


@pytest.mark.parametrize("method", ["em", "per_class"])
@pytest.mark.parametrize("number", [1.5, "2"])
def test_components_are_a_whole_number(method, number):
    with pytest.raises(InputError, match=r"^n_components: expected a whole number ≥ 1, got"):
        fit_density(blobs(), number, method=method)


def test_tensors_and_devices_are_checked():
    torch = pytest.importorskip("torch")
    features, model = blobs(), random_model(np.random.default_rng(0), H=3)
    for shape in [(2, 4), (3,), (0, 3)]:
        with pytest.raises(InputError, match=r"z: expected \(N, 3\) features"):
            model.log_density(torch.zeros(shape))
    with pytest.raises(InputError, match="z: expected finite numbers"):
        model.log_density(torch.full((2, 3), torch.nan))
    with pytest.raises(InputError, match="device: expected a torch device of this machine"):
        fit_density(features, device="no such")
    with pytest.raises(InputError, match="device: expected a torch device of this machine"):
        fit_density(features, device="meta")
    for options in ({"method": "per_class"}, {"covariance_type": "diag"}):
        with pytest.raises(InputError, match="device: expected none but for"):
            fit_density(features, device="cpu", **options)
