"""The tables on request: the loan tape and the borrowers, as they stand at a month end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import date_of, month_index
from sim.credit.kernels import layout as at
from sim.credit.terms import AGE_BANDS, CLASSES, REGIONS, STATES

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook
    from sim.market.market import SecuritizationMarket

Array = np.ndarray[Any, Any]


def loan_id(lender: str, household: int, born: int, original_fen: int) -> str:
    """A loan's name for ever: lender, household, day of purchase, amount."""
    return f"{lender}/{household}/{date_of(born).isoformat()}/{original_fen}"


def loan_columns(book: LoanBook) -> dict[str, Array]:
    """Every live loan of a book as flat columns, in the order of bucket and lane, with its due day."""
    loans = book.loans.arrays()
    rows = [(bucket, lane) for bucket in range(at.BUCKETS) for lane in range(at.LANES)]
    flat = {
        name: np.concatenate([column[bucket, lane, : book.count[bucket, lane]] for bucket, lane in rows])
        for name, column in loans.items()
    }
    flat["household"] = book.accounts.columns.household[flat["who"]]
    flat["due_day"] = np.repeat([bucket + 1 for bucket, _ in rows], [int(book.count[b, lane]) for b, lane in rows])
    return flat


def record_tape(market: SecuritizationMarket) -> None:
    """Write the tables that were asked for."""
    if market.recorder.wants("loans"):
        for name, book in market.books.items():
            market.recorder.extend("loans", _loan_rows(market, name, book))
    if market.recorder.wants("borrowers"):
        market.recorder.extend("borrowers", _borrower_rows(market))


def _unique_ids(lender: str, flat: dict[str, Array]) -> list[str]:
    """Loan ids; the second of two equal purchases of a household on one day gets '#2'."""
    seen: Counter[str] = Counter()
    ids = []
    for household, born, original in zip(
        flat["household"].tolist(), flat["born"].tolist(), flat["original"].tolist(), strict=True
    ):
        name = loan_id(lender, household, born, original)
        seen[name] += 1
        ids.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return ids


def _loan_rows(market: SecuritizationMarket, name: str, book: LoanBook) -> dict[str, Any]:
    flat, catalogue = loan_columns(book), book.catalogue
    who, plan = flat["who"].astype(np.int64), flat["plan"].astype(np.int64)
    products = np.array(catalogue.names, dtype=object)[plan % (6 * len(catalogue.names)) // 6]
    klass = np.array(CLASSES, dtype=object)[book.accounts.columns.klass[who]]
    return {
        "date": np.full(who.size, market.day), "loan_id": _unique_ids(name, flat),
        "lender": [f"originator:{name}"] * who.size,
        "owner": np.array(book.owners, dtype=object)[flat["owner"]].tolist(), 
        "household": flat["household"].astype(np.int64),
        "originated": flat["born"].astype(np.int64), "original_fen": flat["original"].astype(np.int64),
        "owed_fen": flat["owed"].astype(np.int64), "term_months": flat["term"].astype(np.int64),
        "left_months": flat["left"].astype(np.int64), "missed_cycles": flat["cycles"].astype(np.int64),
        "product": products.tolist(), "fee_ppm": catalogue.fee_ppm[plan], "score_class": klass.tolist(),
        "due_day_of_month": flat["due_day"].astype(np.int64),
        "weight": book.accounts.columns.weight[who].astype(np.int64),
    }  # fmt: skip


def _borrower_rows(market: SecuritizationMarket) -> dict[str, Any]:
    """One row a household: its accounts at all lenders added up, the worst of its arrears on those that are not closed,
    its class at the first lender that knows it (none: no account yet)."""
    h, month = market.households.columns, month_index(market.day)
    here = np.flatnonzero(h.weight)
    limit, used, owing, closed = (np.zeros(h.weight.size, np.int64) for _ in range(4))
    missed, klass = np.zeros(h.weight.size, np.int64), np.full(h.weight.size, len(CLASSES))
    for book in market.books.values():
        a, open_now = book.accounts.columns, book.accounts.columns.joined <= month
        who = a.household[open_now]
        limit[who] += book.limits_fen()[open_now]
        used[who] += a.used[open_now]
        owing[who] += a.instalment[open_now]
        behind = a.missed[open_now]
        missed[who] = np.maximum(missed[who], np.where(behind == at.CLOSED, 0, behind))
        closed[who] += behind == at.CLOSED
        klass[who] = np.where(klass[who] == len(CLASSES), a.klass[open_now], klass[who])
    return {
        "date": np.full(here.size, market.day), "household": here, "weight": h.weight[here].astype(np.int64),
        "age_band": np.array(AGE_BANDS, dtype=object)[h.trait[here] // 8].tolist(),
        "region": np.array(REGIONS, dtype=object)[h.region[here]].tolist(),
        "income_fen": market.households.incomes_fen()[here],
        "income_state": np.array(STATES, dtype=object)[h.state[here]].tolist(),
        "score_class": np.array([*CLASSES, ""], dtype=object)[klass[here]].tolist(),
        "limit_fen": limit[here], "used_fen": used[here], "commitment_fen": owing[here], "missed_cycles": missed[here],
        "closed_accounts": closed[here],
    }  # fmt: skip
