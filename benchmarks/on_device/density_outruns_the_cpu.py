"""Fitting a mixture on a device takes at most a twentieth of the time that it takes on the device's own CPU.

Both start from features in memory and end with the parameters there, k-means and copies included. The CPU fits with
numpy, which leaves half of each triangular product out; the device multiplies whole matrices.
"""

from __future__ import annotations

import warnings
from functools import partial

import numpy as np
import torch
from sklearn.exceptions import ConvergenceWarning

from benchmarks.density_outruns_scikit_learn import RIDGE, features
from benchmarks.on_device.device import waiting_for
from benchmarks.rows import Row
from benchmarks.timing import medians
from softmax_geometry import DensityModel, Features, fit_density

N, H, K = 50_000, 512, 100
LEAST = 20


def rows(device: str) -> list[Row]:
    known, models = Features(features(np.random.default_rng(0), N, H, K)), {}

    def fit(where: str | None) -> None:
        models[where] = fit_density(known, K, reg_covar=RIDGE, rng=0, device=where)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit(device)  # its libraries load
        on_cpu, on_device = medians(
            partial(fit, None), partial(fit, device), repeats=1, warm=False, wait=waiting_for(device)
        )
    return [
        Row("fit on the CPU / on the device", case(), on_cpu / on_device, LEAST, at_most=False),
        *_scores(models[None], models[device], known, device),
    ]


def case() -> str:
    return f"N={N} H={H} K={K}"


def _scores(on_cpu: DensityModel, on_device: DensityModel, known: Features, device: str) -> list[Row]:
    z = torch.from_numpy(known.z).to(device)
    array, tensor = medians(
        lambda: on_cpu.log_density(known.z), lambda: on_cpu.log_density(z), repeats=1, wait=waiting_for(device)
    )
    apart = abs(on_cpu.log_density(known.z).mean() - float(on_device.log_density(z).mean()))
    return [
        Row("scores on the CPU / on the device", case(), array / tensor),
        Row("difference of the mean log-likelihoods", case(), apart, 1e-6, unit="nats"),
    ]
