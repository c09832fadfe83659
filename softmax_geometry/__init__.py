"""What the final layer of a classifier can and cannot say about out-of-distribution (OOD) data.

>>> import softmax_geometry as sg
>>> example = sg.load_example()
>>> region = sg.valid_region(example.head, example.train, epsilon=0.05)
>>> region.widths.shape
(3, 3)

`Accuracy:` in a docstring bounds the error of what is returned, relative to the value where it says so. `eps` is 2⁻⁵²,
the distance from 1 to the next float64 (2⁻²³ in float32). `docs/reliability.md` says how the bounds are measured.
"""

from softmax_geometry.angles import envelope, meridian, safe_ordering
from softmax_geometry.auroc import AUROC, auroc
from softmax_geometry.certificates import norm_certificate, stability_radius
from softmax_geometry.checks import InputError
from softmax_geometry.density import DensityModel, U_density, fit_density
from softmax_geometry.density_regions import DensityRegion, density_region
from softmax_geometry.diagnosis import Diagnosis, diagnose
from softmax_geometry.estimators import (
    U_cool,
    U_entropy,
    U_entropy_log,
    U_max,
    U_max_log,
    log_odds_against,
    margin,
)
from softmax_geometry.example import load_example
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.gaussian_regions import Mass, gaussian_mass, gaussian_threshold, margin_mass
from softmax_geometry.head import Head
from softmax_geometry.loss import loss_bound, optimal_scale
from softmax_geometry.moments import ClassMoments
from softmax_geometry.overlap import auroc_bounds, auroc_ceiling
from softmax_geometry.regions import LinearRegion, ValidRegion, valid_region
from softmax_geometry.spheres import sphere_mass
from softmax_geometry.streams import FeatureStream
from softmax_geometry.structure import Structure, simplex, structure
from softmax_geometry.thresholds import Threshold, empirical_threshold, threshold_from_scores
from softmax_geometry.two_class import conformal_offset, separable_offset, two_class_offset

__version__ = "0.1.0"

__all__ = [
    "AUROC",
    "ClassGaussians",
    "ClassMoments",
    "DensityModel",
    "DensityRegion",
    "Diagnosis",
    "FeatureStream",
    "Features",
    "Head",
    "InputError",
    "LinearRegion",
    "Mass",
    "Structure",
    "Threshold",
    "U_cool",
    "U_density",
    "U_entropy",
    "U_entropy_log",
    "U_max",
    "U_max_log",
    "ValidRegion",
    "auroc",
    "auroc_bounds",
    "auroc_ceiling",
    "conformal_offset",
    "density_region",
    "diagnose",
    "empirical_threshold",
    "envelope",
    "fit_density",
    "gaussian_mass",
    "gaussian_threshold",
    "load_example",
    "log_odds_against",
    "loss_bound",
    "margin",
    "margin_mass",
    "meridian",
    "norm_certificate",
    "optimal_scale",
    "safe_ordering",
    "separable_offset",
    "simplex",
    "sphere_mass",
    "stability_radius",
    "structure",
    "threshold_from_scores",
    "two_class_offset",
    "valid_region",
]
