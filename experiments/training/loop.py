"""The loop: data resident on the device, batches drawn and augmented there, exact resumption from a checkpoint."""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from experiments.networks import head_of
from experiments.training.augmentation import augmented
from experiments.training.checkpoints import load_state, save_state
from experiments.training.inputs import Data, as_inputs, as_tensors, memory_order
from experiments.training.interruption import deferred_interruption
from experiments.training.recipe import Recipe
from softmax_geometry.devices import as_device

CHECKPOINT_SECONDS = 30.0
CHECK_EVERY = 50  # steps between two looks at the loss: looking makes a GPU wait

HeadWeights = Callable[[float], Tensor]


class TrainingFailed(RuntimeError):  # noqa: N818 (what happened, as in KeyboardInterrupt)
    """A training that cannot go on: its loss is not finite, or the device has too little memory."""


@contextmanager
def initial_weights_of(seed: int) -> Iterator[None]:
    """Models built in this context have the initial weights of the seed; torch's own state is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def train(
    model: nn.Module,
    data: Data,
    recipe: Recipe,
    seed: int,
    *,
    device: str = "cpu",
    trainable: Collection[nn.Module] | None = None,
    head_weights: HeadWeights | None = None,
    checkpoint: Path | None = None,
    progress: bool = False,
) -> list[float]:
    """Train in place on the mean cross-entropy; leave the model in evaluation mode on the device.

    The order of the batches, augmentation and dropout follow from seed and step alone, so a training that was
    interrupted and goes on from its checkpoint ends with the very weights of one that was not, given the same
    machine, versions and number of threads. On a GPU the forward pass runs in bfloat16.

    Parameters
    ----------
    model : torch module
        Gives logits (N, K).
    data : Images, or inputs (N, …) with labels (N,)
    recipe, seed
        What to do, and with which randomness.
    device : str
        A torch device.
    trainable : collection of modules, optional
        Only their parameters are trained and only they are in training mode; all of the model when left out.
    head_weights : function of t in [0, 1], optional
        Gives the head's weight (K, H) at each point of the training, t = 1 being its last step; the weight is
        then not trained.
    checkpoint : path, optional
        Where the state is kept: every half minute, on interruption, and at the end. An existing one is resumed.
    progress : bool
        Show a progress bar on stderr.

    Returns
    -------
    list of float
        Mean training loss of each epoch.

    Raises
    ------
    InputError
        If the device does not exist, or the checkpoint is damaged or belongs to another training.
    TrainingFailed
        If the loss is no longer finite, or the device has too little memory for the batch.
    """
    where = as_device(device)
    asked = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    try:
        pixels, labels = (tensor.to(where) for tensor in as_tensors(data))
        model.to(where)
        model.to(memory_format=memory_order(model, pixels))  # pyright: ignore[reportCallIssue]
        _freeze(model, trainable, head_weights)
        with torch.random.fork_rng(devices=[where] if where.type == "cuda" else []):
            return _Training(model, pixels, labels, recipe, seed, head_weights, checkpoint).run(progress)
    except torch.OutOfMemoryError as error:
        raise TrainingFailed(
            f"batch_size: expected one that fits into the memory of {device}, got {recipe.batch_size}; "
            f"try {max(recipe.batch_size // 2, 1)}"
        ) from error
    finally:
        for parameter, requires_grad in asked:
            parameter.requires_grad_(requires_grad)
        model.eval()


def _freeze(model: nn.Module, trainable: Collection[nn.Module] | None, head_weights: HeadWeights | None) -> None:
    if trainable is None:
        model.train()
    else:
        model.eval().requires_grad_(False)
        for module in trainable:
            module.train().requires_grad_(True)
    if head_weights is not None:
        head_of(model).weight.requires_grad_(False)


class _Training:
    """A training between its first step and its last."""

    def __init__(
        self,
        model: nn.Module,
        pixels: Tensor,
        labels: Tensor,
        recipe: Recipe,
        seed: int,
        head_weights: HeadWeights | None,
        checkpoint: Path | None,
    ) -> None:
        self.model, self.pixels, self.labels = model, pixels, labels
        self.recipe, self.seed, self.head_weights, self.checkpoint = recipe, seed, head_weights, checkpoint
        self.order = memory_order(model, pixels)
        self.steps_per_epoch = math.ceil(len(labels) / recipe.batch_size)
        self.steps = recipe.epochs * self.steps_per_epoch
        self.optimiser = _optimiser(model, recipe)
        self.generator = torch.Generator(device=pixels.device)
        self.step = 0
        self.losses: list[float] = []  # of all steps up to the last look
        self.unseen: list[Tensor] = []

    def run(self, progress: bool) -> list[float]:
        if self.checkpoint is not None and self.checkpoint.exists():
            self._resume(self.checkpoint)
        saved = time.monotonic()
        with (
            tqdm(total=self.steps, initial=self.step, desc="train", unit="batch", disable=not progress) as bar,
            deferred_interruption() as interrupted,
        ):
            for chosen in self._batches_from(self.step):
                self._take_step(chosen)
                bar.update()
                if len(self.unseen) == CHECK_EVERY or self.step == self.steps:
                    self._look_at_losses()
                if interrupted() or self.step == self.steps or time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self._save()
                    saved = time.monotonic()
                if interrupted():
                    raise KeyboardInterrupt
        by_epoch = np.array_split(np.array(self.losses), self.recipe.epochs)
        return [float(losses.mean()) for losses in by_epoch]

    def _batches_from(self, step: int) -> Iterator[Tensor]:
        """Indices of each batch that is still to come."""
        order = np.random.default_rng(self.seed)
        for epoch in range(self.recipe.epochs):
            shuffled = torch.tensor(order.permutation(len(self.labels))).to(self.labels.device)
            yield from shuffled.split(self.recipe.batch_size)[max(step - epoch * self.steps_per_epoch, 0) :]

    def _take_step(self, chosen: Tensor) -> None:
        (randomness,) = np.random.SeedSequence([self.seed, self.step]).generate_state(1, np.uint64)
        _seed_torch(int(randomness) >> 1, self.pixels.device)
        self.generator.manual_seed(int(randomness) >> 1)
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.learning_rate_at(self.step, self.steps)
        if self.head_weights is not None:
            weight = head_of(self.model).weight
            with torch.no_grad():
                weight.copy_(self.head_weights(self.step / max(self.steps - 1, 1)))
        inputs = as_inputs(augmented(self.pixels[chosen], self.recipe.augment, self.generator))
        inputs = inputs.contiguous(memory_format=self.order)
        with torch.autocast(inputs.device.type, torch.bfloat16, enabled=inputs.device.type == "cuda"):
            loss = nn.functional.cross_entropy(self.model(inputs), self.labels[chosen])
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.unseen.append(loss.detach())
        self.step += 1

    @cached_property
    def fingerprint(self) -> str:
        """A hash of recipe, seed, data, device, threads, and of which parameters of what shapes are trained."""
        parameters = [(tuple(p.shape), p.requires_grad) for p in self.model.parameters()]
        described = repr((self.recipe, self.seed, parameters, self.pixels.device.type, torch.get_num_threads()))
        content = hashlib.sha256(described.encode())
        for tensor in (self.pixels, self.labels):
            content.update(tensor.cpu().contiguous().numpy().tobytes())
        return content.hexdigest()

    def _look_at_losses(self) -> None:
        if self.unseen:
            self.losses += torch.stack(self.unseen).tolist()
            self.unseen.clear()
        if not math.isfinite(sum(self.losses)):
            step = next(step for step, loss in enumerate(self.losses) if not math.isfinite(loss))
            epoch, batch = divmod(step, self.steps_per_epoch)
            raise TrainingFailed(
                f"loss: expected a finite number, got {self.losses[step]} in epoch {epoch + 1}, batch {batch + 1} of "
                f"{self.steps_per_epoch}; try a learning rate below {self.recipe.learning_rate:g}"
            )

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        self._look_at_losses()
        state = {
            "fingerprint": self.fingerprint,
            "step": self.step,
            "losses": self.losses,
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }
        save_state(self.checkpoint, state)

    def _resume(self, checkpoint: Path) -> None:
        state = load_state(checkpoint, self.fingerprint)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.step, self.losses = state["step"], state["losses"]


def _seed_torch(seed: int, device: torch.device) -> None:
    """`torch.manual_seed`, which takes as long as a small step, only where another generator than the CPU's counts."""
    if device.type == "cpu":
        torch.default_generator.manual_seed(seed)
    else:
        torch.manual_seed(seed)


def _optimiser(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Over all parameters at once (`foreach`): the same bits as one by one, in less time; `fused` has other bits."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    common = {"lr": recipe.learning_rate, "weight_decay": recipe.weight_decay, "foreach": True}
    if recipe.optimiser == "adam":
        return torch.optim.Adam(parameters, **common)
    return torch.optim.SGD(parameters, momentum=recipe.momentum, nesterov=recipe.momentum > 0, **common)
