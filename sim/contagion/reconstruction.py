"""Networks from margins: who lends to whom when only totals are known.

`assets[i]` is all that i is owed within the network, `liabilities[j]` all that j owes within it; both add up to the
same sum. Results are exposures: [i, j] is what i is owed by j. Three answers to the same question: as spread out as
possible (`maximum_entropy`), as few links as possible (`minimum_density`), or links by chance in proportion to size
(`fitness`).
"""

from __future__ import annotations

from sim.contagion.fitness import Fitness, fitness
from sim.contagion.margins import maximum_entropy
from sim.contagion.minimum_density import minimum_density

__all__ = ["Fitness", "fitness", "maximum_entropy", "minimum_density"]
