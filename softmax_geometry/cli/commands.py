"""All commands, one of which is run."""

from __future__ import annotations

from typing import Annotated

from tyro.conf import subcommand

from softmax_geometry.cli.numbers import Claims, Diagnose, Region, Score, StructureOf
from softmax_geometry.cli.pages import Explorer, Figures, Report

Command = (
    Annotated[Report, subcommand("report")]
    | Annotated[Figures, subcommand("figures")]
    | Annotated[Explorer, subcommand("explorer")]
    | Annotated[Region, subcommand("region")]
    | Annotated[StructureOf, subcommand("structure")]
    | Annotated[Score, subcommand("score")]
    | Annotated[Diagnose, subcommand("diagnose")]
    | Annotated[Claims, subcommand("claims")]
)
