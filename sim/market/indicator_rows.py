"""The table `indicators` at month ends: the papers' fourteen, their scores, the index, and measures of the network.

Everything is read from views of ledger and books and from the economy; nobody in the market reads it. What the market
keeps is the values of past months, against which a month is judged (`market.indicators_past`).

Banks are the named banks of this market. The one that stands for all others is left out: it is no institution that can
fail, and so large that ratios of the whole would be its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from sim.agents.bank_accounts import UNDRAWN_FACTOR_BP, Item, positions
from sim.agents.bank_terms import REST
from sim.agents.loan_postings import participation_of
from sim.contagion.exposures import Exposures
from sim.contagion.indicators import EITHER, GROUPS, INDICATORS, MILLION, SCOPES, WITH_OFF_BALANCE, BankingSystem
from sim.contagion.network_measures import NetworkMeasures, measure
from sim.contagion.risk_index import Number, composite, score
from sim.regulation.rules import OTHER_LOAN_WEIGHT_BP, RETAIL_LOAN_WEIGHT_BP

if TYPE_CHECKING:
    from sim.macro.economy import Reading
    from sim.market.market import SecuritizationMarket

BAD: Final = 5
"""Place of the first stock of loans more than 90 days past due: four due dates missed."""
NETWORK, INDEX, WHOLE = "network", "index", "index_with_network"
_PPM, _RATIO = "ppm", "ratio"
NETWORK_UNITS: Final = {
    "density": _PPM, "concentration": _PPM, "radius": _RATIO, "impact": _PPM, "sinkrank": _RATIO,
    "expected_loss": _PPM,
}  # fmt: skip
"""Measures of the network (`NetworkMeasures`) and their units; a rise of each means more risk."""
_WHO: Final = {"impact": "dangerous", "sinkrank": "central"}


Scored: TypeAlias = dict[str, dict[str, list[Number]]]
"""Scope -> group -> scores of its indicators."""


class Measured(NamedTuple):
    """A value of a month: what it is, in which scope, of whom, and what stands behind it."""

    indicator: str
    scope: str
    group: str
    value: Number
    unit: str
    observed: bool
    source: str
    risk: int
    institution: str = ""


def record_indicators(market: SecuritizationMarket, view: Exposures, readings: list[Reading]) -> None:
    """All rows of a month end: of the day's exposures and the economy's readings."""
    system = banking_system(market)
    scored: Scored = {scope: {group: [] for group in (*GROUPS, NETWORK)} for scope in SCOPES}
    for row in (*_table_of_the_papers(market, system, readings), *_network(view)):
        past = market.indicators_past.setdefault(f"{row.indicator}|{row.scope}", [])
        past.append(_rounded(row.value))
        told = score(past, row.risk)
        for scope in SCOPES:
            if row.scope in (EITHER, scope):
                scored[scope][row.group].append(told)
        _add(market, row, told)
    for scope in SCOPES:
        for name, value in _indices(scored[scope]).items():
            _add(market, Measured(name, scope, INDEX, value, "mean of scores", False, "equal weights", 1), value)


def _indices(scored: dict[str, list[Number]]) -> dict[str, Number]:
    """Score of each group, the index of the papers' four, and that of these and the network."""
    groups, whole = composite(scored)
    index = composite({group: scored[group] for group in GROUPS})[1]
    return {**{f"{INDEX}_{group}": value for group, value in groups.items()}, INDEX: index, WHOLE: whole}


def _add(market: SecuritizationMarket, row: Measured, told: Number) -> None:
    market.recorder.add(
        "indicators", date=market.day, indicator=row.indicator, institution=row.institution, scope=row.scope,
        group=row.group, value=_rounded(row.value), unit=row.unit, score=_rounded(told),
        status="observed" if row.observed else "simulated", source=row.source,
    )  # fmt: skip


def _rounded(value: Number) -> Number:
    return None if value is None else round(value, 6)


# -- the papers' table -----------------------------------------------------------------------------------------------


def _table_of_the_papers(
    market: SecuritizationMarket, system: BankingSystem, readings: list[Reading]
) -> Iterator[Measured]:
    """All fourteen, in the order of the table, twice where the scope matters."""
    printed = {reading.series: reading for reading in readings}
    unprinted = market.macro.unprinted.readings(market.day)
    banks = {"npl": system.npl_ppm, "capital": system.capital_ppm}
    for i in INDICATORS:
        for scope in i.scopes:
            if i.name in banks:
                value, source = banks[i.name](scope), "ledger and loan books"
                yield Measured(i.name, scope, i.group, value, "ppm", False, source, i.risk)
            elif i.name in printed:
                read = printed[i.name]
                seen = read.status == "observed"
                source = read.source if seen else f"{read.status}: {read.source}"
                yield Measured(i.name, scope, i.group, float(read.value), read.unit, seen, source, i.risk)
            else:
                made = unprinted[i.name]
                source = "assumption: macro.unprinted"
                yield Measured(i.name, scope, i.group, float(made.value), made.unit, False, source, i.risk)


def banking_system(market: SecuritizationMarket) -> BankingSystem:
    """Stocks of all named commercial banks that work, and of what stands off their balance sheets."""
    banks = [bank for bank in market.commercial_banks() if bank.works and bank.name != REST]
    if not banks:
        return BankingSystem(0, 0, 0, 0)
    found = positions(market, [bank.party for bank in banks])
    consumer, off_loans, off_bad = _loans_by_place(market, set(found))
    firms = sum(market.ledger.nominal(bank.corporate_claim) for bank in banks)
    notes = sum(position.assets[Item.TRANCHES] for position in found.values())
    undrawn = sum(position.undrawn_fen for position in found.values())
    beyond = max(0, off_loans - notes) * RETAIL_LOAN_WEIGHT_BP
    committed = undrawn * (10_000 - UNDRAWN_FACTOR_BP) * OTHER_LOAN_WEIGHT_BP // 10_000
    return BankingSystem(
        loans_fen=firms + consumer[0], bad_fen=sum(bank.memory["npl_fen"] for bank in banks) + consumer[1],
        capital_fen=sum(position.capital_fen for position in found.values()),
        risk_weighted_fen=sum(position.risk_weighted_fen for position in found.values()),
        off_loans_fen=off_loans, off_bad_fen=off_bad, off_weighted_fen=(beyond + committed) // 10_000,
    )  # fmt: skip


def _loans_by_place(market: SecuritizationMarket, banks: set[str]) -> tuple[tuple[int, int], int, int]:
    """((principal, bad) of households' loans that banks own, principal off their balance sheets, bad of it)."""
    own, own_bad, off, off_bad = 0, 0, 0, 0
    for book in market.books.values():
        stocks = book.stock.sum(axis=0)
        whole, bad = stocks.sum(axis=1).tolist(), stocks[:, BAD:].sum(axis=1).tolist()
        for code, owner in enumerate(book.owners):
            part = participation_of(owner)
            if part is not None and part.bank in banks:
                mine, mine_bad = whole[code] * part.share_bp // 10_000, bad[code] * part.share_bp // 10_000
                own, own_bad = own + mine, own_bad + mine_bad
                off, off_bad = off + whole[code] - mine, off_bad + bad[code] - mine_bad
            elif owner.startswith("spv:"):
                off, off_bad = off + whole[code], off_bad + bad[code]
            elif owner in banks:
                own, own_bad = own + whole[code], own_bad + bad[code]
    return (own, own_bad), off, off_bad


# -- the network -----------------------------------------------------------------------------------------------------


def _network(view: Exposures) -> Iterator[Measured]:
    for scope in SCOPES:
        found: NetworkMeasures = measure(view, off_balance=scope == WITH_OFF_BALANCE, outside=(f"bank:{REST}",))
        for name, unit in NETWORK_UNITS.items():
            who = getattr(found, _WHO[name]) if name in _WHO else ""
            value: Number = getattr(found, name)
            told = value if value is None or unit != _PPM else value * MILLION
            yield Measured(name, scope, NETWORK, told, unit, False, "exposures", 1, who)
