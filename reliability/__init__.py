"""How far the software can be trusted, measured: each module is one question, `python -m reliability NAME` its answer."""
