"""Networks trained as in the paper, a readable module for each experiment: `python -m experiments list`."""
