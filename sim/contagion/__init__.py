"""Contagion on a network of claims: pure functions on a user's own matrices, which need no simulation.

`liabilities[i, j]` is what i owes j; `exposures[i, j]`, its transpose, is what i is owed by j. One unit of money
throughout; results are float64 and carry the `names` of the nodes if the input had any.
"""
