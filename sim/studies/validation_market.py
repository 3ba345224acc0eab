"""The measures of `sim validate-model` for a whole market: issues, notes, coupons, funding, balance sheets, banks.

A measure of a market is taken of one originator, of several together (`a+b`), of `market` (those of internet consumer
finance), of `lenders` (every originator), or of `banks`, from the ledger and the tables of the run up to its date.
Flows are those of the calendar year of the date; of a name that ends in `_to_date`, all since the start. Notes
outstanding at the start are no issue of the run. Money is in bn yuan.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sim.calendar import EXCHANGE, date_of
from sim.ledger import Code, Kind
from sim.ledger.views import assets_by_party
from sim.market import SecuritizationMarket
from sim.markets.secondary import turnover_ppm

MARKET, LENDERS, BANKS = "market", "lenders", "banks"
BN = 1e11
"""Fen in a billion yuan."""
OPERATING = (Code.INTEREST, Code.FEE, Code.PENALTY)
NO_PROFIT = (Code.OPENING, Code.ISSUE, Code.DIVIDEND)
"""Why net assets move without a profit or a loss: what owners brought and took."""
TO_DATE = "_to_date"
REST_GROUP = "rest"
INTERNET = ("microlender", "platform", "retailer", "p2p")
"""Kinds of originators whose notes the papers call internet consumer finance."""

Row = dict[str, Any]
Accounts = dict[str, dict[Code, int]]
"""Equity accounts of originators by code since the start, by party, fen."""


@dataclass(frozen=True)
class MarketSubject:
    """What is measured of a whole market: some originators, all of them, or the banks, up to today's midnight."""

    market: SecuritizationMarket
    of: str
    on: datetime.date
    since: datetime.date
    accounts_before: Accounts = field(default_factory=dict)

    @cached_property
    def originators(self) -> tuple[str, ...]:
        """Names of the originators meant; for the market, those of internet consumer finance."""
        terms = self.market.settings.originators
        if self.of == LENDERS:
            return tuple(terms)
        if self.of in (MARKET, BANKS):
            return tuple(name for name in terms if terms[name].kind in INTERNET)
        return tuple(self.of.split("+"))

    @cached_property
    def parties(self) -> list[str]:
        """Their parties."""
        return [self.market.originators[name].party for name in self.originators]

    def rows(self, table: str) -> list[Row]:
        """Rows of a table in the window."""
        return [row for row in self.market.recorder.table(table).to_pylist() if self.since <= row["date"] <= self.on]

    @cached_property
    def issued(self) -> dict[str, int]:
        """Face of each plan founded in the window for these originators, fen."""
        first = date_of(EXCHANGE.on_or_after(self.market.first_day))
        closed = [
            row
            for row in self.rows("issuance")
            if row["step"] == 6 and row["what"].startswith("books closed") and row["date"] > first
        ]
        return {row["deal"]: row["amount_fen"] for row in closed if self._sold_by(row["deal"]) in self.parties}

    @cached_property
    def classes(self) -> list[Row]:
        """Rows of `books` of the classes placed of these plans, the residual ones left out."""
        return [row for row in self.rows("books") if row["deal"] in self.issued and row["rating"] != "unrated"]

    def _sold_by(self, deal: str) -> str:
        shelf = self.market.shelves.get(deal.rpartition("_")[0])
        return "" if shelf is None else shelf.originator

    def managed_fen(self) -> int:
        """Principal of all loans they service."""
        return sum(int(self.market.books[name].stock.sum()) for name in self.originators)

    def equity_fen(self) -> int:
        """Net assets."""
        return sum(self.market.ledger.equity(party) for party in self.parties)

    def assets_fen(self) -> int:
        """Everything they own, at carrying value."""
        ledger = self.market.ledger
        assets = assets_by_party(ledger.table, len(ledger.parties))
        return sum(int(assets[ledger.party_number[party]]) for party in self.parties)

    def own_fen(self) -> int:
        """Principal of loans they own themselves, on their own balance sheets."""
        return sum(
            self.market.ledger.nominal(self.market.originators[name].loan_claim(self.market.originators[name].party))
            for name in self.originators
        )

    def bank_month(self) -> list[Row]:
        """Rows of `banks` of the last month end in the window: named ones, since the rest's ratios mean nothing."""
        rows = [row for row in self.rows("banks") if row["group"] != REST_GROUP]
        last = max((row["date"] for row in rows), default=None)
        return [row for row in rows if row["date"] == last]


def _everybody(s: MarketSubject) -> MarketSubject:
    """The same window, of all lenders."""
    return replace(s, of=LENDERS)


def _mean(pairs: Iterable[tuple[float, float]]) -> float:
    """Mean of values by weights; 0 where there are none."""
    pairs = list(pairs)
    return sum(value * weight for value, weight in pairs) / max(1e-12, sum(weight for _, weight in pairs))


def _aaa(s: MarketSubject) -> list[Row]:
    return [row for row in s.classes if row["rating"] == "AAA"]


def _senior_coupon(s: MarketSubject) -> float:
    return _mean((row["coupon_bp"] / 100, row["placed_fen"]) for row in _aaa(s) if row["coupon_bp"] is not None)


def _aaa_spread(s: MarketSubject) -> float:
    sold = [row for row in _aaa(s) if row["coupon_bp"] is not None]
    return _mean((row["coupon_bp"] - row["risk_free_bp"], row["placed_fen"]) for row in sold)


def _notes_outstanding(s: MarketSubject) -> float:
    living = [spv for name in s.originators for spv in s.market.originators[name].plans()]
    fen = sum(spv.outstanding_fen(tranche) for spv in living for tranche in spv.terms.ranked)
    return float(fen / BN)


def _pooled(s: MarketSubject) -> float:
    pools = sum(spv.pool_fen() for name in s.originators for spv in s.market.originators[name].plans())
    return float(100 * pools / max(1, s.managed_fen()))


def _joint_fen(s: MarketSubject) -> int:
    """What banks hold of the loans, quotas and transfers together."""
    ledger, banks = s.market.ledger, [bank.party for bank in s.market.banks.values()]
    return sum(ledger.nominal(s.market.originators[name].loan_claim(bank)) for name in s.originators for bank in banks)


def _own_of_assets(s: MarketSubject) -> float:
    return 100 * s.own_fen() / max(1, s.assets_fen())


def _trade_payables(s: MarketSubject) -> float:
    ledger, table = s.market.ledger, s.market.ledger.table
    numbers = [ledger.party_number[party] for party in s.parties]
    mine = (table.column("kind") == Kind.TRADE) & (table.column("debtor")[:, None] == numbers).any(axis=1)
    return float(table.column("nominal")[mine].sum()) / BN


def equity_accounts(market: SecuritizationMarket) -> Accounts:
    """Every originator's equity account by code since the start, to be kept where a year begins."""
    ledger, parties = market.ledger, [originator.party for originator in market.originators.values()]
    return {party: ledger.income(party) for party in parties if party in ledger.party_number}


def _of_the_year_fen(s: MarketSubject, codes: Iterable[Code]) -> int:
    """What these codes moved on their equity accounts in the year so far."""
    now, codes = equity_accounts(s.market), tuple(codes)
    return sum(
        now.get(party, {}).get(code, 0) - s.accounts_before.get(party, {}).get(code, 0)
        for party in s.parties
        for code in codes
    )


def _asset_turnover(s: MarketSubject) -> float:
    """Operating income of the year (interest, fees and penalties, net of those paid) over assets at its end."""
    return _of_the_year_fen(s, OPERATING) / max(1, s.assets_fen())


def _profit(s: MarketSubject) -> float:
    """Net profit of the year so far, bn: what moved net assets but for what owners brought and took."""
    return _of_the_year_fen(s, (code for code in Code if code not in NO_PROFIT)) / BN


def _turnover(s: MarketSubject) -> float:
    floor = s.market.floor
    return 0.0 if floor is None else turnover_ppm(floor.memory["traded"], floor.memory["outstanding"]) / 10_000


def _bank_mean(column: str, weight: str) -> Callable[[MarketSubject], float]:
    return lambda s: _mean((row[column] / 10_000, row[weight]) for row in s.bank_month())


def _bank_assets(s: MarketSubject) -> float:
    """Assets of the whole system, trn: those of its named banks over the share of the system they stand for."""
    return float(sum(row["assets_fen"] for row in s.bank_month()) / BN / 1_000 / _bank_share(s))


def _bank_share(s: MarketSubject) -> float:
    """Share of the banking system that its named banks stand for."""
    system = s.market.settings.bank_system
    return 1.0 if system is None else sum(group.share_ppm for group in system.groups().values()) / 1_000_000


def _bank_year(s: MarketSubject, column: str) -> float:
    """Mean over the year's month ends of a sum over named banks, fen."""
    months: dict[datetime.date, float] = {}
    for row in s.rows("banks"):
        if row["group"] != REST_GROUP:
            months[row["date"]] = months.get(row["date"], 0.0) + row[column]
    return _mean((total, 1.0) for total in months.values())


def _bank_profit_fen(s: MarketSubject) -> int:
    """After tax, of the named banks, in the year."""
    return sum(int(row["profit_fen"]) for row in s.rows("banks") if row["group"] != REST_GROUP)


def _bank_return(column: str) -> Callable[[MarketSubject], float]:
    return lambda s: 100 * _bank_profit_fen(s) / max(1.0, _bank_year(s, column))


def _coupons_of_aaa(s: MarketSubject) -> list[float]:
    return [row["coupon_bp"] / 100 for row in _aaa(s) if row["coupon_bp"] is not None] or [0.0]


def _aaa_pct(s: MarketSubject) -> float:
    """AAA notes placed over the face of the plans, residual classes included."""
    return float(100 * sum(row["placed_fen"] for row in _aaa(s)) / max(1, sum(s.issued.values())))


def _residual_pct(s: MarketSubject) -> float:
    rated = sum(row["placed_fen"] for row in s.classes)
    return 100 * (1 - rated / sum(s.issued.values())) if s.issued else 0.0


FLOWS: dict[str, Callable[[MarketSubject], float]] = {
    "issued_bn": lambda s: sum(s.issued.values()) / BN,
    "issues": lambda s: float(len(s.issued)),
    "aaa_pct_of_issues": _aaa_pct,
    "residual_pct_of_issues": _residual_pct,
    "senior_coupon_pct": _senior_coupon,
    "aaa_spread_bp": _aaa_spread,
    "aaa_lowest_coupon_pct": lambda s: min(_coupons_of_aaa(s)),
    "aaa_highest_coupon_pct": lambda s: max(_coupons_of_aaa(s)),
}
STOCKS: dict[str, Callable[[MarketSubject], float]] = {
    "managed_bn": lambda s: s.managed_fen() / BN,
    "managed_pct_of_all": lambda s: 100 * s.managed_fen() / max(1, _everybody(s).managed_fen()),
    "own_loans_bn": lambda s: s.own_fen() / BN,
    "own_loans_pct": lambda s: 100 * s.own_fen() / max(1, s.managed_fen()),
    "joint_bn": lambda s: _joint_fen(s) / BN,
    "joint_pct": lambda s: 100 * _joint_fen(s) / max(1, s.managed_fen()),
    "joint_pct_of_all": lambda s: 100 * _joint_fen(s) / max(1, _joint_fen(_everybody(s))),
    "pooled_pct": _pooled,
    "notes_outstanding_bn": _notes_outstanding,
    "net_assets_bn": lambda s: s.equity_fen() / BN,
    "assets_bn": lambda s: s.assets_fen() / BN,
    "liabilities_bn": lambda s: (s.assets_fen() - s.equity_fen()) / BN,
    "liabilities_pct_of_assets": lambda s: 100 * (s.assets_fen() - s.equity_fen()) / max(1, s.assets_fen()),
    "receivables_pct_of_assets": _own_of_assets,
    "trade_payables_bn": _trade_payables,
    "asset_turnover": _asset_turnover,
    "net_profit_bn": _profit,
    "turnover_pct": _turnover,
    "bank_car_pct": _bank_mean("capital_ppm", "risk_weighted_fen"),
    "bank_npl_pct": _bank_mean("npl_ppm", "loans_fen"),
    "bank_coverage_pct": _bank_mean("coverage_ppm", "loans_fen"),
    "bank_assets_trn": _bank_assets,
    "bank_profit_trn": lambda s: _bank_profit_fen(s) / BN / 1_000 / _bank_share(s),
    "bank_return_on_assets_pct": _bank_return("assets_fen"),
    "bank_return_on_equity_pct": _bank_return("equity_fen"),
}


def known(measure: str) -> bool:
    """Whether a whole market has such a measure."""
    return measure in STOCKS or measure.removesuffix(TO_DATE) in FLOWS


def names() -> list[str]:
    """Every measure of a market, for messages."""
    return [*FLOWS, *(f"{name}{TO_DATE}" for name in FLOWS), *STOCKS]


def subject_of(
    market: SecuritizationMarket, of: str, measure: str, on: datetime.date, accounts_before: Accounts
) -> MarketSubject:
    """What a figure is measured of, in its measure's window; `accounts_before`: `equity_accounts` as the year began."""
    since = market.settings.start if measure.endswith(TO_DATE) else datetime.date(on.year, 1, 1)
    return MarketSubject(market, of, on, since, accounts_before)


def measure_of(subject: MarketSubject, measure: str) -> float:
    """The simulated figure."""
    name = measure.removesuffix(TO_DATE)
    return float(FLOWS[name](subject) if name in FLOWS else STOCKS[name](subject))
