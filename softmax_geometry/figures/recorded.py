"""Entries on what trained networks do: the paper's empirical figures, from recorded runs."""

from __future__ import annotations

from matplotlib.figure import Figure

from softmax_geometry.features import Features
from softmax_geometry.figures import benchmarks, bundled_example
from softmax_geometry.figures.benchmarks import REDUCED
from softmax_geometry.figures.bundle import recorded_entry
from softmax_geometry.figures.bundled_example import own_norms
from softmax_geometry.figures.entry import Entry
from softmax_geometry.head import Head
from softmax_geometry.plots.decision_structure import head_counts, head_histograms

SIX_EPOCHS = "4,000 training images and 6 epochs in place of 18,000 and 40, not the paper's protocol"


def _own_structure(head: Head, train: Features | None, epsilon: float) -> Figure:
    return head_histograms({f"this head\nK = {head.K}": head_counts(head)})


ENTRIES: tuple[Entry, ...] = (
    recorded_entry(
        "figure-1a",
        "Figure 1a: far from its training data a small network is confident",
        "The softmax entropy of a small ReLU network over its two-dimensional input, on a log scale: bright is "
        "uncertain, dark is confident. It is uncertain only in strips along the decision boundaries, which are the "
        "valid out-of-distribution (OOD) region; nearly every direction away from the three training clusters leads "
        "into the dark. The paper is right here.",
        "the paper's network and 50 epochs; it does not print its data, and the clusters are ours; seed 0 is drawn",
        ("Definition 1", "Section 5.2, magnified inputs", "Theorem 7.6"),
    ),
    recorded_entry(
        "figure-4",
        "Figure 4: norms, biases and angles of trained heads",
        "A row for each trained head, a column for each quantity of its weights. In the optimal structure all norms "
        "are equal, biases are 0, and all cosines are −1/(K−1), the dashed line. Norms and cosines of single weights "
        "change with the gauge, so the cosines of wᵢ − w̄, in grey, stand beside those of the weights as stored; "
        "centred, two classes are optimal whatever their weights. With 1000 classes the cosines are near 0 as in a "
        "random head, so that their agreement with −1/(K−1) says little.",
        "LeNets on 10,000 images, a ResNet18 of a quarter of the width for 4 epochs, and the Lite variant of "
        "EfficientNet-B0, not the paper's protocol; seed 0 is drawn",
        ("Definition 2", "Gauge", "Theorem 3"),
        _own_structure,
    ),
    recorded_entry(
        "figure-5",
        "Figure 5: what heads frozen in other structures cost",
        "The head of a LeNet on three digits is trained, or frozen in one of five structures; Fashion-MNIST is OOD. "
        "The paper says that all reach about the same accuracy, and that only the trainable and the optimal head "
        "detect OOD data well. In our runs the stack detects worse than the optimal head, but the sandwich and the "
        "unequal head do as well as it does, and of the bunched one three seeds do not tell.",
        "the paper's network and epochs with 3,000 OOD images; scale, plane, biases and the stack's schedule are ours",
        ("Theorem 3", "Corollary 5.1"),
    ),
    recorded_entry(
        "figure-6",
        "Figure 6: what features test digits and OOD images activate",
        "Each row is an image, each column one of 64 neurons of the last hidden layer. Images of one digit share a "
        "pattern; OOD images (Fashion-MNIST, below, by the digit they are taken for) activate the same neurons more "
        "weakly and in other combinations, so that ‖z‖ and max cos are lower. The paper is right here.",
        f"{SIX_EPOCHS}; seed 0 is drawn",
    ),
    recorded_entry(
        "figure-7",
        "Figure 7: the random inputs that a network is surest of",
        "Of random 9×9 binary inputs the most confident ones of each class, in orange, beside digits, in blue. They "
        "are noisy but somewhat like digits, and their mean hints at the digit. The faded last row and column do not "
        "reach the network's logits. The paper judges by eye; the figure `bombardment` measures it.",
        "2^24 inputs in place of 2^27; seed 0 is drawn",
    ),
    recorded_entry(
        "figure-13",
        "Figure 13: the features that each structure of the head leads to",
        "For each structure of figure 5 the plane that its centred weights span, with test digits, OOD images and the "
        "valid region of U_max. The paper shows principal components; in this plane the logits are exact, so a point "
        "is drawn inside the region if and only if it is inside. In the stack all weights lie on one line, and about "
        "half of the OOD images fall on it outside the region.",
        "as for figure 5; seed 0 is drawn",
        ("Definition 1", "Definition 2", "Corollary 5.1"),
    ),
    recorded_entry(
        "figure-15",
        "Figure 15: norms and angles of training and OOD features",
        "A row for each training set, grey for its features and orange for those of the other four sets. The paper "
        "says that ‖z‖ and the largest cosine fall for OOD data. So they do on average over the sets; for Tiny "
        "ImageNet, which the network hardly learnt, neither falls.",
        f"{REDUCED}; seed 0 is drawn",
        ("Equation 6", "Proposition 4"),
        own_norms,
    ),
    recorded_entry(
        "figure-16",
        "Figure 16: the features that digits activate in a network trained on clothes",
        "As figure 6, for a LeNet trained on T-shirts, trousers and ankle boots; MNIST is OOD. The paper says that "
        "digits are mapped to ankle boots with confidence. In our runs they are not: more of them are taken with "
        "confidence for T-shirts and trousers, and detection is worse with bags in place of ankle boots.",
        f"{SIX_EPOCHS}; which classes stand beside ankle boots is our choice; seed 0 is drawn",
        ("Section 6, cause 3",),
    ),
    recorded_entry(
        "figure-17",
        "Figure 17: accuracy and detection against depth",
        "Test accuracy and AUROC of networks of one to four blocks, mean ± standard error over seeds. The paper says "
        "that detection improves with depth while accuracy hardly does. Our short trainings do not show it: all "
        "slopes of AUROC are within two standard errors of 0, and the deepest networks are the least accurate.",
        "4,000 images and 2 epochs in place of 60,000 and 12, not the paper's protocol",
    ),
    recorded_entry(
        "bombardment",
        "How like digits the most confident random inputs are",
        "Above, how sure a network is of digits and of random inputs; below, in how many pixels an input differs from "
        "the nearest training digit of the class that it is taken for. The most confident random inputs are nearer "
        "to digits than other random inputs or the same ink shuffled, yet far from being digits; a second network "
        "nearly always names the same class.",
        "2^24 inputs in place of 2^27; seed 0 is drawn",
    ),
    *bundled_example.ENTRIES,
    *benchmarks.ENTRIES,
)
