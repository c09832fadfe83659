"""The theory as sympy expressions: sympy in, sympy out.

Every function is pure, names its equation or theorem, and returns an expression that `sympy.lambdify` turns
into a numpy function. Vectors are lists of scalars and `weight` is a list of K rows w_i, as in `Head`. A
symbolic number of classes uses indexed logits l[1..K] and `Sum`; matrix expressions are never differentiated.
"""
