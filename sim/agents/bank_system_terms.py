"""The banking system as a law: groups of banks, their sizes by rank, and totals by year from the facts.

Assets of a bank of rank r among the n of its group: group assets x r^-z / sum over s of s^-z (a truncated Zipf law).
Totals lie between year-end figures: ratios linearly, assets at a constant growth rate; before and after the figures
assets grow at their mean rate and ratios stay.
"""

from __future__ import annotations

import datetime
import math
from itertools import pairwise
from statistics import NormalDist
from typing import Annotated

from pydantic import Field, model_validator

from sim.agents.bank_terms import REST, BankBalanceTerms, BankConductTerms
from sim.agents.terms import BankTerms
from sim.credit.terms import Ppm, Terms, term
from sim.ledger import largest_remainder

GOLDEN = (math.sqrt(5) - 1) / 2
GRID_FEN = 10**11
"""Assets are rounded to a billion yuan, so that the last bits of a power cannot matter."""

Offset = Annotated[int, Field(ge=-100_000, le=100_000)]
Y = datetime.date
FIRST_DAY = Y(2010, 1, 1)


class BankGroupTerms(Terms):
    """One size group."""

    count: int = term(..., "Banks in the group.", unit="banks", source="scenario", ge=1, le=500)
    share_ppm: Ppm = term(..., "Its share of all banking assets.", unit="ppm", source="scenario")
    zipf: float = term(
        0.5, "Exponent z of the rank-size law; 0 for equal banks.", unit="exponent", source="assumption", span=[0.2, 1.2], ge=0, le=5,
    )  # fmt: skip
    capital_offset_ppm: Offset = term(
        0, "Capital ratios over the system's.", unit="ppm", source="assumption", span=[-30_000, 20_000]
    )
    npl_offset_ppm: Offset = term(
        0, "Non-performing share over the system's.", unit="ppm", source="assumption", span=[-10_000, 20_000]
    )
    npl_spread: float = term(
        0.2, "Log standard deviation of the non-performing share among banks of the group.", unit="log points",
        source="assumption: clienteles differ by region and trade, those of small banks most", span=[0.0, 0.6], ge=0, le=1.5,
    )  # fmt: skip
    interbank_lent_ppm: Ppm = term(
        60_000, "Lent to other banks, of assets.", unit="ppm", source="assumption", span=[20_000, 150_000]
    )
    interbank_borrowed_ppm: Ppm = term(
        60_000, "Borrowed from other banks, of assets.", unit="ppm", source="assumption", span=[20_000, 200_000]
    )
    minimum_ppm: Ppm = term(105_000, "Minimum capital ratio.", unit="ppm", source="RUL16")
    joint_appetite_ppm: Ppm = term(
        0, "Appetite for joint loans relative to the conduct's.", unit="ppm", source="assumption", span=[0, 1_000_000]
    )


class BankSystemTerms(Terms):
    """Who the banks are and what all of them hold together."""

    large: BankGroupTerms = term(
        BankGroupTerms(
            count=6, share_ppm=400_000, zipf=0.4, capital_offset_ppm=8_000, npl_offset_ppm=-3_000, npl_spread=0.1,
            interbank_lent_ppm=70_000, interbank_borrowed_ppm=35_000, minimum_ppm=115_000, joint_appetite_ppm=20_000,
        ),
        "Large banks.", unit="block", source="see fields",
    )  # fmt: skip
    joint_stock: BankGroupTerms = term(
        BankGroupTerms(
            count=12, share_ppm=180_000, zipf=0.6, capital_offset_ppm=-10_000, npl_offset_ppm=0,
            interbank_lent_ppm=50_000, interbank_borrowed_ppm=110_000, joint_appetite_ppm=200_000,
        ),
        "Joint-stock banks.", unit="block", source="see fields",
    )  # fmt: skip
    regional: BankGroupTerms = term(
        BankGroupTerms(
            count=12, share_ppm=50_000, zipf=0.8, capital_offset_ppm=-16_000, npl_offset_ppm=5_000, npl_spread=0.35,
            interbank_lent_ppm=50_000, interbank_borrowed_ppm=100_000, joint_appetite_ppm=1_000_000,
        ),
        "City and regional banks, partners of joint loans.", unit="block", source="see fields",
    )  # fmt: skip
    assets_fen: dict[datetime.date, int] = term(
        {Y(2020, 12, 31): 31_970_000_000_000_000, Y(2021, 12, 31): 34_480_000_000_000_000, Y(2023, 12, 31): 41_730_000_000_000_000},
        "Banking assets at dates.", unit="fen", source="BKS08",
    )  # fmt: skip
    capital_ppm: dict[datetime.date, Ppm] = term(
        {
            Y(2014, 3, 31): 121_300, Y(2015, 12, 31): 134_500, Y(2016, 12, 31): 132_800, Y(2017, 12, 31): 136_500,
            Y(2018, 12, 31): 142_000, Y(2019, 12, 31): 146_400, Y(2020, 12, 31): 147_000, Y(2021, 12, 31): 151_300,
            Y(2022, 12, 31): 151_700, Y(2023, 3, 31): 148_600, Y(2023, 12, 31): 150_600,
        },
        "Capital ratio (CAR) of all banks at dates.", unit="ppm", source="BKS01, BKS03 (low confidence 2015-2019)",
    )  # fmt: skip
    tier1_ppm: dict[datetime.date, Ppm] = term(
        {Y(2014, 3, 31): 100_400, Y(2020, 12, 31): 120_400, Y(2023, 3, 31): 119_900},
        "Tier-1 ratio of all banks at dates.", unit="ppm", source="BKS01",
    )  # fmt: skip
    cet1_ppm: dict[datetime.date, Ppm] = term(
        {Y(2014, 3, 31): 100_400, Y(2020, 12, 31): 107_200, Y(2023, 3, 31): 105_000},
        "CET1 ratio of all banks at dates.", unit="ppm", source="BKS01",
    )  # fmt: skip
    npl_ppm: dict[datetime.date, Ppm] = term(
        {
            Y(2014, 3, 31): 10_400, Y(2015, 12, 31): 16_700, Y(2016, 12, 31): 17_400, Y(2017, 12, 31): 17_400,
            Y(2018, 12, 31): 18_300, Y(2019, 12, 31): 18_600, Y(2020, 12, 31): 18_400, Y(2021, 12, 31): 17_300,
            Y(2022, 12, 31): 16_300, Y(2023, 12, 31): 15_900,
        },
        "Non-performing share of all banks' loans at dates.", unit="ppm", source="BKS01, BKS02, BKS03",
    )  # fmt: skip
    coverage_ppm: int = term(
        2_052_400, "Allowance over non-performing loans at the start.", unit="ppm", source="BKS04 (205.24 % in 2023Q1), for all years", span=[1_500_000, 2_500_000], ge=0, le=10_000_000,
    )  # fmt: skip
    phase_in_ppm: dict[datetime.date, Ppm] = term(
        {
            Y(2010, 1, 1): 25_000, Y(2013, 1, 1): 20_000, Y(2014, 12, 31): 16_000, Y(2015, 12, 31): 12_000,
            Y(2016, 12, 31): 8_000, Y(2017, 12, 31): 4_000, Y(2018, 12, 31): 0,
        },
        "Part of the minimum ratios not yet in force, from each date: a buffer of 2.5 % is built up in steps.", unit="ppm",
        source="RUL16 (in force in full at the end of 2018); the steps before are an assumption: 0.5, then 0.4 a year",
        span=[0, 30_000],
    )  # fmt: skip
    segregation: bool = term(
        True, "Whether deals' accounts kept at these banks stand apart from the estate of one that fails.",
        unit="yes or no", source="LVR17 (isolation) as practised; false is a counterfactual",
    )  # fmt: skip
    conduct: BankConductTerms = term(BankConductTerms(), "How banks earn and lend.", unit="block", source="see fields")

    @model_validator(mode="after")
    def _shares(self) -> BankSystemTerms:
        named = sum(group.share_ppm for group in self.groups().values())
        if named >= 1_000_000:
            raise ValueError(f"the groups hold {named} ppm of all assets; leave some to the rest of the system")
        for name in ("assets_fen", "capital_ppm", "tier1_ppm", "cet1_ppm", "npl_ppm"):
            if not getattr(self, name):
                raise ValueError(f"{name} has no date; give at least one")
        return self

    def groups(self) -> dict[str, BankGroupTerms]:
        """The named groups, largest banks first."""
        return {"large": self.large, "joint_stock": self.joint_stock, "regional": self.regional}

    def names(self) -> list[str]:
        """Names of all banks: group and rank, then the rest of the system."""
        return [f"{g}_{rank}" for g, terms in self.groups().items() for rank in range(1, terms.count + 1)] + [REST]

    def assets_on(self, when: datetime.date) -> int:
        """Banking assets on a day, fen."""
        return grown(self.assets_fen, when)

    def banks(self, when: datetime.date) -> dict[str, BankTerms]:
        """Every bank's terms at the start of a scenario, the rest of the system last.

        The rest's ratios are such that the totals, weighted by assets, are the facts'.
        """
        total = self.assets_on(when)
        found: dict[str, BankTerms] = {}
        for group, terms in self.groups().items():
            sizes = rank_sizes(total * terms.share_ppm // 1_000_000, terms.count, terms.zipf)
            relative = clienteles(sizes, terms.npl_spread)
            for rank, (assets, own) in enumerate(zip(sizes, relative, strict=True), start=1):
                title = f"{group.replace('_', '-')} bank {rank}"
                found[f"{group}_{rank}"] = self._bank(title, group, assets, terms, when, own, assets / total)
        rest = self._rest_group()
        assets = total - sum(bank.balance.assets_fen for bank in found.values() if bank.balance)
        usual = self.conduct.usual_share_ppm / 1_000_000
        found[REST] = self._bank("rest of the banking system", "rest", assets, rest, when, 1.0, usual)
        return found

    def _rest_group(self) -> BankGroupTerms:
        groups = self.groups().values()
        share = 1_000_000 - sum(g.share_ppm for g in groups)
        return BankGroupTerms(
            count=1,
            share_ppm=share,
            capital_offset_ppm=-sum(g.share_ppm * g.capital_offset_ppm for g in groups) // share,
            npl_offset_ppm=-sum(g.share_ppm * g.npl_offset_ppm for g in groups) // share,
            joint_appetite_ppm=0,
        )

    def _bank(
        self, title: str, group: str, assets: int, terms: BankGroupTerms, when: datetime.date, own: float, share: float
    ) -> BankTerms:
        """A bank's terms; `own`: its non-performing share over its group's; `share`: its part of all banking assets."""
        system = between(self.npl_ppm, when)
        npl = round(max(0, system + terms.npl_offset_ppm) * own)
        ratios = {
            name: between(getattr(self, name), when) + terms.capital_offset_ppm
            for name in ("cet1_ppm", "tier1_ppm", "capital_ppm")
        }
        balance = BankBalanceTerms(
            group=group, assets_fen=assets, **ratios, minimum_ppm=terms.minimum_ppm,  # type: ignore[arg-type]
            phase_in_ppm=self.phase_in_ppm,
            npl_ppm=npl, clientele_ppm=npl * 1_000_000 // max(1, system), coverage_ppm=self.coverage_ppm,
            system_share_ppm=max(1, round(share * 1_000_000)),
            interbank_lent_ppm=terms.interbank_lent_ppm, interbank_borrowed_ppm=terms.interbank_borrowed_ppm,
            joint_appetite_ppm=terms.joint_appetite_ppm, growth_ppm=growth_rates(self.assets_fen), conduct=self.conduct,
        )  # fmt: skip
        return BankTerms(title=title.capitalize(), capital_fen=0, segregation=self.segregation, balance=balance)


def rank_sizes(total_fen: int, count: int, zipf: float) -> list[int]:
    """`total_fen` by rank: proportional to rank^-zipf, largest first, adding up exactly."""
    return largest_remainder(total_fen, [round(10**6 * rank**-zipf) for rank in range(1, count + 1)])


def clienteles(sizes: list[int], spread: float) -> list[float]:
    """Non-performing shares of a group's banks over the group's, by rank: lognormal quantiles that have nothing to do
    with size (the multiples of the golden ratio, modulo 1, fill the unit interval evenly), their mean by assets 1.

    >>> clienteles([300, 200, 100], 0.0)
    [1.0, 1.0, 1.0]
    """
    places = [(0.5 + rank * GOLDEN) % 1 for rank in range(1, len(sizes) + 1)]
    drawn = [math.exp(spread * NormalDist().inv_cdf(place)) for place in places]
    mean = sum(size * each for size, each in zip(sizes, drawn, strict=True)) / sum(sizes)
    return [round(each / mean, 6) for each in drawn]


def between(points: dict[datetime.date, int], when: datetime.date) -> int:
    """A ratio on a day: linear between dated figures, the nearest figure outside them."""
    dates = sorted(points)
    if when <= dates[0]:
        return points[dates[0]]
    for before, after in pairwise(dates):
        if when <= after:
            gone, span = (when - before).days, (after - before).days
            return points[before] + (points[after] - points[before]) * gone // span
    return points[dates[-1]]


def grown(points: dict[datetime.date, int], when: datetime.date) -> int:
    """An amount on a day: constant growth between dated figures and, outside them, their mean growth; a figure alone
    stays."""
    dates = sorted(points)
    inside = [(a, b) for a, b in pairwise(dates) if a <= when <= b]
    first, last = inside[0] if inside else (dates[0], dates[-1])
    base = first if inside or when < first else last
    if first == last:
        return points[first]
    rate = math.log(points[last] / points[first]) / (last - first).days
    return GRID_FEN * round(points[base] * math.exp(rate * (when - base).days) / GRID_FEN)


def growth_rates(points: dict[datetime.date, int]) -> dict[datetime.date, int]:
    """Yearly growth of an amount from each date on, ppm: that between dated figures, and their mean before and after."""
    dates = sorted(points)
    if len(dates) == 1:
        return {FIRST_DAY: 0}

    def yearly(first: datetime.date, last: datetime.date) -> int:
        years = (last - first).days / 365.25
        return 100 * round(10_000 * math.expm1(math.log(points[last] / points[first]) / years))

    steps = {a: yearly(a, b) for a, b in pairwise(dates)}
    mean = yearly(dates[0], dates[-1])
    return {FIRST_DAY: mean, **steps, dates[-1]: mean}
