"""One training loop for all experiments."""

from experiments.training.inputs import as_inputs, batches, captured
from experiments.training.loop import TrainingFailed, initial_weights_of, train
from experiments.training.recipe import Augmentation, Recipe

__all__ = [
    "Augmentation",
    "Recipe",
    "TrainingFailed",
    "as_inputs",
    "batches",
    "captured",
    "initial_weights_of",
    "train",
]
