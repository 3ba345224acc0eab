"""What a comparison reads of risk in one world: losses taken and to come, who would bear them, how far one would reach.

Within a year few losses are taken: a loan is written off long after it fell into arrears. Beside losses taken stands
therefore the expected loss of what is outstanding, by days past due: principal x the lender's rates of provision
(`provision_ppm`), whoever owns the loans. Recoveries after the write-off are left out of both.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from sim.agents.loan_postings import participation_of
from sim.calendar import date_of
from sim.contagion.indicators import WITH_OFF_BALANCE
from sim.credit.owner_totals import by_days_past_due

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.market import SecuritizationMarket
    from sim.records.writer import Recorder

FEN_PER_BILLION: Final = 100_000_000_000
MILLION: Final = 1_000_000
WHOLE_BP: Final = 10_000
PPM_PER_PERCENT: Final = 10_000
HOLDERS: Final = ("lenders", "pools", "banks")
"""Who bears the loss of a loan: the lender on its own book, the holders of notes on its pool, a bank that owns it."""
CLASSES: Final = ("senior", "mezzanine", "subordinated")
OVER_90: Final = 4
"""The first place, by days past due, of loans more than 90 days late."""


def risk_at(market: SecuritizationMarket, since: int) -> dict[str, float]:
    """Outcomes of risk on the last day of a world, and of losses since a day; see `OUTCOMES` for each."""
    expected, over_90, credit = _loans_at_risk(market)
    written_off = _written_off(market.recorder, since)
    notes = _losses_by_class(market, since)
    whole = sum(expected.values())
    return {
        "loss": (written_off + whole) / FEN_PER_BILLION,
        "written_off": written_off / FEN_PER_BILLION,
        "expected_loss": whole / FEN_PER_BILLION,
        **{f"expected_{holder}": expected[holder] / FEN_PER_BILLION for holder in HOLDERS},
        "expected_share": 100 * whole / max(1, credit),
        "over_90": 100 * over_90 / max(1, credit),
        **{f"tranche_{name}": notes[name] / FEN_PER_BILLION for name in CLASSES},
        **_network(market.recorder),
    }


def write_off_days(market: SecuritizationMarket) -> tuple[int, int]:
    """The least and the most days past due at which a lender writes a loan off, as in force."""
    days = [book.terms.write_off_days(market.day - 1) for book in market.books.values()]
    return min(days), max(days)


def _loans_at_risk(market: SecuritizationMarket) -> tuple[Counter[str], int, int]:
    """(expected loss by who bears it, principal more than 90 days past due, all principal), fen."""
    expected: Counter[str] = Counter()
    over_90 = credit = 0
    for originator in market.originators.values():
        rates, stocks = originator.terms.provision_ppm, originator.book.stock.sum(axis=0)
        for code, owner in enumerate(originator.book.owners):
            fen = by_days_past_due(stocks[code])
            loss = sum(amount * ppm // MILLION for amount, ppm in zip(fen, rates, strict=True))
            expected.update(_borne(owner, loss, originator.party))
            over_90, credit = over_90 + sum(fen[OVER_90:]), credit + sum(fen)
    return expected, over_90, credit


def _borne(owner: str, loss_fen: int, lender: str) -> dict[str, int]:
    """A loss by who bears it; the bank's part of a joint loan is the bank's, the rest the lender's."""
    joint = participation_of(owner)
    if joint is not None:
        bank = loss_fen * joint.share_bp // WHOLE_BP
        return {"banks": bank, "lenders": loss_fen - bank}
    kinds = {"spv": "pools", "bank": "banks"}
    return {"lenders" if owner == lender else kinds.get(owner.partition(":")[0], "others"): loss_fen}


def _written_off(recorder: Recorder, since: int) -> int:
    """Principal of all lenders' loans written off since a day, fen."""
    table = recorder.table("pools")
    serviced = pc.and_(pc.starts_with(table["deal"], "managed:"), pc.greater_equal(table["date"], date_of(since)))
    return _total(table.filter(serviced)["written_off_fen"])


def _losses_by_class(market: SecuritizationMarket, since: int) -> Counter[str]:
    """Losses on notes since a day, fen: rank 0 is senior, the last rank of a deal subordinated."""
    found: Counter[str] = Counter()
    table = market.recorder.table("loss_flows")
    notes = pc.and_(pc.equal(table["instrument"], "TRANCHE"), pc.greater_equal(table["date"], date_of(since)))
    for row in table.filter(notes).select(["deal", "rank", "amount_fen"]).to_pylist():
        middle = "senior" if row["rank"] == 0 else "mezzanine"
        found["subordinated" if row["rank"] == _last_rank(market, row["deal"]) else middle] += row["amount_fen"]
    return found


def _last_rank(market: SecuritizationMarket, deal: str) -> int:
    """The rank of a deal's residual class; of a deal that has ended there is its record alone."""
    if deal in market.deals:
        terms = market.deals[deal].terms
        return terms.tranches[terms.residual].rank
    return len(market.closed[deal]["tranches"]) - 1


def _network(recorder: Recorder) -> dict[str, float]:
    """Measures of the network at the last month end, with what stands off the balance sheet, % of all equity; nought
    where there is no network to measure. See `sim.contagion.network_measures`."""
    table = recorder.table("indicators")
    rows: list[dict[str, Any]] = []
    if table.num_rows:
        last = pc.and_(pc.equal(table["date"], pc.max(table["date"])), pc.equal(table["scope"], WITH_OFF_BALANCE))
        rows = table.filter(pc.and_(last, pc.equal(table["group"], "network"))).to_pylist()
    values = {row["indicator"]: row["value"] or 0.0 for row in rows}
    return {
        "network_impact": values.get("impact", 0.0) / PPM_PER_PERCENT,
        "network_loss": values.get("expected_loss", 0.0) / PPM_PER_PERCENT,
    }


def _total(column: pa.ChunkedArray) -> int:
    return pc.sum(column).as_py() or 0
