"""The market as a whole: assembled from a scenario, simulated day by day."""

from sim.market.market import SecuritizationMarket

__all__ = ["SecuritizationMarket"]
