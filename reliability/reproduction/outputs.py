"""Outputs that must have the same bits in every process; as a program, prints a digest of each."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np
import torch

import softmax_geometry as sg
from experiments.bombardment.fast_network import weights_of
from experiments.bombardment.shards import BLOCK, Shard, bombarded
from experiments.networks import BombardedNet, LeNet
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.explorer import explorer_page
from softmax_geometry.figures import catalogue
from softmax_geometry.plots import svg
from softmax_geometry.report import build_report

N, H, K = 2000, 64, 5  # large enough for linear algebra to use all threads that it is given


@cache
def features() -> tuple[sg.Head, dict[str, sg.Features]]:
    """A head with features of training, test and OOD data."""
    rng = np.random.default_rng(0)
    weight = rng.standard_normal((K, H))
    labels = rng.integers(0, K, N)
    near = {name: sg.Features(weight[labels] + rng.standard_normal((N, H)), labels) for name in ("train", "test")}
    return sg.Head(weight), near | {"ood": sg.Features(1.2 * rng.standard_normal((N, H)))}


def training() -> Any:
    """Weights after two steps of a LeNet, and its features of the images."""
    rng = np.random.default_rng(0)
    images = torch.tensor(rng.random((8, 1, 28, 28), dtype=np.float32)), torch.tensor(rng.integers(0, 3, 8))
    with initial_weights_of(0):
        model = LeNet(16, 3)
    losses = train(model, images, Recipe(epochs=1, batch_size=4), seed=0)
    return losses, list(model.state_dict().values()), captured(model, images).z


def density() -> Any:
    """A mixture by EM, and its scores."""
    _, of = features()
    model = sg.fit_density(of["train"], rng=0)
    return model.weights, model.means, model.covariances, sg.U_density(of["ood"].z, model)


def ceiling() -> Any:
    """The AUROC of a classifier that was shown both sets."""
    _, of = features()
    return sg.auroc_ceiling(of["test"].z[:300, :8], of["ood"].z[:300, :8], rng=0)


def bombardment() -> Any:
    """The most confident of a shard of random inputs."""
    with initial_weights_of(0):
        network = BombardedNet(10)
    return vars(bombarded(Shard(weights_of(network), seed=0, start=0, stop=4 * BLOCK["cpu"], k=8)))


def thresholds() -> Any:
    """Regions of each source: thresholds, widths, what is flagged."""
    head, of = features()
    regions = [sg.valid_region(head, of["train"], source=source) for source in ("empirical", "conformal", "gaussian")]
    return [(region.threshold, region.widths, region.contains(of["ood"].z)) for region in regions]


def diagnosis() -> Any:
    """Scores and causes of failure."""
    head, of = features()
    return sg.diagnose(head, of["train"], of["test"], of["ood"], rng=0).to_dict()


def report() -> Any:
    """The page and the numbers behind it, with a given date."""
    head, of = features()
    small = sg.Head(head.weight[:3, :4])
    parts = [
        sg.Features(part.z[:200, :4], None if part.labels is None else part.labels[:200] % 3) for part in of.values()
    ]
    made = build_report(small, *parts, date="2026-01-01")
    return made.to_html(), made.to_dict()


def figures() -> Any:
    """Figures as SVG, and the explorer's page."""
    return [svg(catalogue()[name].figure()) for name in ("figure-2", "figure-14")], explorer_page()


OUTPUTS: dict[str, Callable[[], Any]] = {
    function.__name__: function
    for function in (training, density, ceiling, bombardment, thresholds, diagnosis, report, figures)
}


def digest(value: Any) -> str:
    """A hash of all bits of nested arrays, tensors and plain values, in their order."""
    content = hashlib.sha256()
    _add(content, value)
    return content.hexdigest()


def _add(content: Any, value: Any) -> None:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            _add(content, (key, entry))
    elif is_dataclass(value):
        _add(content, [getattr(value, field.name) for field in fields(value)])
    elif isinstance(value, (list, tuple)):
        content.update(f"{len(value)} entries".encode())
        for entry in value:
            _add(content, entry)
    elif isinstance(value, (np.ndarray, torch.Tensor)):
        array = np.ascontiguousarray(value)
        content.update(f"{array.dtype}{array.shape}".encode() + array.tobytes())
    else:
        content.update(repr(value).encode())


if __name__ == "__main__":
    print(json.dumps({name: digest(OUTPUTS[name]()) for name in sys.argv[1:] or OUTPUTS}))
