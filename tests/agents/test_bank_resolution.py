"""A failed bank is kept open: who bears what is missing, to the fen, and how life goes on around the bridge."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from worlds import HUABEI, market, run_to

from sim.agents import bank_failure
from sim.agents.bank_accounts import ADDITIONAL_TIER1, TIER2
from sim.calendar import day_of
from sim.contagion.explain import explain
from sim.ledger import Code, Kind
from sim.market import SecuritizationMarket
from sim.markets.estate import bank_loss
from sim.records import checkpoint

SMALL_SYSTEM: dict[str, Any] = {
    "large": {"count": 2, "share_ppm": 400_000, "minimum_ppm": 115_000, "capital_offset_ppm": 8_000},
    "joint_stock": {"count": 2, "share_ppm": 180_000, "interbank_borrowed_ppm": 110_000},
    "regional": {"count": 2, "share_ppm": 50_000, "joint_appetite_ppm": 1_000_000},
}
FEBRUARY = day_of(datetime.date(2017, 2, 28))
BANK = "bank:joint_stock_1"


def small(**changes: Any) -> SecuritizationMarket:
    return market(HUABEI, bank_system=SMALL_SYSTEM, end="2017-04-30", watched_households=0, **changes)


def with_bad_loans(place: SecuritizationMarket, share_ppm: int) -> SecuritizationMarket:
    """On the last day of February a bank finds this part of its loans to firms worthless."""
    run_to(place, FEBRUARY)
    bank: Any = place.banks["joint_stock_1"]
    place.ledger.write_off(bank.corporate_claim, place.ledger.nominal(bank.corporate_claim) * share_ppm // 10**6)
    return place


def owed(place: SecuritizationMarket, kind: Kind, deals: tuple[str, ...] = ()) -> int:
    rows = place.ledger.claims_of(kind, debtor=BANK)
    return sum(place.ledger.nominal(row) for row in rows if not deals or place.ledger.key(row).deal in deals)


def event(place: SecuritizationMarket, what: str) -> dict[str, Any]:
    (found,) = [r for r in place.recorder.table("events").to_pylist() if r["event"] == what]
    return dict(found)


@pytest.mark.parametrize(
    ("equity", "juniors", "seniors", "expected"),
    [
        (10, [30, 50], 100, ([30, 50], 0, 10)),  # solvent, below the 100 wanted: juniors, then the state
        (60, [30, 50], 100, ([30, 10], 0, 0)),
        (-120, [30, 50], 100, ([30, 50], 40, 100)),  # a hole of 40 behind the juniors is the seniors'
        (-500, [30, 50], 100, ([30, 50], 100, 420)),
        (200, [30, 50], 100, ([0, 0], 0, 0)),
    ],
)
def test_who_fills_a_hole(equity: int, juniors: list[int], seniors: int, expected: tuple[list[int], int, int]) -> None:
    assert tuple(bank_loss(equity_fen=equity, wanted_fen=100, juniors_fen=juniors, seniors_fen=seniors)) == expected


def test_juniors_lose_first_other_banks_next_and_depositors_never() -> None:
    place = with_bad_loans(small(), 400_000)
    bank: Any = place.banks["joint_stock_1"]
    before = {kind: owed(place, kind) for kind in (Kind.DEPOSIT, Kind.INTERBANK)}
    lenders = {r[0] for r in place.money_market.loans if f"bank:{r[1]}" == BANK}  # type: ignore[union-attr]
    place.step()
    assert bank.failed
    assert bank.bridge
    assert owed(place, Kind.BOND, (ADDITIONAL_TIER1, TIER2)) == 0
    assert 0 <= owed(place, Kind.INTERBANK) < before[Kind.INTERBANK]
    assert owed(place, Kind.DEPOSIT) >= before[Kind.DEPOSIT] * 95 // 100  # as borrowers repay
    losses = [r for r in place.recorder.table("loss_flows").to_pylist() if r["from_party"] == BANK]
    assert {r["instrument"] for r in losses} == {"BOND", "INTERBANK"}
    assert {r["to_party"] for r in losses if r["instrument"] == "INTERBANK"} <= {f"bank:{name}" for name in lenders}
    told = event(place, "bank_bridged")["detail"]
    by = {kind: sum(r["amount_fen"] for r in losses if r["instrument"] == kind) for kind in ("BOND", "INTERBANK")}
    assert f"bonds lose {by['BOND']} fen, other creditors {by['INTERBANK']} fen" in told
    # Equity is what the minimum asks for, and all of it is the state's.
    position = bank.position()
    assert position.capital_ppm == pytest.approx(bank.minimum_ppm, abs=2)
    share = place.ledger.claim(Kind.SHARE, "world:state", BANK)
    assert f"pays in {place.ledger.nominal(share)} fen" in told
    place.ledger.check()


def test_a_small_hole_stays_with_the_juniors() -> None:
    place = with_bad_loans(small(), 125_000)
    before = owed(place, Kind.INTERBANK)
    place.step()
    assert place.banks["joint_stock_1"].failed
    losses = [r for r in place.recorder.table("loss_flows").to_pylist() if r["from_party"] == BANK]
    assert {r["instrument"] for r in losses} == {"BOND"}
    assert owed(place, Kind.INTERBANK) == before


def test_the_repository_of_loans_stays_the_ledgers_through_a_resolution() -> None:
    place = with_bad_loans(small(), 400_000)
    run_to(place)
    market_ = place.money_market
    assert market_ is not None
    by_row: dict[int, int] = {}
    for lender, borrower, tenor, fen, *_ in market_.loans:
        row = market_.claim(f"bank:{lender}", f"bank:{borrower}", tenor)
        by_row[row] = by_row.get(row, 0) + fen
    assert all(place.ledger.nominal(row) == fen for row, fen in by_row.items())
    table = place.ledger.table
    assert sum(by_row.values()) == int(table.column("nominal")[table.column("kind") == Kind.INTERBANK].sum())


def test_a_bridge_lives_on_pays_and_offers_nothing() -> None:
    place = run_to(with_bad_loans(small(), 400_000), FEBRUARY + 1)
    bank: Any = place.banks["joint_stock_1"]
    lent = place.ledger.nominal(bank.corporate_claim)
    run_to(place)
    assert place.ledger.nominal(bank.corporate_claim) <= lent
    rows = {r["date"]: r for r in place.recorder.table("banks").to_pylist() if r["institution"] == BANK}
    march, april = rows[datetime.date(2017, 3, 31)], rows[datetime.date(2017, 4, 30)]
    assert march["equity_fen"] > 0
    assert april["equity_fen"] > 0
    assert march["deposits_fen"] > 0
    assert not bank.memory["offered"]
    assert place.heard(BANK, "line:originator:ant_xiaowei", default={"limit_fen": 0})["limit_fen"] == 0
    assert not [r for r in place.recorder.table("events").to_pylist() if r["event"] == "bank_failure"][1:]


def test_an_illiquid_bank_is_bridged_and_owes_the_window() -> None:
    place = run_to(small(), day_of(datetime.date(2017, 2, 10)))
    bank: Any = place.banks["regional_1"]
    public = bank.account("world:depositors")
    place.ledger.pay(public, "world:depositors/large_1", place.ledger.cash(public) * 9 // 10, Code.TRANSFER)
    place.step()
    assert bank.bridge
    assert place.money_market is not None
    windows = [loan for loan in place.money_market.loans if loan[1] == "regional_1" and loan[2] == "emergency"]
    assert sum(loan[3] for loan in windows) > 0
    run_to(place)
    assert bank.memory["emergency_fen"] >= 0
    place.ledger.check()


def custodian_fails(*, segregation: bool) -> SecuritizationMarket:
    """The deals' custodian is a full bank of thin capital that loses its loans."""
    accounts = {f"deals__huabei_2017_{n}__custodian": BANK for n in range(1, 6)}
    place = small(**accounts)
    bank = place.banks["joint_stock_1"]
    bank.terms = bank.terms.model_copy(update={"segregation": segregation})
    return with_bad_loans(place, 600_000)


@pytest.mark.parametrize("segregation", [True, False])
def test_plans_lose_cash_with_their_custodian_only_where_it_was_not_kept_apart(segregation: bool) -> None:
    place = custodian_fails(segregation=segregation)
    held = {s.name: s.cash("principal") + s.cash("income") for s in place.deals.values() if s.active}
    assert sum(held.values()) > 0
    place.step()
    losses = [r for r in place.recorder.table("loss_flows").to_pylist() if r["from_party"] == BANK]
    of_plans = [r for r in losses if r["to_party"].startswith("spv:")]
    assert bool(of_plans) is not segregation
    for spv in place.deals.values():
        assert spv.custodian not in (BANK, "bank:rest_of_system")
        assert not [row for row in spv.claims_on(BANK) if place.ledger.nominal(row)]
    run_to(place)
    late = [spv for spv in place.deals.values() if spv.terms.closing_day > FEBRUARY]
    assert late
    assert all(spv.custodian != BANK and spv.memory["period"]["income"] >= 0 for spv in late)


def test_a_resolution_resumes_bit_for_bit(tmp_path: Path) -> None:
    whole = with_bad_loans(small(), 400_000)
    run_to(whole, FEBRUARY + 5)
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    run_to(whole)
    again = small()
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    run_to(again)
    assert whole.ledger.state()["json"] == again.ledger.state()["json"]
    assert whole.banks["joint_stock_1"].memory == again.banks["joint_stock_1"].memory
    assert whole.administrator.memory == again.administrator.memory


def test_what_a_bank_lost_to_an_estate_is_named_as_cause_of_what_its_creditors_lose() -> None:
    """A platform fails on its bank; the bank fails: the chain of losses can be walked back, to the fen."""
    line = {"kind": "warehouse", "lender": BANK, "rate_ppm": 47_500, "limit_fen": 6_000_000_000_000}
    place = small(
        originators__ant_xiaowei__debts={"bank_line": line}, originators__ant_xiaowei__fails_on="2017-01-20",
        resolution={"close_below_ppm": 1_000_000, "rest_price_ppm": 100_000},
    )  # fmt: skip
    with_bad_loans(place, 400_000).step()
    losses = place.recorder.table("loss_flows")
    on_estate = [r for r in losses.to_pylist() if r["from_party"] == "originator:ant_xiaowei" and r["to_party"] == BANK]
    passed_on = [r for r in losses.to_pylist() if r["from_party"] == BANK and r["instrument"] != "SHARE"]
    assert {r["round"] for r in on_estate} <= {0, 1}
    assert {r["round"] for r in passed_on} <= {0, 2}
    # A creditor of the bank: its loss comes from the bank's bad loans and from the platform, as these cost the bank.
    creditor = max(passed_on, key=lambda r: r["amount_fen"])["to_party"]
    told = explain(losses, creditor)
    assert told.total_fen == sum(r["amount_fen"] for r in losses.to_pylist() if r["to_party"] == creditor)
    by_estate = sum(c.amount_fen for c in told.chains if any(s.from_party.startswith("originator:") for s in c.steps))
    by_loans = sum(c.amount_fen for c in told.chains if c.steps[-1].from_party == BANK) - by_estate
    assert by_estate > 0
    assert by_loans > 0


def test_a_bank_that_a_failure_leaves_without_equity_fails_the_same_evening_in_the_next_round() -> None:
    place = small()
    run_to(place, FEBRUARY - 12)
    ledger, market_ = place.ledger, place.money_market
    assert market_ is not None
    weak: Any = place.banks["joint_stock_1"]
    lent = {other.party: market_.lent_fen(other, weak) for other in place.commercial_banks() if other is not weak}
    lent.pop("bank:rest_of_system", None)
    lender = max(lent, key=lambda party: lent[party])
    assert lent[lender] > 0
    next_bank: Any = place.banks[lender.removeprefix("bank:")]
    claim = next_bank.corporate_claim
    # It has lost nearly all of its equity already: what is left is less than what it will lose to the other.
    ledger.write_off(claim, ledger.allowance(claim) + ledger.equity(lender) - lent[lender] // 2)
    ledger.write_off(weak.corporate_claim, ledger.nominal(weak.corporate_claim) * 8 // 10)
    bank_failure.fail(weak, "asked for by a test")
    place.step()
    assert weak.bridge
    assert next_bank.bridge
    failures = [r for r in place.recorder.table("events").to_pylist() if r["event"] == "bank_failure"]
    assert "with a bank that failed today" in next(r["detail"] for r in failures if r["institution"] == lender)
    rounds = [r for r in place.recorder.table("contagion").to_pylist() if r["institution"] == lender]
    assert [(r["round"], r["failed"]) for r in rounds] == [(1, True)]
    assert rounds[0]["loss_fen"] > 0
    told = explain(place.recorder.table("loss_flows"), lender)
    assert any(len(chain.steps) > 1 and chain.steps[-1].from_party == BANK for chain in told.chains)


def test_the_state_bears_what_is_beyond_all_means_of_the_whole_system() -> None:
    """Every loan of every bank goes bad within the year: all are bridged, the rest of the system too, and go on."""
    everything_bad = SMALL_SYSTEM | {"conduct": {"default_ppm": 1_000_000}}
    place = market(HUABEI, bank_system=everything_bad, end="2017-03-31", watched_households=0)
    run_to(place)
    assert all(bank.bridge for bank in place.commercial_banks())
    equities = {bank.name: place.ledger.equity(bank.party) for bank in place.commercial_banks()}
    assert min(equities.values()) >= 0, equities
    rows = place.recorder.table("banks").to_pylist()
    assert max(row["capital_ppm"] for row in rows) <= 10**9
    paid = [row for row in place.recorder.table("events").to_pylist() if row["event"] == "bank_bridged"]
    assert any(row["institution"] == "bank:rest_of_system" for row in paid)
