"""Runs of experiments: what goes in, what comes out, where it is kept, and who does the work."""

from experiments.running.records import Given, Outcome, Record, records
from experiments.running.summary import mean_and_se, of_each_config, text_table
from experiments.running.sweep import sweep
from experiments.running.workers import Workers, here, workers_at

__all__ = [
    "Given",
    "Outcome",
    "Record",
    "Workers",
    "here",
    "mean_and_se",
    "of_each_config",
    "records",
    "sweep",
    "text_table",
    "workers_at",
]
