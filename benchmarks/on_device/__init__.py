"""Benchmarks of one device against what it could do at most: `python -m benchmarks --device cuda`."""
