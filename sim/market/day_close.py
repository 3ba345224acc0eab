"""The close of a day: every identity is checked, then the records are written from views of books and ledger."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.loan_postings import JOINT_PREFIX, participation_of
from sim.calendar import date_of, is_month_end
from sim.contagion.exposures import exposures_of
from sim.credit.kernels import layout as at
from sim.credit.threads import side_by_side
from sim.errors import InvariantError
from sim.market.contagion_rows import record_contagion
from sim.market.indicator_rows import record_indicators
from sim.market.pool_rows import rates_of, record_pools
from sim.market.regulation_rows import record_regulation
from sim.market.tape import loan_id, record_tape

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.credit.loan_book import LoanBook
    from sim.market.market import SecuritizationMarket


def close_day(market: SecuritizationMarket) -> None:
    """Check, then record."""
    check(market)
    record_market(market)
    for originator in market.originators.values():
        record_pools(market, originator)
        record_watched(market, originator)
    _record_losses(market)
    record_regulation(market)
    if is_month_end(market.day):
        record_month(market)
        record_tape(market)


# -- identities ------------------------------------------------------------------------------------------------------


def check(market: SecuritizationMarket) -> None:
    """Stock against flow in the ledger; the books' running totals against the ledger's loans; buckets against stored
    sums."""
    market.ledger.check()
    books, month_end = market.books, is_month_end(market.day)
    much = sum(book.accounts.size for book in books.values()) if month_end else 0
    side_by_side([partial(book.check, full=month_end) for book in books.values()], much)
    for originator in market.originators.values():
        _check_book_against_ledger(market, originator, books[originator.name])


def _check_book_against_ledger(market: SecuritizationMarket, originator: Originator, book: LoanBook) -> None:
    if any(owner.startswith(JOINT_PREFIX) for owner in book.owners):
        parties = dict.fromkeys(p for o in book.owners if o for p in _parties(o))
        found = sum(market.ledger.nominals([originator.loan_claim(party) for party in parties]))
        _must_equal(market, "all loans", originator.party, found, int(book.stock.sum()))
        return
    ledger, principal = market.ledger, book.stock.sum(axis=(0, 2)).tolist()
    codes = [code for code, owner in enumerate(book.owners) if owner]
    claims = [originator.loan_claim(book.owners[code]) for code in codes]
    amounts = {
        "principal": (ledger.nominals(claims), principal),
        "fees owing": (ledger.accrueds(claims), book.fee_owing),
    }
    for what, (owed, kept) in amounts.items():
        for code, fen in zip(codes, owed, strict=True):
            if fen != kept[code]:
                _must_equal(market, what, book.owners[code], fen, kept[code])


def _parties(owner: str) -> tuple[str, ...]:
    joint = participation_of(owner)
    return (owner,) if joint is None else (joint.bank, joint.platform)


def _must_equal(market: SecuritizationMarket, what: str, whose: str, ledger_fen: int, book_fen: int) -> None:
    if ledger_fen != book_fen:
        raise InvariantError(
            f"{date_of(market.day)}: {what} of {whose}: ledger {ledger_fen} fen, loan book {book_fen} fen, "
            f"difference {ledger_fen - book_fen}"
        )


# -- records ---------------------------------------------------------------------------------------------------------


def record_market(market: SecuritizationMarket) -> None:
    """One row about the whole market."""
    flows = sum((book.day_totals().sum(axis=0) for book in market.books.values()), np.zeros(at.FLOWS, np.int64))
    collected = int(flows[at.PRINCIPAL] + flows[at.PREPAID] + flows[at.FEE_PAID] + flows[at.PENALTY])
    market.recorder.add(
        "market_daily", date=market.day, households=market.households.people,
        loans=sum(int(book.live.sum()) for book in market.books.values()),
        receivables_fen=sum(book.managed_fen for book in market.books.values()),
        lent_fen=int(flows[at.LENT] + flows[at.CASH_LENT]), collected_fen=collected,
        written_off_fen=int(flows[at.WRITTEN_OFF]),
        recovered_fen=int(flows[at.RECOVERED]), macro_stress_ppm=market.stress_milli * 1000,
    )  # fmt: skip


def rates_ppm(stocks: np.ndarray[Any, Any], definition: str) -> tuple[int, int]:
    """(overdue, more than 90 days past due) of a book's stocks, see `pool_rows.rates_of`."""
    return rates_of(stocks.tolist(), definition)


def record_watched(market: SecuritizationMarket, originator: Originator) -> None:
    """The day's events of watched households, in the order of household and event."""
    book = market.books[originator.name]
    rows = sorted(tuple(int(v) for v in row) for row in book.day_log())
    for day, household, born, original, event, owner, fen, missed in rows:
        market.recorder.add(
            "loan_events", date=day, loan_id=loan_id(originator.name, household, born, original), household=household,
            event=at.EVENT_NAMES[event], owner=book.owners[owner], amount_fen=fen, missed_cycles=missed,
        )  # fmt: skip


def _record_losses(market: SecuritizationMarket) -> None:
    losses = market.ledger.drain_losses()
    record_contagion(market, losses)
    for loss in losses:
        row = loss._asdict()
        market.recorder.add("loss_flows", date=row.pop("day"), **row)


def record_month(market: SecuritizationMarket) -> None:
    """The economy, balance sheets, exposures, indicators and holdings at the end of a month."""
    readings = market.macro.readings(market.day)
    for reading in readings:
        market.recorder.add("macro", date=market.day, **reading._asdict())
    recorder, day = market.recorder, market.day
    sheets = market.ledger.balance_sheets()
    recorder.extend("balance_sheets", {"date": [day] * len(sheets["institution"]), **sheets})
    exposures = market.ledger.exposures()
    record_indicators(market, exposures_of(exposures), readings)
    undrawn = exposures.pop("undrawn_fen")
    amounts = np.asarray(exposures.pop("amount_fen")) + np.asarray(undrawn)
    recorder.extend("exposures", {"date": [day] * len(amounts), **exposures, "amount_fen": amounts})
    for spv in market.deals.values():
        if spv.active:
            for tranche in spv.terms.ranked:
                for holder, nominal in spv.holdings(tranche).items():
                    recorder.add(
                        "holdings", date=day, deal=spv.name, tranche=tranche, holder=holder, nominal_fen=nominal
                    )
