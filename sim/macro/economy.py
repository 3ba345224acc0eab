"""The economy of a scenario: what was printed, what continues it, and what a shock makes of it, for any day.

It holds no state: every figure follows from the terms, the seed and the day, so that it can be asked for any day in any
order and a resumed run sees the same one. Figures are whole ppm; stress is in thousandths of a standard deviation.
"""

from __future__ import annotations

import datetime
from functools import cache, lru_cache, partial
from math import prod
from typing import Final, Literal, NamedTuple

from sim.calendar import day_of, month_index, month_start
from sim.draws import WORD, Clock, Subject, declare, subject_number, words
from sim.macro import observed
from sim.macro.paths import EconomyState, MacroTerms
from sim.macro.unprinted import Unprinted

PUSH = declare("macro push", Clock.MONTH, Subject.INSTITUTION, "the month's push to a series of the economy")

PPM: Final = 1_000_000
Status = Literal["observed", "simulated", "assumption"]

OBSERVED: Final = {"gdp_growth": "gdp_growth_pct", "cpi": "cpi_pct", "unemployment": "unemployment_pct"}
SCRIPTED: Final = "scenario"
SERIES: Final = ("gdp_growth", "cpi", "unemployment", "income_growth")


class Reading(NamedTuple):
    """A series on a day: value, unit, and what stands behind it."""

    series: str
    value: int
    unit: str
    status: Status
    source: str


def standard_push_milli(seed: int, series: str, month: int) -> int:
    """A push with mean 0 and variance 1, in thousandths: the sum of four keyed uniform draws, less 2, times the root of
    three (a bell within +-3.46)."""
    total = sum(words(seed, PUSH, month, subject_number(series)))
    return (total - 2 * WORD) * 1732 // WORD


LEVEL_BASE: Final = month_index(day_of(datetime.date(2019, 1, 1)))
"""Levels are 1 in this month: median income is given as of 2019 (MAC09), limits and what is bought are as of then."""

DAYS_KEPT = 64
"""Days, or days and terms, whose answers are kept: many ask for the same day, few for a day long gone."""


class Economy:
    """The economy on any day, for a scenario's terms and seed."""

    def __init__(self, terms: MacroTerms, seed: int) -> None:
        self.terms = terms
        self.seed = seed
        self._gap = cache(self._gap_of)
        self._month = cache(self._month_of)
        self._level = cache(self._level_of)
        self.state = lru_cache(DAYS_KEPT)(self._state_of)
        self.risk_free_ppm = lru_cache(DAYS_KEPT)(self._risk_free_of)
        self.unprinted = Unprinted(terms.unprinted, self.stress_milli, partial(standard_push_milli, seed))

    # -- what agents ask ---------------------------------------------------------------------------------------------

    def stress_milli(self, day: int) -> int:
        """Stress index M: weighted gaps of unemployment and income growth in standard deviations, positive bad, plus
        the scenario's steps and shocks; without the observed path, steps and shocks alone."""
        return self.state(day).stress_milli

    def policy_rate_ppm(self, day: int) -> int:
        """One-year loan rate: the benchmark to 2019-08 (PRD15), the loan prime rate after (MAC01)."""
        return self.state(day).policy_rate_ppm

    def gdp_growth_ppm(self, day: int) -> int:
        """Real growth over the year before."""
        return self.state(day).gdp_growth_ppm

    def cpi_ppm(self, day: int) -> int:
        """Inflation over the year before."""
        return self.state(day).cpi_ppm

    def unemployment_ppm(self, day: int) -> int:
        """Surveyed urban unemployment."""
        return self.state(day).unemployment_ppm

    def income_growth_ppm(self, day: int) -> int:
        """Nominal growth of disposable income per head over the year before."""
        return self.state(day).income_growth_ppm

    def income_level_ppm(self, day: int) -> int:
        """Incomes in the month of a day over those of January 2019, to whole thousandths."""
        return self._level("income_growth", month_index(day))

    def price_level_ppm(self, day: int) -> int:
        """The same of consumer prices."""
        return self._level("cpi", month_index(day))

    def levels_ppm(self, day: int) -> tuple[int, int]:
        """Both: of incomes and of prices."""
        return self.income_level_ppm(day), self.price_level_ppm(day)

    def _level_of(self, name: str, month: int) -> int:
        """Growth added up month by month. Without the observed path nothing is known of growth, and nothing grows.

        The base lies on the path without shocks, or a shock would move what was before it.
        """
        if not self.terms.observed:
            return PPM
        low, high = sorted((LEVEL_BASE, month))
        grown = prod(self._monthly(self._trend(name) + self._gap(name, k)[0]) for k in range(low + 1, high + 1))
        level = grown if month >= LEVEL_BASE else 1 / grown
        pushed = [month_index(day_of(s.since)) for s in self.terms.shocks.values() if s.kind == name]
        for k in range(min(pushed, default=month + 1), month + 1):
            calm = self._trend(name) + self._gap(name, k)[0]
            level *= self._monthly(int(getattr(self.state(month_start(k)), f"{name}_ppm"))) / self._monthly(calm)
        return round(level * 1_000) * 1_000

    @staticmethod
    def _monthly(growth_ppm: int) -> float:
        return float((1 + max(-900_000, growth_ppm) / PPM) ** (1 / 12))

    def _risk_free_of(self, day: int, months: int) -> int:
        """Risk-free yield for a term: the policy rate less a gap, plus a share of the slope between the five- and
        one-year loan rates, linear in the term to five years and flat beyond; never negative. Assumption."""
        rates = self.terms.rates
        one, five = (self._printed_rate(series, day).value for series in ("lpr_1y_pct", "lpr_5y_pct"))
        slope = (five - one) * rates.slope_share_ppm // PPM
        level = self.policy_rate_ppm(day) - rates.risk_free_gap_ppm
        return max(0, level + slope * (min(60, max(1, months)) - 12) // 48)

    def corporate_rate_ppm(self, day: int) -> int:
        """Rate of new corporate loans: the policy rate and a spread."""
        return self.policy_rate_ppm(day) + self.terms.rates.corporate_spread_ppm

    def required_reserve_ppm(self, day: int) -> int:
        """Average required reserve ratio of banks; where only large banks' is printed, a share of it."""
        weighted, rates = observed.on_day("reserve_weighted_pct", day), self.terms.rates
        if weighted is not None:
            return weighted.value + rates.reserve_shift_ppm
        large = self._printed_rate("reserve_large_pct", day).value
        return large * rates.reserve_link_ppm // PPM + rates.reserve_shift_ppm

    # -- the state of a day ------------------------------------------------------------------------------------------

    def _state_of(self, day: int) -> EconomyState:
        """Everything on a day, after shocks; a shock to unemployment or income moves the stress index too."""
        state = self._month(month_index(day), self._policy_rate(day).value)
        for shock in self.terms.shocks.values():
            state = shock(state, day)
        index = self._index_milli(state.unemployment_ppm, state.income_growth_ppm)
        return EconomyState(
            gdp_growth_ppm=state.gdp_growth_ppm,
            cpi_ppm=state.cpi_ppm,
            unemployment_ppm=state.unemployment_ppm,
            income_growth_ppm=state.income_growth_ppm,
            policy_rate_ppm=max(0, state.policy_rate_ppm),
            stress_milli=state.stress_milli + index + self.terms.stress_steps_milli(day),
        )

    def _month_of(self, month: int, policy_rate_ppm: int) -> EconomyState:
        values = {f"{name}_ppm": self._trend(name) + self._gap(name, month)[0] for name in SERIES}
        return EconomyState(policy_rate_ppm=policy_rate_ppm, **values)

    def _index_milli(self, unemployment_ppm: int, income_growth_ppm: int) -> int:
        trend = self.terms.trend
        jobs = (unemployment_ppm - trend.unemployment_ppm) * 1000 / trend.unemployment_sd_ppm
        income = (trend.income_growth_ppm - income_growth_ppm) * 1000 / trend.income_sd_ppm
        weight = trend.unemployment_weight_ppm / PPM
        return round(weight * jobs + (1 - weight) * income)

    def _trend(self, name: str) -> int:
        return int(getattr(self.terms.trend, f"{name}_ppm"))

    # -- where a month's figures come from ---------------------------------------------------------------------------

    def _gap_of(self, name: str, month: int) -> tuple[int, Status, str]:
        """A series' distance from its trend in a month, with what stands behind it."""
        if not self.terms.observed:
            return 0, "assumption", "trend"
        figure, status = self._known(name, month)
        if figure is not None:
            return figure.value - self._trend(name), status, figure.source
        if month <= _last_month(name):
            return 0, "assumption", "trend: not printed"
        for earlier in range(_last_month(name) + 1, month - 1):  # from the last known month on: no deep recursion
            self._gap(name, earlier)
        before, terms = self._gap(name, month - 1)[0], self.terms.continuation
        sd = int(getattr(terms, f"{name.removesuffix('_growth')}_sd_ppm"))
        push = standard_push_milli(self.seed, name, month) * sd
        return round(before * terms.persistence_ppm / PPM + push / 1000), "simulated", "continuation"

    def _known(self, name: str, month: int) -> tuple[observed.Figure | None, Status]:
        """The printed figure of a month; for income beyond the printed years, what follows from printed growth."""
        if name in OBSERVED:
            return observed.monthly(OBSERVED[name]).get(month), "observed"
        if month in observed.income_months():
            return observed.income_growth(), "observed"
        growth = observed.monthly(OBSERVED["gdp_growth"]).get(month)
        if growth is None or month < observed.income_months().start:
            return None, "assumption"
        trend = self.terms.trend
        miss = (growth.value - trend.gdp_growth_ppm) * trend.income_of_gdp_ppm // PPM
        return observed.Figure(trend.income_growth_ppm + miss, f"from growth, {growth.source}"), "simulated"

    def _printed_rate(self, series: str, day: int) -> observed.Figure:
        """A set rate on a day; before the first printed one, that one."""
        found = observed.on_day(series, day)
        return observed.steps(series)[0][1] if found is None else found

    def _policy_rate(self, day: int) -> observed.Figure:
        for start, rate in sorted(self.terms.policy_rate.items(), reverse=True):
            if day_of(start) <= day:
                return observed.Figure(rate, SCRIPTED)
        return self._printed_rate("lpr_1y_pct", day)

    # -- records -----------------------------------------------------------------------------------------------------

    def readings(self, day: int) -> list[Reading]:
        """Every series on a day, for the table `macro`. A shocked or scripted value is an assumption."""
        state, month = self.state(day), month_index(day)
        shocked = any(shock(state, day) != state for shock in self.terms.shocks.values())

        def reading(series: str, value: int, status: Status, source: str, unit: str = "ppm") -> Reading:
            return Reading(series, value, unit, "assumption" if shocked else status, source)

        policy, large = self._policy_rate(day), self._printed_rate("reserve_large_pct", day)
        weighted = observed.on_day("reserve_weighted_pct", day)
        printed = policy.source != SCRIPTED and observed.on_day("lpr_1y_pct", day) is not None
        reserve = self.required_reserve_ppm(day)
        built: tuple[Status, str] = ("assumption", "policy rate and scenario.macro.rates")
        return [
            *(reading(name, int(getattr(state, f"{name}_ppm")), *self._gap(name, month)[1:]) for name in SERIES),
            reading("policy_rate", state.policy_rate_ppm, "observed" if printed else "assumption", policy.source),
            reading("required_reserve", reserve, "observed", weighted.source)
            if weighted is not None
            else reading("required_reserve", reserve, "assumption", f"from large banks', {large.source}"),
            reading("risk_free_12m", self.risk_free_ppm(day, 12), *built),
            reading("risk_free_60m", self.risk_free_ppm(day, 60), *built),
            reading("corporate_rate", self.corporate_rate_ppm(day), *built),
            reading("stress", state.stress_milli, "simulated", "gaps, steps and shocks", "1/1000 sd"),
        ]


def _last_month(name: str) -> int:
    """The last month that is printed, or follows from what is."""
    return max(observed.monthly(OBSERVED.get(name, "gdp_growth_pct")))
