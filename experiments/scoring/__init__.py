"""OOD scores of captured features, and all that is measured with them. Higher always means more OOD."""

from experiments.scoring.ensembles import averaged_logits, ensemble_pairs, ensemble_scores, mc_dropout_logits
from experiments.scoring.kernel_density import KernelDensity, scott
from experiments.scoring.metrics import causes, ood_metrics
from experiments.scoring.scores import DensitySetup, Pair, Scorer, Scores, log_features, max_cosines

__all__ = [
    "DensitySetup",
    "KernelDensity",
    "Pair",
    "Scorer",
    "Scores",
    "averaged_logits",
    "causes",
    "ensemble_pairs",
    "ensemble_scores",
    "log_features",
    "max_cosines",
    "mc_dropout_logits",
    "ood_metrics",
    "scott",
]
