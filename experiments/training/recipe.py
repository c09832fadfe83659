"""How a network is trained, as numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from softmax_geometry.checks import InputError

Optimiser = Literal["adam", "sgd"]
Schedule = Literal["constant", "warmup_cosine"]
Augmentation = Literal["none", "flip", "crop", "crop_flip"]


@dataclass(frozen=True)
class Recipe:
    """Optimiser, schedule and augmentation of a training.

    `sgd` has Nesterov momentum. `warmup_cosine` rises linearly during the share `warm_up` of all steps and then
    falls to 0 along half a cosine. `crop` moves an image by up to four pixels, filling with zeros; `flip` mirrors
    half of the images left to right.

    Raises
    ------
    InputError
        If a number is out of its range or a name unknown.
    """

    epochs: int
    batch_size: int = 128
    optimiser: Optimiser = "adam"
    learning_rate: float = 1e-3
    momentum: float = 0.9
    weight_decay: float = 0.0
    schedule: Schedule = "constant"
    warm_up: float = 0.3
    augment: Augmentation = "none"

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("learning_rate", 0), ("weight_decay", 0)):
            if not getattr(self, name) >= least:
                raise InputError(f"{name}: expected a number ≥ {least}, got {getattr(self, name)}")
        for name in ("momentum", "warm_up"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name}: expected a number in [0, 1), got {getattr(self, name)}")
        for name, known in (("optimiser", Optimiser), ("schedule", Schedule), ("augment", Augmentation)):
            if getattr(self, name) not in get_args(known):
                raise InputError(f"{name}: expected {' or '.join(get_args(known))}, got {getattr(self, name)!r}")

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Learning rate of step 0, 1, …, steps − 1.

        Examples
        --------
        >>> recipe = Recipe(epochs=1, learning_rate=1.0, schedule="warmup_cosine", warm_up=0.5)
        >>> [round(recipe.learning_rate_at(step, 8), 2) for step in range(8)]
        [0.2, 0.4, 0.6, 0.8, 1.0, 0.85, 0.5, 0.15]
        """
        if self.schedule == "constant":
            return self.learning_rate
        rising = self.warm_up * steps
        if step < rising:
            return self.learning_rate * (step + 1) / (rising + 1)
        return self.learning_rate * (1 + math.cos(math.pi * (step - rising) / (steps - rising))) / 2
