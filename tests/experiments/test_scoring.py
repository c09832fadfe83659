import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from sklearn.covariance import EmpiricalCovariance
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity as TreeKernelDensity

from experiments.scoring import (
    DensitySetup,
    KernelDensity,
    Scorer,
    averaged_logits,
    ensemble_scores,
    log_features,
    max_cosines,
    mc_dropout_logits,
    ood_metrics,
    scott,
)
from softmax_geometry.capture import Captured
from softmax_geometry.checks import InputError
from softmax_geometry.density import fit_density
from softmax_geometry.diagnosis import diagnose
from softmax_geometry.features import Features
from softmax_geometry.head import Head

H, K = 8, 3
RNG = np.random.default_rng(0)
HEAD = Head(RNG.normal(size=(K, H)).astype(np.float32), RNG.normal(size=K).astype(np.float32))
CENTRES = 2 * np.maximum(RNG.normal(size=(K, H)), 0)


def points(n, scale, seed):
    """Rectified features, the last of which is dead."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(K, size=n)
    z = np.maximum(scale * CENTRES[labels] + rng.normal(size=(n, H)), 0).astype(np.float32)
    z[:, -1] = 0
    return Captured(z, HEAD.logits(z).astype(np.float32), labels, HEAD)


TRAIN, TEST = points(400, 1, 1), points(150, 1, 2)
OOD = {"near": points(200, 0.6, 3), "far": points(120, 0.2, 4)}
SCORER = Scorer.fitted(TRAIN, DensitySetup(), 0)
SCORES = SCORER.scores(TEST)


@pytest.fixture(autouse=True, scope="module")
def few_points_for_the_ceiling():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.scoring.metrics.CEILING_POINTS", 60)
        yield


@pytest.fixture(scope="module")
def measured():
    return ood_metrics(TRAIN, TEST, OOD, seed=0)


def test_mahalanobis_is_scikit_learns():
    z = TRAIN.z.astype(np.float64)
    means = np.stack([z[TRAIN.labels == i].mean(axis=0) for i in range(K)])
    tied = EmpiricalCovariance(assume_centered=True).fit(z - means[TRAIN.labels])
    expected = np.min([tied.mahalanobis(TEST.z - mean) for mean in means], axis=0)
    np.testing.assert_allclose(SCORES["Mahalanobis"], expected, rtol=1e-9)


def test_a_dead_feature_does_not_move_mahalanobis_whatever_it_is_later():
    woken = Captured(TEST.z.copy(), TEST.logits, TEST.labels, HEAD)
    woken.z[:, -1] = 5
    np.testing.assert_allclose(SCORER.scores(woken)["Mahalanobis"], SCORES["Mahalanobis"], rtol=1e-9)
    assert (SCORER.scores(woken)["U_density"] > SCORES["U_density"]).all()


def test_kernel_density_is_scikit_learns_in_few_dimensions():
    z, at = RNG.normal(size=(50, 2)) * [1, 10], RNG.normal(size=(20, 2)) * [1, 10]
    found = KernelDensity.fitted(z, 50, 0.3)
    scale = z.std(axis=0)
    tree = TreeKernelDensity(bandwidth=0.3).fit(z / scale)
    np.testing.assert_allclose(found.log_density(at), tree.score_samples(at / scale) - np.log(scale).sum(), rtol=1e-9)


def test_kernel_density_is_the_sum_over_its_points_in_many_dimensions():
    z, at = RNG.normal(size=(60, 64)), 1.5 * RNG.normal(size=(5, 64))
    found, h = KernelDensity.fitted(z, 60, scott(60, 64)), 60 ** (-1 / 68)
    squares = (((at[:, None] - z[None]) / z.std(axis=0)) ** 2).sum(axis=2)
    peaks = np.log(60) + 32 * np.log(2 * np.pi * h**2) + np.log(z.std(axis=0)).sum()
    np.testing.assert_allclose(found.log_density(at), logsumexp(-squares / (2 * h**2), axis=1) - peaks, rtol=1e-9)


def test_kernel_density_uses_as_many_points_as_asked():
    z = RNG.normal(size=(30, 2))
    assert len(KernelDensity.fitted(z, 7, 1.0).points) == 7


def test_plain_scores_are_of_float32_and_log_scores_are_not():
    logits = np.array([[0, 60, 0], [0, 70, 0]], dtype=np.float64)
    scores = SCORER.scores(Captured(TEST.z[:2], logits, TEST.labels[:2], HEAD))
    assert scores["U_max"].dtype == np.float32
    assert scores["U_max"][0] == scores["U_max"][1] == -1
    assert scores["U_max_log"][0] > scores["U_max_log"][1]


def test_simple_scores():
    l, z = TEST.logits.astype(np.float64), TEST.z.astype(np.float64)
    np.testing.assert_allclose(SCORES["energy"], -np.log(np.exp(l).sum(axis=1)), rtol=1e-12)
    np.testing.assert_allclose(SCORES["max logit"], l.mean(axis=1) - l.max(axis=1))
    np.testing.assert_allclose(SCORES["−‖z‖"], -np.sqrt((z**2).sum(axis=1)))
    np.testing.assert_allclose(SCORES["U_max"], -softmax(l, axis=1).max(axis=1), rtol=1e-5)
    centred = HEAD.weight - HEAD.weight.mean(axis=0)
    cosines = z @ centred.T / np.outer(np.linalg.norm(z, axis=1), np.linalg.norm(centred, axis=1))
    np.testing.assert_allclose(SCORES["−max cos"], -cosines.max(axis=1), rtol=1e-6)


def test_a_zero_feature_vector_has_scores():
    zero = Captured(np.zeros((1, H), np.float32), HEAD.logits(np.zeros((1, H))), np.zeros(1, int), HEAD)
    scores = SCORER.scores(zero)
    assert all(np.isfinite(values).all() for values in scores.values())
    assert max_cosines(HEAD, zero.z).tolist() == [0.0]
    assert scores["mental model"][0] == pytest.approx(np.log(1 - 1 / K))


def test_tuned_density_of_log_features_of_some_neurons():
    setup = DensitySetup(1e-3, log=True, features=5, max_train=300)
    scorer = Scorer.fitted(TRAIN, setup, 0)
    assert len(set(scorer.neurons.tolist())) == 5
    assert scorer.tuned.H == scorer.untuned.H == 5
    seen = np.log(np.maximum(TEST.z, 0) + 1e-3)[:, scorer.neurons].astype(np.float64)
    mixture = GaussianMixture(K)
    mixture.weights_, mixture.means_ = scorer.tuned.weights, scorer.tuned.means
    mixture.covariances_ = scorer.tuned.covariances
    mixture.precisions_cholesky_ = np.linalg.cholesky(np.linalg.inv(scorer.tuned.covariances))
    expected = -mixture.score_samples(seen)
    np.testing.assert_allclose(scorer.scores(TEST)["U_density"], expected, rtol=1e-4)
    assert log_features(np.array([-1.0, 0.0])).tolist() == [np.log(1e-3)] * 2


def test_scores_see_no_ood_data(measured):
    alone = ood_metrics(TRAIN, TEST, {"far": OOD["far"]}, seed=0)
    assert alone["AUROC"]["U_density"]["far"] == measured["AUROC"]["U_density"]["far"]
    assert alone["AUROC"]["U_density"]["all"] == alone["AUROC"]["U_density"]["far"]


@pytest.mark.parametrize("score", ["U_entropy", "U_max_log", "Mahalanobis", "KDE", "energy"])
def test_auroc_is_scikit_learns(measured, score):
    of_ood = SCORER.scores(OOD["near"])[score]
    is_out = np.repeat([0, 1], [len(TEST.z), len(of_ood)])
    expected = roc_auc_score(is_out, np.concatenate([SCORES[score], of_ood]))
    assert measured["AUROC"][score]["near"] == pytest.approx(expected, abs=1e-12)


def test_all_is_balanced():
    """Of 200 points against 120 that any score sees perfectly, 120 count: the mean of the two AUROCs."""
    extra = {"oracle": (np.zeros(150), {"near": np.full(200, -1.0), "far": np.ones(120)})}
    measured = ood_metrics(TRAIN, TEST, OOD, seed=0, extra=extra)
    assert measured["AUROC"]["oracle"] == {"near": 0.0, "far": 1.0, "all": 0.5}
    assert measured["ties"]["oracle"] == 0.0


def test_causes(measured):
    causes, of = measured["causes"], {score: values["all"] for score, values in measured["AUROC"].items()}
    assert causes["1"] + causes["2"] + causes["3"] == pytest.approx(1 - of["U_entropy"])
    assert causes["1"] + causes["2 untuned"] + causes["3 untuned"] == pytest.approx(1 - of["U_entropy"])
    assert causes["1"] == pytest.approx(causes["1a"] + causes["1b"])


def test_causes_are_those_of_diagnose():
    """With one OOD set nothing is drawn at random, and the library's diagnosis has the same numbers."""
    far = OOD["far"]
    found = ood_metrics(TRAIN, TEST, {"far": far}, seed=0)
    chosen = np.random.default_rng(0).permutation(len(TRAIN.z))
    fitted = fit_density(Features(TRAIN.z[chosen].astype(float), TRAIN.labels[chosen]), K, reg_covar=1e-5, rng=0)
    expected = diagnose(HEAD, TRAIN.features, TEST.features, far.features, fitted)
    for cause in ("1", "1a", "1b", "2", "3"):
        assert found["causes"][cause] == pytest.approx(expected.causes[cause].value, abs=1e-3)
    error = expected.scores["U_density"].auroc.standard_error
    assert found["standard error"]["U_density"] == pytest.approx(error, abs=1e-3)


def test_what_else_is_measured(measured):
    assert measured["accuracy"] == np.mean(TEST.logits.argmax(axis=1) == TEST.labels)
    assert measured["norm"]["far"] == pytest.approx(np.linalg.norm(OOD["far"].z, axis=1).mean())
    assert measured["norm"]["far"] < measured["norm"]["near"] < measured["norm"]["test"]
    assert set(measured["max cos"]) == {"train", "test", "near", "far"}
    assert measured["AUROC"]["−‖z‖"]["all"] < measured["ceiling"] <= 1


def test_ties_are_counted():
    extra = {"constant": (np.zeros(150), {"near": np.zeros(200), "far": np.zeros(120)})}
    measured = ood_metrics(TRAIN, TEST, OOD, seed=0, extra=extra)
    assert (measured["AUROC"]["constant"]["all"], measured["ties"]["constant"]) == (0.5, 1.0)


def test_the_seed_decides_everything(measured):
    assert ood_metrics(TRAIN, TEST, OOD, seed=0) == measured
    assert ood_metrics(TRAIN, TEST, OOD, seed=1) != measured


def test_no_ood_set():
    with pytest.raises(InputError, match="ood: expected at least one"):
        ood_metrics(TRAIN, TEST, {}, seed=0)


def test_averaged_logits():
    a, b = RNG.normal(size=(2, 6, K))
    expected = (softmax(a, axis=1) + softmax(b, axis=1)) / 2
    np.testing.assert_allclose(np.exp(averaged_logits([a, b])), expected, rtol=1e-12)
    assert averaged_logits([a.astype(np.float32)]).dtype == np.float64


def test_ensemble_scores():
    """Two members sure of different classes: one bit of mutual information; of the same: none."""
    a, b = np.array([[50.0, 0.0], [50.0, 0.0]]), np.array([[0.0, 50.0], [50.0, 0.0]])
    scores = ensemble_scores([a, b])
    np.testing.assert_allclose(scores["mutual information"], [np.log(2), 0], atol=1e-12)
    np.testing.assert_allclose(scores["U_max"], [np.log(0.5), -50], rtol=1e-9)
    np.testing.assert_allclose(scores["U_entropy"], [np.log(np.log(2)), np.log(51) - 50], rtol=1e-9)


def test_mc_dropout():
    z = np.abs(RNG.normal(size=(4, H))) + 1
    assert np.array_equal(mc_dropout_logits(HEAD, z, 0.0, 1, 0)[0], HEAD.logits(z))
    passes = mc_dropout_logits(HEAD, z, 0.5, 4000, 0)
    spread = np.sqrt((HEAD.weight**2 @ (z**2).T).T)  # inverted dropout at 1/2: variance Σ w² z²
    np.testing.assert_allclose(np.std(passes, axis=0), spread, rtol=0.1)
    assert (np.abs(np.mean(passes, axis=0) - HEAD.logits(z)) < 5 * spread / np.sqrt(4000)).all()
    with pytest.raises(InputError, match="p: expected a rate"):
        mc_dropout_logits(HEAD, z, 1.0, 1, 0)
