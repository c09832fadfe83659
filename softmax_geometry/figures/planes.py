"""A user's head and features made ready for a picture in the plane."""

from __future__ import annotations

from dataclasses import dataclass

from softmax_geometry.checks import InputError
from softmax_geometry.features import ClassGaussians, Features
from softmax_geometry.head import Head
from softmax_geometry.plots.plane import fit_plane
from softmax_geometry.plots.view import View, view_of


@dataclass(frozen=True, eq=False)
class InPlane:
    """A head and its training features in two dimensions: as they are (H = 2), or on their principal plane.

    Attributes
    ----------
    head : two features; its logits on the plane are those of the full head there
    features : training features, projected onto the plane
    gaussians : the class Gaussians of `features`
    view : a square that shows all classes
    """

    head: Head
    features: Features
    gaussians: ClassGaussians
    view: View


def in_plane(head: Head, train: Features | None) -> InPlane:
    """Head and features in the plane.

    Raises
    ------
    InputError
        If features are missing, unlabelled, too few or of another width than the head, or the head has one feature.
    """
    features = needed(train)
    z = head.features(features.z, "train")
    names = ("z₁", "z₂")
    if head.H != 2:
        plane = fit_plane(z)
        head, features = plane.restrict(head), Features(plane.project(z), features.labels)
        names = ("1st component", "2nd component")
    gaussians = ClassGaussians.from_features(features, head.K)
    return InPlane(head, features, gaussians, view_of(gaussians, names))


def needed(train: Features | None) -> Features:
    """The training features.

    Raises
    ------
    InputError
        If there are none.
    """
    if train is None:
        raise InputError("train: expected training features for this figure, got none")
    return train
