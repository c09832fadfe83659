"""Figure 1a: far from its training data a small network extrapolates with confidence.

R² → 16 → H = 16 → softmax, ReLU, 50 epochs (appendix C.1). The paper does not print the data; ours are three round
Gaussian clusters, their centres on a circle. A ReLU network is affine along each ray far out, so unless two classes
rise exactly alike there, one of them wins and the confidence tends to 1 (Hein et al. 2019, whom section 5.2 cites).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from experiments.networks import ToyMLP
from experiments.running import Given, Outcome, Record, of_each_config, text_table
from experiments.running.summary import with_error
from experiments.training import Recipe, captured, initial_weights_of, train
from softmax_geometry.auroc import auroc
from softmax_geometry.estimators import U_entropy_log, U_max, margin
from softmax_geometry.plots.drawing import Drawing
from softmax_geometry.plots.toy import entropy_over_plane
from softmax_geometry.regions import valid_region

EPSILON = 0.05
CIRCLE = 2000  # points on each circle
GRID = 161


@dataclass(frozen=True)
class Config:
    """Cluster spread against centres at distance 1, points of each class, and radii at which OOD points are put."""

    classes: int = 3
    spread: float = 0.15
    per_class: int = 500
    H: int = 16
    epochs: int = 50
    batch_size: int = 64
    learning_rate: float = 3e-3
    radii: tuple[int, ...] = (2, 5, 20, 100)
    extent: float = 6.0

    @property
    def label(self) -> str:
        """The number of clusters."""
        return f"{self.classes}clusters"


PRESETS = {"smoke": (Config(per_class=60, epochs=20),), "quick": (Config(),), "paper": (Config(),)}


def clusters(config: Config, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Points (N, 2) around centres on the unit circle, and their classes."""
    labels = np.repeat(np.arange(config.classes), config.per_class)
    angles = np.pi / 2 + 2 * np.pi * labels / config.classes
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return centres + config.spread * rng.standard_normal(centres.shape), labels


def run(config: Config, given: Given) -> Outcome:
    """Train, and see how confident the network is on circles ever further out."""
    rng = np.random.default_rng(given.seed)
    (train_x, train_y), (test_x, test_y) = (clusters(config, rng) for _ in range(2))
    with initial_weights_of(given.seed):
        model = ToyMLP(config.H, config.classes)
    recipe = Recipe(config.epochs, config.batch_size, learning_rate=config.learning_rate)
    train(model, _tensors(train_x, train_y), recipe, given.seed, device=given.device)
    known = captured(model, _tensors(train_x, train_y), given.device)
    test = captured(model, _tensors(test_x, test_y), given.device)
    region = valid_region(known.head, known.features, EPSILON, estimator="U_entropy")
    metrics: dict = {"accuracy": float(np.mean(test.logits.argmax(axis=1) == test_y))}
    metrics |= {"AUROC": {}, "confident": {}, "confidence": {}}
    turn = np.linspace(0, 2 * np.pi, CIRCLE, endpoint=False)
    directions = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    for radius in config.radii:
        far = captured(model, _tensors(radius * directions, np.zeros(CIRCLE)), given.device)
        metrics["AUROC"][str(radius)] = auroc(U_entropy_log(test.logits), U_entropy_log(far.logits)).value
        metrics["confident"][str(radius)] = float(np.mean(~region.contains(far.z)))
        metrics["confidence"][str(radius)] = float(np.mean(-U_max(far.logits)))
    metrics["rays to certainty"] = float(np.mean(margin(slopes(model, directions)) > 0))
    axis = np.linspace(-config.extent, config.extent, GRID)
    plane = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    over = captured(model, _tensors(plane, np.zeros(len(plane))), given.device, size=len(plane))
    arrays = {
        "log entropy": U_entropy_log(known.head.logits(over.z)).reshape(GRID, GRID).astype(np.float16),
        "log threshold": np.array(region.threshold.log_score),
        "axis": axis.astype(np.float32),
        "points": train_x[:: max(len(train_x) // 300, 1)].astype(np.float32),
        "labels": train_y[:: max(len(train_x) // 300, 1)].astype(np.uint8),
    }
    return Outcome(metrics, arrays)


def slopes(model: ToyMLP, directions: NDArray) -> NDArray:
    """What each logit gains for a step of length 1 far out along unit vectors (N, 2), shape (N, K).

    There f(r u) = r g(u) + O(1), g being the network without its biases, since ReLU is homogeneous. The confidence
    tends to 1 where one class rises fastest; where no feature rises at all, every slope is exactly 0.
    """
    without = {name: torch.zeros_like(of) for name, of in model.named_parameters() if name.endswith("bias")}
    (inputs, _) = _tensors(directions, np.zeros(len(directions)))
    with torch.no_grad():
        gains = torch.func.functional_call(model, without, (inputs.to(model.head.weight.device),))
    return gains.cpu().numpy()


def _tensors(x: NDArray, y: NDArray) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.int64)


def table(records: Sequence[Record]) -> str:
    """By distance of the OOD points: AUROC, share outside the valid region, and mean confidence, in percent.

    An AUROC below 50 % says that the far points are more confident than the test points.
    """
    rows, lines = [], []
    for label, runs in of_each_config(records).items():
        for radius in runs[0].metrics["AUROC"]:
            cells = [
                with_error((run.metrics[name][radius] for run in runs), 1, percent=True)
                for name in ("AUROC", "confident", "confidence")
            ]
            rows.append([f"{label}, radius {radius}", len(runs), *cells])
        accuracy, rays = (
            with_error((run.metrics[name] for run in runs), 1, percent=True)
            for name in ("accuracy", "rays to certainty")
        )
        lines.append(f"{label}: accuracy {accuracy} %; along {rays} % of all rays the confidence tends to 1")
    header = ["OOD points", "seeds", "AUROC U_entropy", "taken for known", "mean confidence"]
    return "\n".join([text_table(header, rows), "", *lines])


def drawings(records: Sequence[Record]) -> dict[str, Drawing]:
    """Entropy over the plane, for the first seed."""
    return {
        f"figure-1a-{label}": partial(
            entropy_over_plane, **{name.replace(" ", "_"): a for name, a in runs[0].arrays.items()}
        )
        for label, runs in of_each_config(records).items()
    }
