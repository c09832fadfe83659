"""Appendix C.5: settings of the density behind U_density, what each detects, and what choosing by OOD data flatters."""

from experiments.density_search.search import PRESETS, Config, run
from experiments.density_search.shown import drawings, table

__all__ = ["PRESETS", "Config", "drawings", "run", "table"]
