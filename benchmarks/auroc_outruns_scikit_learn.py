"""AUROC with its standard error and tie fraction takes at most a fifth of the time of `roc_auc_score` alone."""

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torchmetrics.functional.classification import binary_auroc

from benchmarks.machine import this_machine
from benchmarks.peers import pytorch_ood
from benchmarks.rows import Row
from benchmarks.timing import medians
from softmax_geometry import auroc

N = 10**7


def rows() -> list[Row]:
    rng = np.random.default_rng(0)
    within, out = rng.normal(size=N // 2), rng.normal(1, 1, size=N // 2)
    scores, labels = np.concatenate([within, out]), np.repeat([0, 1], N // 2)
    tensors = torch.sigmoid(torch.from_numpy(scores)), torch.from_numpy(labels)  # outside [0, 1] it takes a sigmoid
    metric = pytorch_ood("metrics.ood").AUROC
    signed = torch.from_numpy(1 - 2 * labels)  # pytorch-ood: OOD labels are negative

    def by_pytorch_ood() -> float:
        return metric().update(torch.from_numpy(scores), signed).compute()["AUROC"]

    assert abs(auroc(within, out).value - roc_auc_score(labels, scores)) < 1e-12
    ours, sort, scikit_learn, torchmetrics, peer = medians(
        lambda: auroc(within, out),
        lambda: (np.sort(within), np.sort(out)),
        lambda: roc_auc_score(labels, scores),
        lambda: binary_auroc(*tensors),
        by_pytorch_ood,
        repeats=3,
    )
    floor = ours / this_machine().seconds(moved=scores.nbytes)
    case = f"{N} scores"
    return [
        Row("roc_auc_score / auroc with error and ties", case, scikit_learn / ours, 5, at_most=False, floor=floor),
        Row("torchmetrics' AUROC / auroc with error and ties", case, torchmetrics / ours),
        Row("pytorch-ood's AUROC / auroc with error and ties", case, peer / ours),
        Row("auroc with error and ties / the two sorts it needs", case, ours / sort),
    ]
