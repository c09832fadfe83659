"""Figures, one module for each family; every function takes data and returns a matplotlib `Figure`."""

from softmax_geometry.plots.causes import causes_figure
from softmax_geometry.plots.histograms import ScorePanel, norm_and_angle, score_histograms
from softmax_geometry.plots.plane import Plane, fit_plane, pca_plane
from softmax_geometry.plots.roc import roc_figure
from softmax_geometry.plots.structure import structure_figure
from softmax_geometry.plots.style import svg
from softmax_geometry.plots.widths import widths_figure

__all__ = [
    "Plane",
    "ScorePanel",
    "causes_figure",
    "fit_plane",
    "norm_and_angle",
    "pca_plane",
    "roc_figure",
    "score_histograms",
    "structure_figure",
    "svg",
    "widths_figure",
]
