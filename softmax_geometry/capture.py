"""Features, logits and labels out of a torch classifier, with proof that the logits are W z + b."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from softmax_geometry.checks import Array, InputError
from softmax_geometry.devices import as_device
from softmax_geometry.features import Features
from softmax_geometry.head import Head
from softmax_geometry.tensor_files import import_torch

if TYPE_CHECKING:
    from torch import Tensor, nn

_TOLERANCE = 1e-5  # of Σ |W_ij z_j| + |b_i|: far above float32 rounding, far below any other layer's effect


@dataclass(frozen=True, eq=False)
class Captured:
    """What a classifier computed: z (N, H), logits (N, K), labels (N,) or None, and its head."""

    z: Array
    logits: Array
    labels: Any
    head: Head

    @property
    def features(self) -> Features:
        """The features with their labels."""
        return Features(self.z, self.labels)


def capture(
    model: nn.Module,
    loader: Iterable[Any],
    head: nn.Module | str | None = None,
    device: Any = None,
    limit: int | None = None,
    progress: bool = False,
) -> Captured:
    """Run a classifier over batches and keep what its last linear layer takes in and gives out.

    The model runs in evaluation mode without gradients and is left as it was, except that it is moved to
    `device` when one is given.

    Parameters
    ----------
    model : torch module
        Maps a batch x to logits (N, K), or to an object that holds them as `.logits`.
    loader : iterable
        Batches x or pairs (x, y); a `DataLoader` or a list, say.
    head : module or name, optional
        The `torch.nn.Linear` that gives the logits, as a module or by its dotted name; the last one of the
        model when left out.
    device : optional
        Where to run; where the model is when left out.
    limit : int, optional
        Stop after this many inputs.
    progress : bool
        Show a progress bar on stderr.

    Raises
    ------
    InputError
        If there is no such linear layer, it takes anything but vectors, it does not run exactly once for each
        batch, the model's output is not W z + b of it, or the batches are unusable or absent.

    Examples
    --------
    >>> import torch
    >>> model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))
    >>> captured = capture(model, [(torch.ones(5, 4), torch.zeros(5))])
    >>> captured.features, captured.head
    (Features(N=5, H=3, labelled), Head(K=2, H=3))
    """
    torch = import_torch()
    if not isinstance(model, torch.nn.Module):
        raise InputError(f"model: expected a torch module, got {type(model).__name__}")
    if limit is not None and limit < 1:
        raise InputError(f"limit: expected at least 1 input, got {limit}")
    if device is not None:
        model.to(as_device(device))
    name, linear = _linear(model, head)
    read = Head(_to_numpy(linear.weight), None if linear.bias is None else _to_numpy(linear.bias))
    all_z, all_logits, all_labels, seen = [], [], [], 0
    with _evaluation(model), torch.no_grad(), _inputs_of(linear) as inputs:
        for batch in _with_progress(loader, progress):
            x, y = _split(batch)
            inputs.clear()
            output = model(x.to(linear.weight.device))
            if len(inputs) != 1:
                raise InputError(f"head: expected {name} to run once for each batch, it ran {len(inputs)} times")
            z, logits = _checked(name, read, inputs[0], getattr(output, "logits", output))
            keep = len(z) if limit is None else min(len(z), limit - seen)
            all_z.append(z[:keep])
            all_logits.append(logits[:keep])
            if y is not None:
                all_labels.append(y[:keep].cpu().numpy())
            seen += keep
            if seen == limit:
                break
    if not all_z:
        raise InputError("loader: expected at least one batch, got none")
    if len(all_labels) not in (0, len(all_z)):
        raise InputError(f"loader: expected labels in all batches or none, got {len(all_labels)} of {len(all_z)}")
    features = Features(np.concatenate(all_z), np.concatenate(all_labels) if all_labels else None)
    return Captured(features.z, np.concatenate(all_logits), features.labels, read)


def _linear(model: nn.Module, head: nn.Module | str | None) -> tuple[str, nn.Linear]:
    """The linear layer meant by `head`, and its name in messages."""
    from torch import nn

    named = dict(model.named_modules())
    linear = [name for name, module in named.items() if isinstance(module, nn.Linear)]
    if head is None:
        if not linear:
            raise InputError("model: expected a torch.nn.Linear in it, got none")
        found = linear[-1]
    elif isinstance(head, str):
        found = head
    else:
        found = next((name for name, module in named.items() if module is head), type(head).__name__)
    module = named.get(found)
    if not isinstance(module, nn.Linear):
        shown = ", ".join(linear) or "none"
        raise InputError(f"head: expected one of the model's linear layers ({shown}), got {found!r}")
    return found or "the model", module


@contextmanager
def _evaluation(model: nn.Module) -> Iterator[None]:
    """Evaluation mode; afterwards each module is back in its own mode."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def _inputs_of(linear: nn.Linear) -> Iterator[list[Tensor]]:
    """A list that receives what the layer takes in, as long as the context lasts."""
    inputs: list[Tensor] = []

    def keep(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        inputs.append(args[0] if args else kwargs["input"])

    handle = linear.register_forward_pre_hook(keep, with_kwargs=True)
    try:
        yield inputs
    finally:
        handle.remove()


def _with_progress(loader: Iterable[Any], progress: bool) -> Iterable[Any]:
    if not progress:
        return loader
    from tqdm import tqdm

    return tqdm(loader, desc="capture", unit="batch")


def _split(batch: Any) -> tuple[Tensor, Tensor | None]:
    """Inputs and labels of a batch x or (x, y)."""
    import torch

    parts = batch if isinstance(batch, (tuple, list)) else (batch,)
    try:
        tensors = [torch.as_tensor(part) for part in parts]
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"loader: expected batches x or (x, y) of tensors, got {type(batch).__name__}") from error
    if len(tensors) not in (1, 2):
        raise InputError(f"loader: expected batches x or (x, y), got {len(tensors)} parts")
    x, y = tensors[0], tensors[1] if len(tensors) == 2 else None
    if y is not None and y.shape != x.shape[:1]:
        raise InputError(f"loader: expected one label for each of {len(x)} inputs, got shape {tuple(y.shape)}")
    return x, y


def _checked(name: str, head: Head, z: Tensor, logits: Any) -> tuple[Array, Array]:
    """Features and logits as arrays; refused unless the logits are W z + b up to rounding."""
    import torch

    if not isinstance(logits, torch.Tensor) or not logits.is_floating_point():
        raise InputError(f"model: expected a floating tensor of logits as output, got {type(logits).__name__}")
    if z.ndim != 2:
        raise InputError(f"head: expected {name} to take vectors (N, H), got shape {tuple(z.shape)}")
    if logits.shape != (len(z), head.K):
        shape = tuple(logits.shape)
        raise InputError(f"model: expected as output the logits {(len(z), head.K)} of {name}, got shape {shape}")
    tolerance = max(_TOLERANCE, 4 * torch.finfo(logits.dtype).eps)
    z_array, got = _to_numpy(z), _to_numpy(logits)
    expected = head.logits(z_array)
    scale = np.abs(z_array) @ np.abs(head.weight).T + np.abs(head.bias)
    excess = np.abs(got - expected) - tolerance * scale
    if not excess.max() <= 0:
        worst = np.unravel_index(excess.argmax(), excess.shape)
        raise InputError(
            f"model: expected its output to be W z + b of {name}, got {got[worst]:.6g} where W z + b is "
            f"{expected[worst]:.6g}"
        )
    return z_array, got


def _to_numpy(tensor: Tensor) -> Array:
    """The tensor as a numpy array of float32 or float64."""
    tensor = tensor.detach().cpu()
    return (tensor.float() if tensor.itemsize < 4 else tensor).numpy().copy()
