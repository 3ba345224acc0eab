"""Full banks in a market: facts at the opening, identities every day, reserves when payments leave, and failure."""

from __future__ import annotations

import datetime
import json
from typing import Any

import numpy as np
import pytest
import yaml
from worlds import HUABEI, SCENARIOS, market, run_to

from sim.agents import bank_failure, bank_offers, bank_risk, bank_sector
from sim.agents.bank_accounts import Item, positions
from sim.agents.bank_offers import partner_caps
from sim.agents.bank_system_terms import BankSystemTerms
from sim.agents.bank_terms import BankBalanceTerms
from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.ledger import Code, Kind
from sim.market import SecuritizationMarket
from sim.markets.bank_choice import choose
from sim.scenario import load_scenario

SMALL_SYSTEM: dict[str, Any] = {
    "large": {"count": 2, "share_ppm": 400_000, "minimum_ppm": 115_000, "capital_offset_ppm": 8_000},
    "joint_stock": {"count": 2, "share_ppm": 180_000, "interbank_borrowed_ppm": 110_000},
    "regional": {"count": 2, "share_ppm": 50_000, "joint_appetite_ppm": 1_000_000},
}
SPRING = day_of(datetime.date(2017, 2, 10))
SOLD = day_of(datetime.date(2017, 2, 20))
"""A day after its first deal."""


def small(**changes: Any) -> SecuritizationMarket:
    """A market of one platform and seven banks."""
    system = SMALL_SYSTEM | changes.pop("system", {})
    return market(HUABEI, bank_system=system, end="2017-04-30", watched_households=0, **changes)


@pytest.fixture(scope="module")
def opened() -> SecuritizationMarket:
    """All banks after their first day."""
    place = market(HUABEI, bank_system={}, end="2017-03-31", watched_households=0)
    place.step()
    return place


@pytest.fixture(scope="module")
def lived() -> SecuritizationMarket:
    """All banks after three months."""
    return run_to(market(HUABEI, bank_system={}, end="2017-03-31", watched_households=0))


def test_opening_totals_are_the_facts(opened: SecuritizationMarket) -> None:
    """Assets within 0.1 % of the law; ratios of the sum within 0.1 points; banks' claims on each other net to 0."""
    banks = opened.commercial_banks()
    assert len(banks) == 31
    at = positions(opened, [bank.party for bank in banks]).values()
    system = opened.settings.bank_system
    assert system is not None
    assert sum(p.assets_fen for p in at) == pytest.approx(system.assets_on(datetime.date(2017, 1, 1)), rel=1e-3)
    weighted = sum(p.risk_weighted_fen for p in at)
    assert sum(p.capital_fen for p in at) / weighted == pytest.approx(0.1328, abs=0.001)
    loans = sum(opened.ledger.nominal(bank.corporate_claim) for bank in banks)
    assert sum(bank.memory["npl_fen"] for bank in banks) / loans == pytest.approx(0.0174, abs=0.001)
    assert sum(p.assets[Item.INTERBANK] for p in at) == sum(p.interbank_borrowed_fen for p in at) > 0
    for bank, p in zip(banks, at, strict=True):
        assert p.equity_fen == opened.ledger.equity(bank.party) > 0
        assert p.capital_ppm > bank.balance.minimum_ppm


def test_three_months_of_banking_are_plausible(lived: SecuritizationMarket) -> None:
    rows = lived.recorder.table("banks").to_pylist()
    assert len(rows) == 3 * 31
    last = [r for r in rows if r["date"] == datetime.date(2017, 3, 31)]
    assert sum(r["interbank_lent_fen"] for r in last) == sum(r["interbank_borrowed_fen"] for r in last)
    year = 12 * sum(r["profit_fen"] for r in rows) / 3 / sum(r["assets_fen"] for r in last)
    assert 0.005 < year < 0.010
    for r in last:
        assert 0 < r["risk_ppm"] < 1_000_000
        assert 0 < r["monitoring_ppm"] < 1_000_000
        assert r["capital_ppm"] > 100_000
        assert 0.5e6 < r["liquidity_ppm"] < 5e6
    assert not [e for e in lived.recorder.table("events").to_pylist() if e["event"] == "bank_failure"]


def test_the_repository_of_loans_is_the_ledgers(lived: SecuritizationMarket) -> None:
    assert lived.money_market is not None
    by_row: dict[int, int] = {}
    for lender, borrower, tenor, fen, *_ in lived.money_market.loans:
        row = lived.money_market.claim(f"bank:{lender}", f"bank:{borrower}", tenor)
        by_row[row] = by_row.get(row, 0) + fen
    assert by_row
    assert all(lived.ledger.nominal(row) == fen for row, fen in by_row.items())
    table = lived.ledger.table
    assert sum(by_row.values()) == int(table.column("nominal")[table.column("kind") == Kind.INTERBANK].sum())


def test_a_payment_raises_the_reserves_it_needs() -> None:
    place = run_to(small(), SPRING)
    bank: Any = place.banks["joint_stock_1"]
    held = bank.reserves_fen
    assert place.make_liquid(bank.account("world:depositors"), held + 10**12)
    assert bank.reserves_fen >= held + 10**12
    public = bank.account("world:depositors")
    place.ledger.pay(public, "world:depositors/large_1", bank.reserves_fen + 10**12, Code.TRANSFER)
    assert not bank.memory["emergency_fen"]
    place.ledger.check()


def test_a_bank_nobody_can_fund_pays_and_fails_the_same_day() -> None:
    place = run_to(small(), SPRING)
    bank: Any = place.banks["regional_1"]
    public, fen = bank.account("world:depositors"), 0
    fen = place.ledger.cash(public) * 9 // 10
    place.ledger.pay(public, "world:depositors/large_1", fen, Code.TRANSFER)
    assert bank.memory["emergency_fen"] > 0
    place.step()
    assert bank.failed
    events = [e for e in place.recorder.table("events").to_pylist() if e["event"] == "bank_failure"]
    assert [e["institution"] for e in events] == [bank.party]
    assert place.heard(bank.party, "failed") is True
    run_to(place, SPRING + 40)


def test_losses_beyond_equity_close_a_bank_and_are_somebodys() -> None:
    place = small(system={"conduct": {"default_ppm": 1_000_000, "resolved_ppm": 900_000, "recovered_ppm": 0}})
    run_to(place, day_of(datetime.date(2017, 3, 1)))
    failed = [bank for bank in place.commercial_banks() if bank.failed]
    assert failed
    losses = place.recorder.table("loss_flows").to_pylist()
    mine = sum(r["amount_fen"] for r in losses if r["to_party"] == failed[0].party)
    assert mine > 0
    assert all(bank.bridge for bank in failed if bank.name != "rest_of_system")


@pytest.mark.parametrize("segregation", [True, False])
def test_custody_leaves_a_failed_bank(*, segregation: bool) -> None:
    place = run_to(small(), SPRING)
    bank: Any = place.banks["regional_1"]
    object.__setattr__(bank.terms, "segregation", segregation)
    ledger = place.ledger
    ledger.add_party("spv:kept")
    ledger.open_account("spv:kept/income", bank.party)
    ledger.pay("world:households", "spv:kept/income", 5_000, Code.GIFT)
    bank_failure.fail(bank, "test")
    assert ledger.bank_at["spv:kept/income"] != bank.party
    assert ledger.cash("spv:kept/income") == (5_000 if segregation else 0)
    frozen = ledger.claim(Kind.RECOURSE, "spv:kept", bank.party, deal="spv:kept/income")
    assert ledger.nominal(frozen) == (0 if segregation else 5_000)
    assert ledger.equity("spv:kept") == 5_000
    ledger.check()


def test_offers_are_heard_the_next_hour_and_stop_below_the_minimum() -> None:
    place = run_to(small(system={"conduct": {"panel_ppm": 1_000_000}}), SPRING)
    offers = {b.name: place.heard(b.party, "line:ant_xiaowei") for b in place.commercial_banks()}
    assert any(offer and offer["limit_fen"] > 0 for offer in offers.values())
    bank: Any = place.banks["regional_1"]
    joint = place.heard(bank.party, "joint:ant_xiaowei")
    assert joint["limit_fen"] > 0
    assert joint["rate_ppm"] > bank.balance.conduct.joint_margin_ppm
    bank.memory["last"] |= {"capital_ppm": 90_000, "capital": bank.last["risk_weighted"] * 9 // 100}
    assert bank.securities_budget_fen() == 0
    bank_offers.plan_month(place, [bank])
    run_to(place, SPRING + 1)
    assert place.heard(bank.party, "joint:ant_xiaowei")["limit_fen"] == 0
    assert place.heard(bank.party, "line:ant_xiaowei")["limit_fen"] == 0


def test_below_its_minimum_a_bank_sells_notes_and_then_calls_lines() -> None:
    place = run_to(small(), SPRING)
    bank: Any = place.banks["regional_1"]
    line = place.ledger.claim(Kind.WAREHOUSE, bank.party, "originator:ant_xiaowei", deal="test")
    place.ledger.commit(line, 10**9)
    weighted = bank.last["risk_weighted"]
    bank.memory["last"] |= {"capital_ppm": 90_000, "capital": weighted * 9 // 100, "tranches": 7 * 10**9}
    for months, for_sale, undrawn in ((0, 0, 10**9), (1, 7 * 10**9, 10**9), (2, 7 * 10**9, 0)):
        bank.memory["short_months"] = months
        bank_offers.plan_month(place, [bank])
        assert (bank.securities_for_sale_fen(), place.ledger.undrawn(line)) == (for_sale, undrawn)


@pytest.mark.parametrize(("state", "comes_back", "monitoring_rises"), [(0, 0, False), (2_000, 900_000, True)])
def test_notes_on_the_balance_sheet_raise_risk_and_move_monitoring_by_the_state(
    state: int, comes_back: int, *, monitoring_rises: bool
) -> None:
    """BNK01, BNK02: paired banks that differ only in what they hold as notes."""
    few, many = (
        choose(
            bank_risk.circumstances(
                BankBalanceTerms(assets_fen=10**15),
                bank_risk.Own(securitised_ppm=sold, comes_back_ppm=comes_back, stress_milli=state, stake_ppm=80_000),
            )
        )
        for sold in (100_000, 600_000)
    )
    assert many.risk_ppm > few.risk_ppm
    assert (many.monitoring_ppm > few.monitoring_ppm) is monitoring_rises


def test_what_an_arm_sells_counts_as_sold_by_its_banks_by_size() -> None:
    """The plans of the world, as if a joint-stock arm had sold them: to the fen, and seen by each bank's choice."""
    names = ("joint_stock_1", "joint_stock_2")
    arm = {"kind": "bank_arm", "parents": [f"bank:{name}" for name in names]}
    place, plain = (run_to(small(originators__ant_xiaowei=terms), SOLD) for terms in (arm, {}))
    ledger, table = place.ledger, place.ledger.table
    plans = [ledger.party_number[spv.party] for spv in place.deals.values() if spv.party in ledger.party_number]
    owed = int(table.owed()[np.isin(table.column("debtor"), plans)].sum())
    seen = bank_sector.sector(place)
    assert owed > 0 == len(bank_sector.sector(plain).sold_fen)
    first, second = (seen.sold_fen[f"bank:{name}"] for name in names)
    sizes: list[Any] = [place.banks[name].terms.balance for name in names]
    assert first + second == owed
    assert first / second == pytest.approx(sizes[0].assets_fen / sizes[1].assets_fen, rel=1e-9)
    for name in names:
        bank: Any = place.banks[name]
        other: Any = plain.banks[name]
        bank_risk.decide(bank, seen)
        bank_risk.decide(other, bank_sector.sector(plain))
        assert bank.memory["securitised_ppm"] > other.memory["securitised_ppm"]


@pytest.mark.parametrize("scenario", ["baseline.yaml", "market_2014_2023.yaml", "studies/small_market.yaml"])
def test_every_arm_of_a_shipped_market_names_its_banks(scenario: str) -> None:
    lenders = load_scenario(SCENARIOS / scenario, {}).originators.values()
    arms = [terms for terms in lenders if terms.kind == "bank_arm"]
    assert arms
    assert all(terms.parents for terms in arms)


def test_supports_are_counted_after_a_month_for_four_quarters() -> None:
    place = run_to(small(), SPRING)
    bank: Any = place.banks["large_1"]
    seen = bank_sector.sector(place)
    assert seen.supported_ppm == 0
    for ago, counts in ((5, False), (60, True), (394, True), (500, False)):
        place.board.withdraw("supported")
        place.board.tell(int(place.env.now) - 24, "spv:some", "supported", place.day - ago)
        assert (bank_sector.sector(place).supported_ppm > 0) is counts
    place.board.withdraw("supported")
    bank.memory["last"]["tranches"] = bank.last["loans"] // 4
    before = bank.memory["risk_ppm"]
    bank_risk.decide(bank, seen)
    assert bank.memory["securitised_ppm"] == pytest.approx(200_000, abs=1)
    assert bank.memory["risk_ppm"] > before


def test_joint_loans_are_the_partners_and_its_reserves_follow() -> None:
    joint = {"volume_ppm": 300_000, "partners": {"bank:regional_1": 1_000_000}}
    place = run_to(small(originators__ant_xiaowei__joint_lending=joint))
    bank: Any = place.banks["regional_1"]
    assert bank.last["partners"] == {"ant_xiaowei": place.ledger.nominal(_joint(place, bank))}
    assert bank.last["partners"]["ant_xiaowei"] > 10**11
    assert place.ledger.allowance(_joint(place, bank)) > 0
    assert not bank.failed
    rows = [r for r in place.recorder.table("banks").to_pylist() if r["institution"] == bank.party]
    assert all(r["consumer_fen"] > 0 for r in rows)


def test_joint_loans_past_due_are_provided_for_and_count_as_non_performing() -> None:
    """What the platform tells adds up to the bank's claim; worse borrowers are provided for before any write-off, weigh
    on capital, and stand in the bank's non-performing share once they are more than 90 days late."""
    joint = {"volume_ppm": 300_000, "partners": {"bank:regional_1": 1_000_000}}
    sound, bad = (
        run_to(
            small(
                originators__ant_xiaowei__joint_lending=joint,
                originators__ant_xiaowei__lending__intercept={"2010-01-01": intercept},
            )
        )
        for intercept in (-8.0, -5.0)
    )
    share, capital = [], []
    for place in (sound, bad):
        bank: Any = place.banks["regional_1"]
        ledger, claim, lender = place.ledger, _joint(place, bank), place.originators["ant_xiaowei"]
        told = place.heard(lender.party, f"arrears:{bank.party}")
        assert sum(told) == ledger.nominal(claim) == bank.memory["joint_fen"]
        rates = (bank.balance.conduct.joint_default_ppm, *lender.terms.provision_ppm[1:])
        assert ledger.allowance(claim) == sum(fen * ppm // 10**6 for fen, ppm in zip(told, rates, strict=True))
        share.append(ledger.allowance(claim) / ledger.nominal(claim))
        rows = [r for r in place.recorder.table("banks").to_pylist() if r["institution"] == bank.party]
        assert rows[-1]["npl_ppm"] == (bank.memory["npl_fen"] + sum(told[4:])) * 10**6 // (
            ledger.nominal(bank.corporate_claim) + sum(told)
        )
        capital.append(rows[-1]["capital_ppm"])
    assert 0.02 < share[0] < share[1]
    assert bad.banks["regional_1"].memory["joint_npl_fen"] > 2 * sound.banks["regional_1"].memory["joint_npl_fen"]
    assert capital[0] > capital[1]


def _joint(place: SecuritizationMarket, bank: Any) -> int:
    return place.ledger.claim(Kind.LOAN, bank.party, "world:households", deal="ant_xiaowei")


def test_stress_raises_the_state_and_the_defaults_of_general_loans() -> None:
    """The same draws with and without two standard deviations of stress from February on."""
    calm, bad = small(), small(macro__stress={"2017-02-01": 2.0})
    for place in (calm, bad):
        run_to(place)
    for one, other in zip(calm.commercial_banks(), bad.commercial_banks(), strict=True):
        assert other.memory["state_ppm"] == 2_000_000 > one.memory["state_ppm"]
        assert other.memory["npl_fen"] > one.memory["npl_fen"]
        assert other.memory["risk_ppm"] < one.memory["risk_ppm"]


def test_a_rule_caps_one_partner_only_where_there_is_one() -> None:
    rule = {"rule": "single_partner_cap", "from": "2017-01-01", "applies_to": ["bank"], "source": "RUL12"}
    free, bound = small(), small(rules={"partners": rule})
    for place in (free, bound):
        place.step()
    bank: Any = free.banks["regional_1"]
    capped: Any = bound.banks["regional_1"]
    assert partner_caps(bank) == (None, None)
    assert partner_caps(capped) == (capped.last["tier1"] * 250_000 // 1_000_000, None)


def test_the_shipped_banks_are_the_law_of_the_terms() -> None:
    shipped = yaml.safe_load((SCENARIOS / "worlds" / "banks.yaml").read_text(encoding="utf-8"))
    assert BankSystemTerms(**shipped["bank_system"]) == BankSystemTerms()


def test_a_full_bank_needs_a_system() -> None:
    with pytest.raises(ScenarioError, match="bank_system"):
        market(HUABEI, banks__line_bank__balance={"assets_fen": 10**14})


def test_a_restored_market_of_banks_goes_on_bit_for_bit() -> None:
    whole = run_to(small(), SPRING)
    saved = whole.state()
    again = small()
    again.restore({"arrays": saved["arrays"], "json": json.loads(json.dumps(saved["json"]))})
    for place in (whole, again):
        run_to(place, day_of(datetime.date(2017, 3, 12)))
    assert whole.ledger.state()["json"] == again.ledger.state()["json"]
    for name, values in whole.ledger.state()["arrays"].items():
        assert (values == again.ledger.state()["arrays"][name]).all(), name
    assert {b.party: b.memory for b in whole.commercial_banks()} == {
        b.party: b.memory for b in again.commercial_banks()
    }
