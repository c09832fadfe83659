"""The bundled example: a trained LeNet's head with the features in front of it; see README.md beside this."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from softmax_geometry.features import Features
from softmax_geometry.head import Head


@dataclass(frozen=True, eq=False, repr=False)
class Example:
    """A head, features of training, test and OOD images, and how they were made.

    Labels of `ood` are the ten classes of Fashion-MNIST, not those of the head.
    """

    head: Head
    train: Features
    test: Features
    ood: Features
    provenance: dict[str, Any]

    def __repr__(self) -> str:
        return f"Example({self.head!r}, train={self.train!r}, test={self.test!r}, ood={self.ood!r})"


def load_example() -> Example:
    """The LeNet of figure 1b (H = 16, K = 3), trained on the digits 0, 1, 2 of MNIST; OOD is Fashion-MNIST.

    Features are float32 and class-balanced random samples: training images that the network was trained on, test
    images of the same digits, and test images of Fashion-MNIST. They come after a ReLU, and six of the sixteen
    are zero in all of `train`, so that covariances are singular.

    Examples
    --------
    >>> example = load_example()
    >>> example.head, example.train, example.test, example.ood
    (Head(K=3, H=16), Features(N=6000, H=16, labelled), Features(N=2400, H=16, labelled),
     Features(N=2400, H=16, labelled))
    >>> round(float((example.head.logits(example.test.z).argmax(axis=1) == example.test.labels).mean()), 3)
    0.995
    """
    folder = files("softmax_geometry.example")
    with (folder / "lenet_mnist.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        head = Head(arrays["weight"], arrays["bias"])
        train, test, ood = (Features(arrays[f"z_{s}"], arrays[f"labels_{s}"]) for s in ("train", "test", "ood"))
    return Example(head, train, test, ood, json.loads((folder / "provenance.json").read_text(encoding="utf-8")))
