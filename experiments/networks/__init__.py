"""The paper's networks. Each gives logits, as W z + b of the features z that its last linear layer takes in.

Inputs are float32 in [0, 1], channels first, except for the toy network's points of the plane.
"""

from torch import nn

from experiments.networks.bombarded import BombardedNet
from experiments.networks.efficientnet import pretrained_efficientnet
from experiments.networks.lenet import Activation, LeNet
from experiments.networks.resnet import ResNet18
from experiments.networks.toy import ToyMLP
from experiments.networks.vgg import VGG

__all__ = ["VGG", "Activation", "BombardedNet", "LeNet", "ResNet18", "ToyMLP", "head_of", "pretrained_efficientnet"]


def head_of(model: nn.Module) -> nn.Linear:
    """The network's last linear layer.

    Examples
    --------
    >>> head_of(LeNet(H=16, K=3))
    Linear(in_features=16, out_features=3, bias=True)
    """
    return [module for module in model.modules() if isinstance(module, nn.Linear)][-1]
