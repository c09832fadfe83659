"""Entries of the catalogue: what trained networks do, drawn from recorded runs that come with the package.

`python -m experiments bundle` writes the records' drawings, as data, into the two files beside this one.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cache, partial
from importlib.resources import files
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from softmax_geometry.checks import InputError
from softmax_geometry.example import load_example
from softmax_geometry.features import Features
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.decision_structure import head_counts, head_histograms
from softmax_geometry.plots.drawing import Drawing, unpacked
from softmax_geometry.plots.histograms import norm_and_angle
from softmax_geometry.plots.plane import fit_plane, pca_plane
from softmax_geometry.regions import valid_region

EPSILON = 0.05
FEW = 6  # verdicts, up to which a caption names each


@cache
def records() -> dict[str, Any]:
    """Of each figure: experiment, preset, seeds and files of the runs, caveats of the data, verdicts, and drawing."""
    return json.loads((files("softmax_geometry.figures") / "recorded.json").read_text(encoding="utf-8"))


def drawing(name: str) -> Drawing:
    """The figure of this name, not yet drawn.

    Examples
    --------
    >>> drawing("figure-17").func.__name__
    'depth_lines'
    """
    of = records()[name]
    path = files("softmax_geometry.figures") / "recorded.npz"
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return unpacked(of["drawing"], [arrays[f"{name}/{i}"] for i in range(of["arrays"])])


def verdicts(of: Mapping[str, Any]) -> str:
    """What the runs say of the paper's claims, as Markdown: each claim of a few, or the number of each verdict."""
    if not of["verdicts"]:
        return ""
    if len(of["verdicts"]) > FEW:
        counts = Counter(verdict for verdict, _, _ in of["verdicts"])
        found = ", ".join(f"{n} × *{verdict}*" for verdict, n in counts.most_common())
        return f"Our runs on the {len(of['verdicts'])} claims that the figure bears on: {found}."
    found = "; ".join(f"*{verdict}*: {claim} ({evidence})" for verdict, claim, evidence in of["verdicts"])
    return "Our runs on the paper's claims (mean ± standard error): " + re.sub(r"(?<![\w–])-(?=\d)", "−", found) + "."


def _draw(name: str) -> Figure:
    return drawing(name)()


def _entry(name: str, title: str, text: str, runs: str, claims: tuple[str, ...] = (), own: Any = None) -> Entry:
    """An entry with a caption of what is seen, how the runs were done, their verdicts, and caveats of the data."""
    of = records()[name]
    seeds = ", ".join(map(str, of["seeds"]))
    parts = [f"{text}", f"Recorded runs: preset `{of['preset']}`, seeds {seeds}; {runs}.", verdicts(of)]
    parts += [f"{data}: {caveat}." for data, caveat in of["caveats"].items()]
    return Entry(name, title, " ".join(filter(None, parts)), partial(_draw, name), claims, own)


def example_plane() -> Figure:
    """The bundled example, which is the set-up of figure 1b."""
    example = load_example()
    region = valid_region(example.head, example.train, EPSILON, estimator="U_entropy")
    return pca_plane(region, fit_plane(example.train.z, example.ood.z), example.test, example.ood, points=100)


def own_plane(head: Head, train: Features | None, epsilon: float) -> Figure:
    """The valid region of a head on the principal plane of its training features."""
    known = _known(train)
    region = valid_region(head, known, epsilon, estimator="U_entropy")
    return pca_plane(region, fit_plane(known.z), known, shown="train")


def example_norms() -> Figure:
    """‖z‖ and max cos of the bundled example."""
    example = load_example()
    return norm_and_angle(example.head, {"train": example.train.z, "test": example.test.z, "OOD": example.ood.z})


def own_norms(head: Head, train: Features | None, epsilon: float) -> Figure:
    """‖z‖ and max cos of a head's training features."""
    return norm_and_angle(head, {"train": _known(train).z})


def own_structure(head: Head, train: Features | None, epsilon: float) -> Figure:
    """Norms, biases and cosines of a head."""
    return head_histograms({f"this head\nK = {head.K}": head_counts(head)})


def _known(train: Features | None) -> Features:
    if train is None:
        raise InputError("train: expected training features for this figure, got none")
    return train


REDUCED = "a small network, few images and few epochs on a CPU, not the paper's protocol"
FINE_TUNED = "EfficientNet-Lite0 on parts of the data sets, not the paper's protocol with EfficientNet-B1"

ENTRIES: tuple[Entry, ...] = (
    _entry(
        "figure-1a",
        "Figure 1a: far from its training data a small network is confident",
        "The softmax entropy of a small ReLU network over its two-dimensional input, on a log scale: bright is "
        "uncertain, dark is confident. It is uncertain only in strips along the decision boundaries, which are the "
        "valid out-of-distribution (OOD) region; nearly every direction away from the three training clusters leads "
        "into the dark. The paper is right here.",
        "the paper's network and 50 epochs; it does not print its data, and the clusters are ours; seed 0 is drawn",
        ("Definition 1", "Section 5.2, magnified inputs", "Theorem 7.6"),
    ),
    Entry(
        "figure-1b",
        "Figure 1b: a LeNet maps Fashion-MNIST between its classes",
        "The plane of the first two principal components of the features of a LeNet trained on the digits 0, 1, 2; "
        "Fashion-MNIST is OOD. The shaded valid region of U_entropy holds the points more uncertain than more than "
        "95 % of the training data: most OOD points lie in it, few test digits do. The paper is right here. Points "
        "are projected onto the plane, and the region is its cut through feature space. Recorded run: the bundled "
        "example, trained as in the paper (H = 16, 2 epochs); which digits, and the optimiser, are our choice.",
        example_plane,
        ("Definition 1", "Theorem 2.7"),
        own_plane,
    ),
    _entry(
        "figure-4",
        "Figure 4: norms, biases and angles of trained heads",
        "A row for each trained head, a column for each quantity of its weights. In the optimal structure all norms "
        "are equal, biases are 0, and all cosines are −1/(K−1), the dashed line. Norms and cosines of single weights "
        "change with the gauge, so those of wᵢ − w̄, in grey, stand beside those of the weights as stored; two "
        "classes are then optimal whatever their weights. For 1000 classes the cosines are near 0 as in a random "
        "head, so that this agreement with −1/(K−1) says little.",
        "LeNets on 10,000 images, a ResNet18 of a quarter of the width for 4 epochs, and the Lite variant of "
        "EfficientNet-B0, not the paper's protocol; seed 0 is drawn",
        ("Definition 2", "Gauge", "Theorem 3"),
        own_structure,
    ),
    _entry(
        "figure-5",
        "Figure 5: what heads frozen in other structures cost",
        "The head of a LeNet on three digits is trained, or frozen in one of five structures; Fashion-MNIST is OOD. "
        "The paper says that all reach about the same accuracy, and that only the trainable and the optimal head "
        "detect OOD data well. In our runs the stack detects worse than the optimal head, but the sandwich and the "
        "unequal head do as well as it does: this part of the paper's claim does not show.",
        "the paper's network and epochs with 3,000 OOD images; scale, plane, biases and the stack's schedule are ours",
        ("Theorem 3", "Corollary 5.1"),
    ),
    _entry(
        "figure-6",
        "Figure 6: what features test digits and OOD images activate",
        "Each row is an image, each column one of 64 neurons of the last hidden layer. Images of one digit share a "
        "pattern; OOD images (Fashion-MNIST, below, by the digit they are taken for) activate the same neurons more "
        "weakly and in other combinations, so that ‖z‖ and max cos are lower. The paper is right here.",
        "4,000 training images and 6 epochs in place of 18,000 and 40, not the paper's protocol; seed 0 is drawn",
    ),
    _entry(
        "figure-7",
        "Figure 7: the random inputs that a network is surest of",
        "Of random 9×9 binary inputs the most confident ones of each class, in orange, beside digits, in blue. They "
        "are noisy but digit-like: their mean shows the digit. The faded last row and column do not reach the "
        "network's logits. The paper judges by eye; the figure `bombardment` measures it.",
        "2^24 inputs in place of 2^27; seed 0 is drawn",
    ),
    _entry(
        "figure-13",
        "Figure 13: the features that each structure of the head leads to",
        "For each structure of figure 5 the plane that its centred weights span, with test digits, OOD images and the "
        "valid region of U_max. The paper shows principal components; in this plane the logits are exact, so a point "
        "is drawn inside the region if and only if it is inside. In the stack all weights lie on one line, and OOD "
        "images fall among the middle class.",
        "as for figure 5; seed 0 is drawn",
        ("Definition 1", "Definition 2", "Corollary 5.1"),
    ),
    _entry(
        "figure-14",
        "Figure 14: AUROC for each pair of data sets",
        "How well three scores tell test images of one set (row) from images of another (column), in percent; 50 is "
        "chance. An AUROC below 50 says that OOD images look more familiar than test images. Where training went "
        "well (MNIST, Fashion-MNIST) the density detects more than softmax confidence; on the harder sets it does not.",
        f"{REDUCED}, so that the numbers are not the paper's; means over seeds",
        ("Equations 1-4", "Section 1, AUROC of 50 %"),
    ),
    _entry(
        "figure-15",
        "Figure 15: norms and angles of training and OOD features",
        "A row for each training set, grey for its features and orange for those of the other four sets. The paper "
        "says that ‖z‖ and the largest cosine fall for OOD data. So they do on average over the sets; for Tiny "
        "ImageNet, which the network hardly learnt, neither falls.",
        f"{REDUCED}; seed 0 is drawn",
        ("Equation 6", "Proposition 4"),
        own_norms,
    ),
    _entry(
        "figure-16",
        "Figure 16: the features that digits activate in a network trained on clothes",
        "As figure 6, for a LeNet trained on T-shirts, trousers and ankle boots; MNIST is OOD. The paper says that "
        "digits are mapped to ankle boots with confidence. In our runs they are not: more of them are taken for "
        "T-shirts and trousers, and with bags in place of ankle boots detection is worse, not better.",
        "4,000 training images and 6 epochs in place of 18,000 and 40, not the paper's protocol; which classes stand "
        "beside ankle boots is our choice; seed 0 is drawn",
        ("Section 6, cause 3",),
    ),
    _entry(
        "figure-17",
        "Figure 17: accuracy and detection against depth",
        "Test accuracy and AUROC of networks of one to four blocks, mean ± standard error over seeds. The paper says "
        "that detection improves with depth while accuracy hardly does. Our short trainings do not show it: the "
        "slopes are within two standard errors of 0, and the deeper networks are not trained to the end.",
        "4,000 images and 2 epochs in place of 60,000 and 12, not the paper's protocol",
    ),
    _entry(
        "causes",
        "Causes of failure, trained from scratch",
        "What U_entropy lacks to an AUROC of 100 %, split as the paper does: cause 1 is what cooler logits would "
        "gain, cause 2 what the density gains on that, cause 3 the rest. A bar to the left says that the remedy "
        "harmed. The rest is at most overlap of features, since the fitted density need not be the best score. The "
        "caption of the paper's table 1 says that cause 1 dominates; its own column and our runs say otherwise.",
        f"{REDUCED}; means over seeds",
        ("Section 6, cause 1", "Section 6, cause 2", "Section 6, cause 3", "Table 1"),
    ),
    _entry(
        "causes-fine-tuned",
        "Causes of failure, fine-tuned from ImageNet",
        "The split of the figure `causes` for networks trained on ImageNet and fine-tuned on five small sets. The "
        "paper finds that these avoid all three causes; ours do not, and what softmax confidence lacks is mostly "
        "cause 2: the density detects what it misses.",
        f"{FINE_TUNED}; means over seeds",
        ("Section 6, cause 1", "Section 6, cause 2", "Section 6, cause 3"),
    ),
    _entry(
        "table-1",
        "Table 1 as a figure: AUROC by score, trained from scratch",
        "Each line is a score, each mark a training set with the four others as OOD data, each bar ± a standard error "
        "over seeds. Scores are sorted by their mean over the sets. Which score is best depends more on the training "
        "set than the paper's table suggests.",
        f"{REDUCED}, so that the numbers are not the paper's",
        ("Equations 1-4", "Table 1", "Section 1, AUROC of 50 %"),
    ),
    _entry(
        "table-1-fine-tuned",
        "Table 1 as a figure: AUROC by score, fine-tuned from ImageNet",
        "As the figure `table-1`, for networks trained on ImageNet and fine-tuned on five small sets. The paper finds "
        "all scores near 100 %; in our runs those of the features' density come near it and those of softmax do not.",
        FINE_TUNED,
        ("Equations 1-4", "Section 1, AUROC of 50 %"),
    ),
    _entry(
        "bombardment",
        "How like digits the most confident random inputs are",
        "Above, how sure a network is of digits and of random inputs; below, in how many pixels an input differs from "
        "the nearest training digit of the class that it is taken for. The most confident random inputs are nearer "
        "to digits than other random inputs or the same ink shuffled, but far from being digits; a second network "
        "names nearly always the same class.",
        "2^24 inputs in place of 2^27; seed 0 is drawn",
    ),
    Entry(
        "norm-and-angle",
        "Norms and angles of the bundled example",
        "The norm ‖z‖ and the largest cosine between z and a centred weight, for training and test digits and for "
        "Fashion-MNIST, which is OOD. Both fall for OOD images; with the optimal structure and no bias a lower norm "
        "alone raises the uncertainty (proposition 4), a smaller largest cosine does not always.",
        example_norms,
        ("Equation 6", "Proposition 4", "Theorem 4"),
        own_norms,
    ),
)
