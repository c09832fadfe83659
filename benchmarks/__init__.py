"""Benchmarks shaped as claims: ratios against a named alternative, measured alternately in one process."""
