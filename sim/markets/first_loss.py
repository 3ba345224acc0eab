"""What it costs a seller to bear the first losses of loans it sold: money for what it holds, equity behind the risk.

Who sells loans and keeps their first losses keeps nearly all of their risk, whether he holds the class that bears them
or has promised a guarantor to pay back what that pays. So he needs the equity he would keep behind the loans
themselves, but no more than he can lose: the rule of banks for low-level recourse (60 FR 15858 of 1995-03-28).
"""

from __future__ import annotations

from typing import NamedTuple

PPM = 1_000_000


class FirstLoss(NamedTuple):
    """Costs of a seller, ppm a year, and equity it keeps behind loans."""

    money_ppm: int
    """Cost of what is borrowed."""
    beyond_ppm: int
    """What shareholders ask beyond that."""
    behind_ppm: int
    """Equity behind loans, of them; all of a first loss where a rule asks for that."""

    def cost_ppm(self, *, held_ppm: int, owed_ppm: int = 0) -> int:
        """Cost a year of bearing the first losses of a pool, of the pool: what is held of them is paid for, what is
        owed back to others only stood behind.

        >>> seller = FirstLoss(money_ppm=50_000, beyond_ppm=50_000, behind_ppm=100_000)
        >>> seller.cost_ppm(held_ppm=80_000), seller.cost_ppm(held_ppm=50_000, owed_ppm=30_000)
        (8000, 6500)
        >>> seller.cost_ppm(held_ppm=200_000)  # no more than the loans themselves would need
        15000
        """
        equity = min(held_ppm + owed_ppm, self.behind_ppm)
        return (held_ppm * self.money_ppm + equity * self.beyond_ppm) // PPM

    def yuan_ppm(self, class_ppm: int) -> int:
        """Cost a year of a yuan in a class that takes the first losses of so much of its pool."""
        return self.cost_ppm(held_ppm=class_ppm) * PPM // class_ppm if class_ppm else self.money_ppm
