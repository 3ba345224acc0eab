"""The close of a day: every identity is checked, then the records are written from views of books and ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.agents.loan_postings import JOINT_PREFIX
from sim.calendar import date_of, is_month_end
from sim.credit.kernels import layout as at
from sim.errors import InvariantError
from sim.market.tape import loan_id, record_tape

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.spv import Spv
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
    if is_month_end(market.day):
        record_month(market)
        record_tape(market)


# -- identities ------------------------------------------------------------------------------------------------------


def check(market: SecuritizationMarket) -> None:
    """Stock against flow in the ledger; the books' running totals against the ledger's loans; buckets against stored
    sums."""
    market.ledger.check()
    month_end = is_month_end(market.day)
    for originator in market.originators.values():
        book = market.books[originator.name]
        book.check(full=month_end)
        _check_book_against_ledger(market, originator, book)


def _check_book_against_ledger(market: SecuritizationMarket, originator: Originator, book: LoanBook) -> None:
    if any(owner.startswith(JOINT_PREFIX) for owner in book.owners):
        parties = {p for o in book.owners if o for p in _parties(o)}
        found = sum(market.ledger.nominal(originator.loan_claim(party)) for party in parties)
        _must_equal(market, f"all loans of {originator.party}", found, int(book.stock.sum()))
        return
    for code, owner in enumerate(book.owners):
        if not owner:
            continue
        claim = originator.loan_claim(owner)
        _must_equal(market, f"principal of {owner}", market.ledger.nominal(claim), book.outstanding_fen(owner))
        _must_equal(market, f"fees owing to {owner}", market.ledger.accrued(claim), book.fee_owing[code])


def _parties(owner: str) -> tuple[str, ...]:
    if not owner.startswith(JOINT_PREFIX):
        return (owner,)
    bank, _, platform = owner.removeprefix(JOINT_PREFIX).split("|")
    return bank, platform


def _must_equal(market: SecuritizationMarket, what: str, ledger_fen: int, book_fen: int) -> None:
    if ledger_fen != book_fen:
        raise InvariantError(
            f"{date_of(market.day)}: {what}: ledger {ledger_fen} fen, loan book {book_fen} fen, "
            f"difference {ledger_fen - book_fen}"
        )


# -- records ---------------------------------------------------------------------------------------------------------


def record_market(market: SecuritizationMarket) -> None:
    """One row about the whole market."""
    flows = sum((book.day_totals().sum(axis=0) for book in market.books.values()), np.zeros(at.FLOWS, np.int64))
    collected = int(flows[at.PRINCIPAL] + flows[at.PREPAID] + flows[at.FEE_PAID] + flows[at.PENALTY])
    market.recorder.add(
        "market_daily", date=market.day, households=int(market.households.columns.weight.sum(dtype=np.int64)),
        loans=sum(int(book.live.sum()) for book in market.books.values()),
        receivables_fen=sum(int(book.stock.sum()) for book in market.books.values()),
        lent_fen=int(flows[at.LENT]), collected_fen=collected, written_off_fen=int(flows[at.WRITTEN_OFF]),
        recovered_fen=int(flows[at.RECOVERED]), macro_stress_ppm=market.stress_milli * 1000,
    )  # fmt: skip


def record_pools(market: SecuritizationMarket, originator: Originator) -> None:
    """One row for the originator's own book, one for all it services, one for each pool it sold to."""
    book = market.books[originator.name]
    stocks, flows = book.stock.sum(axis=0), book.day_totals()
    own = [code for code, owner in enumerate(book.owners) if owner and not owner.startswith("spv:")]
    _pool_row(market, originator, f"book:{originator.name}", stocks[own].sum(axis=0), flows[own].sum(axis=0), own, {})
    every = list(range(len(book.owners)))
    _pool_row(
        market, originator, f"managed:{originator.name}", stocks[every].sum(axis=0), flows[every].sum(axis=0), every, {}
    )
    for spv in market.deals.values():
        if spv.originator is originator and spv.active:
            code = book.code_of(spv.party)
            more = {
                "purchased_fen": spv.today_count("purchased"),
                "bought_back_fen": spv.today_count("bought_back"),
                "cumulative_default_fen": spv.memory["life"]["defaulted"],
                "cash_fen": spv.cash_total_fen(),
            }
            overdue, npl = _pool_row(market, originator, spv.name, stocks[code], flows[code], [code], more)
            _remember_pool(spv, int(stocks[code].sum()), overdue, npl)


def _remember_pool(spv: Spv, receivable: int, overdue_ppm: int, npl_ppm: int) -> None:
    """Add the day to the sums from which the run's averages over the plan's life are made, weighted by balance."""
    history = spv.memory["pool_history"]
    history["days"] += 1
    history["receivable"] += receivable
    history["overdue"] += receivable * overdue_ppm // 1_000_000
    history["npl"] += receivable * npl_ppm // 1_000_000
    if spv.place.day <= spv.schedule.revolving_end:
        history["revolving_receivable"] += receivable + spv.cash("principal")
        history["idle_cash"] += spv.cash("principal")


def rates_ppm(stocks: np.ndarray[Any, Any], definition: str) -> tuple[int, int]:
    """(overdue, more than 90 days past due) of a book's stocks [current, late, 1, 2, ... cycles], ppm of principal.

    Overdue counts from 1 or from 30 days past due, as the originator's published rate does.
    """
    total = int(stocks.sum())
    overdue = int(stocks[1:].sum()) if definition == "1+" else int(stocks[3:].sum())
    return overdue * 1_000_000 // max(1, total), int(stocks[5:].sum()) * 1_000_000 // max(1, total)


def _pool_row(
    market: SecuritizationMarket, originator: Originator, deal: str, stocks: np.ndarray[Any, Any],
    flows: np.ndarray[Any, Any], codes: list[int], more: dict[str, int],
) -> tuple[int, int]:  # fmt: skip
    s, f = [int(v) for v in stocks], [int(v) for v in flows]
    overdue, npl = rates_ppm(stocks, originator.terms.overdue_definition)
    row = {
        "receivable_fen": sum(s), "current_fen": s[0], "dpd_1_30_fen": s[1] + s[2], "dpd_31_60_fen": s[3],
        "dpd_61_90_fen": s[4], "dpd_91_120_fen": s[5], "dpd_120_plus_fen": sum(s[6:]),
        "loans": int(market.books[originator.name].live[:, codes].sum()), "new_lending_fen": f[at.LENT],
        "collected_principal_fen": f[at.PRINCIPAL] + f[at.PREPAID], "prepaid_fen": f[at.PREPAID],
        "collected_fee_fen": f[at.FEE_PAID], "penalty_fen": f[at.PENALTY], "purchased_fen": 0,
        "new_default_fen": f[at.NEW_DEFAULT], "cumulative_default_fen": 0, "written_off_fen": f[at.WRITTEN_OFF],
        "recovered_fen": f[at.RECOVERED], "bought_back_fen": 0, "cash_fen": 0, "overdue_ppm": overdue, "npl_ppm": npl,
    }  # fmt: skip
    market.recorder.add("pools", date=market.day, deal=deal, **(row | more))
    return overdue, npl


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
    for loss in market.ledger.drain_losses():
        row = loss._asdict()
        market.recorder.add("loss_flows", date=row.pop("day"), **row)


def record_month(market: SecuritizationMarket) -> None:
    """The economy, balance sheets, exposures and holdings at the end of a month."""
    for reading in market.macro.readings(market.day):
        market.recorder.add("macro", date=market.day, **reading._asdict())
    recorder, day = market.recorder, market.day
    sheets = market.ledger.balance_sheets()
    recorder.extend("balance_sheets", {"date": [day] * len(sheets["institution"]), **sheets})
    exposures = market.ledger.exposures()
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
