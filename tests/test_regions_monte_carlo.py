"""`softmax-geometry region` against ten million independent draws: scikit-learn, torch and two-class heads."""

import json

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

import softmax_geometry as sg
from softmax_geometry.cli import main

DRAWS, BATCH = 10**7, 250_000


def digits(folder):
    X, y = load_digits(return_X_y=True)
    estimator = LogisticRegression(max_iter=2000).fit(X / 16, y)
    sg.Head.from_sklearn(estimator).save(folder / "head.npz")
    law = sg.ClassGaussians.from_features(sg.Features(X / 16, y))
    return "head.npz", law


def torch_checkpoint(folder):
    torch = pytest.importorskip("torch")
    example = sg.load_example()
    network = torch.nn.Sequential(torch.nn.Linear(4, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
    network[2].weight.data = torch.tensor(example.head.weight, dtype=torch.float32)
    network[2].bias.data = torch.tensor(example.head.bias, dtype=torch.float32)
    torch.save(network.state_dict(), folder / "network.pt")
    return "network.pt", sg.ClassGaussians.from_features(example.train)


def two_classes(folder):
    np.savez(folder / "head.npz", weight=[[1.0, 0.3, 0.0], [-0.5, 0.2, 1.0]], bias=[0.4, -0.1])
    covariances = [np.diag([1.0, 2.0, 0.5]), np.array([[1.0, 0.3, 0], [0.3, 0.7, 0.1], [0, 0.1, 2.0]])]
    return "head.npz", sg.ClassGaussians([[2.0, 0, -1], [-1.0, 1, 1]], covariances, [0.35, 0.65])


@pytest.mark.parametrize("make", [digits, torch_checkpoint, two_classes])
@pytest.mark.parametrize("estimator", ["U_max", "U_entropy"])
def test_region_flags_epsilon_of_independent_draws(make, estimator, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    name, law = make(tmp_path)
    np.savez(tmp_path / "law.npz", means=law.means, covariances=law.covariances, priors=law.priors)
    assert main(["region", name, "--train", "law.npz", "--estimator", estimator, "--json"]) == 0
    log_score = json.loads(capsys.readouterr().out)["log_score"]
    head = sg.Head.load(name)
    threshold = sg.Threshold(estimator, 0.05, log_score, "gaussian")
    predicted = sg.gaussian_mass(head, law, threshold)

    rng, flagged = np.random.default_rng(2026), 0
    factors = [np.linalg.cholesky(c + 1e-12 * np.trace(c) * np.eye(law.H)) for c in law.covariances]
    for _ in range(DRAWS // BATCH):
        for i, count in enumerate(rng.multinomial(BATCH, law.priors)):
            z = rng.standard_normal((count, law.H), dtype=np.float32) @ factors[i].T.astype(np.float32)
            l = (z + law.means[i]) @ head.weight.T + head.bias
            p = np.exp(l - l.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            score = np.log1p(-p.max(axis=1)) if estimator == "U_max" else np.log(-(p * np.log(p + 1e-300)).sum(axis=1))
            flagged += np.count_nonzero(score > log_score)
    share = flagged / DRAWS
    error = np.hypot(np.sqrt(share * (1 - share) / DRAWS), predicted.standard_error)
    assert abs(share - predicted.value) < 4 * error
    assert abs(share - 0.05) < 8 * error + 3e-4
