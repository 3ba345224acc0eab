"""Fire sales: losses that travel through prices, since many hold the same assets.

Three models, one file each: banks that return to their leverage after a loss (`leverage_targeting`), banks that sell
just enough to meet a cap, all at once (`equilibrium`), and banks that sell in rounds once a threshold is crossed
(`threshold`). Loans and other assets without a market are never sold.
"""

from __future__ import annotations

from sim.contagion.deleveraging import threshold
from sim.contagion.leverage_targeting import LeverageTargeting, leverage_targeting
from sim.contagion.sale_equilibrium import FireSale, equilibrium

__all__ = ["FireSale", "LeverageTargeting", "equilibrium", "leverage_targeting", "threshold"]
