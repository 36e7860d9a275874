"""Random histories of a small district, played against this installation and held against the simulator's record.

`operations` draws them, `history` plays one, `mortal` lets workers die and be overtaken, `expected` says from the
simulator's own record what should have been scored, and `defects` are mistakes put in by hand, to see that they are
found. A history is a list of operations that prints as the code which plays it again.
"""
