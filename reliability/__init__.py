"""How far the software can be trusted: each module is a question; `python -m reliability NAME` measures the answer."""
