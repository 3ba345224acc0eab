"""Measures of systemic risk: from equity paths, from payments, and from the network's leverage."""

from __future__ import annotations

from sim.contagion.market_measures import delta_covar, lrmes, mes, quantile_regression, srisk
from sim.contagion.sinkrank import sinkrank, spectral_radius

__all__ = ["delta_covar", "lrmes", "mes", "quantile_regression", "sinkrank", "spectral_radius", "srisk"]
