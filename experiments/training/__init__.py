"""One training loop for all experiments."""

from experiments.training.inputs import as_inputs, batches, captured
from experiments.training.loop import TrainingFailed, initial_weights_of, train
from experiments.training.recipe import Recipe

__all__ = ["Recipe", "TrainingFailed", "as_inputs", "batches", "captured", "initial_weights_of", "train"]
