"""The machinery of checking: ball arithmetic, exact laws, a z3 wrapper, sampling and Monte Carlo."""
