"""Every stress scenario on a small market: the shock walks through the layers, and every fall can be explained."""

from __future__ import annotations

import copy
import datetime
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.calendar import day_of
from sim.contagion.explain import explain
from sim.credit.kernels.layout import NO_ROW
from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.records import checkpoint
from sim.scenario import load_scenario

DATE = datetime.date
STRESS = SCENARIOS / "stress"
NAMES = sorted(path.stem for path in STRESS.glob("*.yaml"))
BASE, SHOCK, END = "base", DATE(2019, 6, 3), DATE(2019, 10, 31)
EVE, LATER = DATE(2019, 6, 1), (BASE, "bank_run", "funding_freeze", "platform_exit", "rate_shock", "rating_wave")
"""Scenarios that say nothing of the days before the eve."""
ARM, ITS_BANK = "originator:regional_3", "bank:regional_3"


def world(name: str, end: DATE = END) -> SecuritizationMarket:
    path = SCENARIOS / "studies" / "small_market.yaml" if name == BASE else STRESS / f"{name}.yaml"
    people = {"population.households": 3_000, "population.weight": 6_667, "end": end.isoformat()}
    return SecuritizationMarket(load_scenario(path, people))


@cache
def eve() -> dict[str, Any]:
    """The base at the midnight before anything of the scenarios in LATER: they share its past to the last fen."""
    place = run_to(world(BASE), day_of(EVE))
    return copy.deepcopy({"market": place.state(), "recorder": place.recorder.state()})


@cache
def lived(name: str, end: DATE = END) -> SecuritizationMarket:
    place = world(name, end)
    if name in LATER:
        past = copy.deepcopy(eve())
        place.restore(past["market"])
        place.recorder.restore(past["recorder"])
    return run_to(place)


def rows(name: str, table: str, **equal: Any) -> list[dict[str, Any]]:
    found = lived(name).recorder.table(table).to_pylist()
    return [row for row in found if all(row[column] == value for column, value in equal.items())]


def lost(name: str, instrument: str, from_kind: str = "", to_kind: str = "") -> int:
    return sum(
        row["amount_fen"]
        for row in rows(name, "loss_flows", instrument=instrument)
        if row["from_party"].startswith(from_kind) and row["to_party"].startswith(to_kind)
    )


def events(name: str, event: str) -> list[dict[str, Any]]:
    return rows(name, "events", event=event)


def since(name: str, table: str, column: str, **equal: Any) -> int:
    return sum(row[column] or 0 for row in rows(name, table, **equal) if row["date"] > SHOCK)


def notes_through(name: str, party: str, end: DATE = END) -> int:
    """What holders of notes lost by chains that pass a party."""
    losses = lived(name, end).recorder.table("loss_flows")
    holders = {row["to_party"] for row in losses.to_pylist() if row["instrument"] == "TRANCHE"}
    chains = [chain for holder in sorted(holders) for chain in explain(losses, holder).chains]
    return sum(
        chain.amount_fen
        for chain in chains
        if chain.steps[-1].instrument == "TRANCHE" and any(step.from_party == party for step in chain.steps[:-1])
    )


@pytest.mark.parametrize("name", [name for name in NAMES if name != "covid_2020"])
def test_every_fall_and_every_loser_is_explained_to_the_fen(name: str) -> None:
    losses, sums = lived(name).recorder.table("loss_flows"), Counter[str]()
    for row in losses.to_pylist():
        sums[row["to_party"]] += row["amount_fen"]
    fallen = {row["institution"] for row in rows(name, "events", family="default") if "_failure" in row["event"]}
    for party in {*fallen, *sums}:
        assert explain(losses, party).total_fen == sums[party], party


def test_a_scenario_that_shares_the_past_of_the_base_is_the_one_lived_alone() -> None:
    alone, shared = run_to(world("bank_run", DATE(2019, 6, 12))), lived("bank_run")
    for table in ("market_daily", "events", "loss_flows", "balance_sheets"):
        early = [row for row in shared.recorder.table(table).to_pylist() if row["date"] <= DATE(2019, 6, 12)]
        assert early == alone.recorder.table(table).to_pylist(), table


def test_an_originators_failure_reaches_its_bank_and_its_plans_cash_but_not_its_senior_notes() -> None:
    assert lost("originator_failure", "WAREHOUSE", ARM, ITS_BANK) > 0
    assert lost("originator_failure", "COLLECTED", ARM, "spv:city") > 0
    seniors = rows("originator_failure", "loss_flows", instrument="TRANCHE", rank=0)
    assert not [row for row in seniors if row["from_party"] != row["to_party"]]  # but for who had to sell in a hurry
    bought = [r for r in rows("originator_failure", "purchases") if r["deal"].startswith("city") and r["settled_fen"]]
    assert max(row["date"] for row in bought) < DATE(2019, 7, 1)
    assert since("originator_failure", "market_daily", "lent_fen") < since(BASE, "market_daily", "lent_fen")


def test_isolation_decides_whether_the_failure_reaches_the_notes() -> None:
    held, broken = (
        notes_through(name, ARM) + lost(name, "TRANCHE", "spv:") for name in ("originator_failure", "isolation_fails")
    )
    assert held * 5 < broken
    seniors = [r for r in rows("isolation_fails", "loss_flows", instrument="TRANCHE", rank=0) if r["amount_fen"]]
    assert {row["to_party"].partition(":")[0] for row in seniors} >= {"investor"}


def test_commingled_collections_of_months_are_a_larger_claim_on_the_estate() -> None:
    names = ("originator_failure", "servicer_commingling")
    opened = [rows(name, "events", event="estate_opened", institution=ARM)[0]["detail"] for name in names]
    daily, monthly = (int(told.split(" fen owed")[0]) for told in opened)
    assert monthly > daily
    assert all(lost(name, "COLLECTED", ARM) > 0 for name in names)  # what of it is lost, the estate decides


def test_a_custodian_whose_accounts_are_not_kept_apart_takes_plans_and_their_holders_along() -> None:
    bank = "bank:joint_stock_2"
    assert lost("custodian_failure", "RECOURSE", bank, "spv:") > 0
    assert lost("custodian_failure", "INTERBANK", bank, "bank:") > 0
    # Plans whose cash is gone run short when their notes fall due.
    assert notes_through("custodian_failure", bank, DATE(2020, 2, 29)) > 0


def test_a_stricter_method_downgrades_in_a_wave_and_less_is_issued() -> None:
    downgraded = [len(rows(name, "ratings", action="downgrade")) for name in (BASE, "rating_wave")]
    assert downgraded[1] > 2 * downgraded[0]
    assert placed("rating_wave") < placed(BASE)


def placed(name: str) -> int:
    return sum(r["placed_fen"] for r in rows(name, "books") if r["date"] > SHOCK and r["deal"] != "other_supply")


def test_when_investors_redeem_and_lines_end_notes_find_less_demand_and_cost_more_and_lines_are_gone() -> None:
    """Lenders who lose their lines come to market with no less; what is left of investors' money asks more of them."""
    seniors = [
        [r for r in rows(name, "books", rating="AAA") if r["date"] > SHOCK and r["deal"] != "other_supply"]
        for name in (BASE, "funding_freeze")
    ]
    demand = [sum(r["demand_low_fen"] or 0 for r in books) / sum(r["offered_fen"] for r in books) for books in seniors]
    assert demand[1] < demand[0]
    coupons = [[r["coupon_bp"] for r in books if r["placed_fen"]] for books in seniors]
    assert sum(coupons[1]) / len(coupons[1]) > sum(coupons[0]) / len(coupons[0]) + 5
    offered = lived("funding_freeze")
    for bank in offered.banks.values():
        for subject, offer in bank.memory.get("offered", {}).items():
            if subject.startswith("line:") and not bank.failed:
                assert offer["limit_fen"] == 0, (bank.party, subject)
    units = [
        sum(lived(name).ledger.equity(i.party) for i in lived(name).investors.values())
        for name in (BASE, "funding_freeze")
    ]
    assert units[1] < units[0]


def test_when_lines_end_what_is_drawn_is_taken_back_and_lenders_turn_more_applicants_away() -> None:
    year_end = DATE(2019, 12, 31)
    calm, frozen = (lived(name, year_end) for name in (BASE, "funding_freeze"))
    called = [row for row in frozen.recorder.table("events").to_pylist() if row["event"] == "lines_called"]
    assert {(row["date"], row["detail"]) for row in called} == {(SHOCK, "it grants lenders no lines")}
    arms = {f"originator:{name}" for name, terms in calm.settings.originators.items() if terms.kind == "bank_arm"}
    drawn, refused = [], []
    for market in (calm, frozen):
        owed = market.recorder.table("exposures").to_pylist()
        lines = [row for row in owed if row["layer"] == "WAREHOUSE" and row["debtor"] not in arms]
        drawn.append(sum(r["amount_fen"] for r in lines if r["date"] == DATE(2019, 11, 30) and r["state"] == "drawn"))
        months = market.recorder.table("lenders").to_pylist()
        refused.append(sum(row["refused_fen"] for row in months if row["date"] > END))
    assert drawn[1] == 0 < drawn[0]
    assert refused[1] > refused[0] * 1.2


def test_a_run_drives_a_weak_bank_to_the_emergency_window_and_holders_of_its_bonds_lose() -> None:
    (failure,) = rows("bank_run", "events", event="bank_failure")
    assert (failure["institution"], failure["date"]) == ("bank:joint_stock_1", DATE(2019, 6, 5))
    assert "emergency window" in failure["detail"]
    (short,) = events("bank_run", "below_minimum")
    assert (short["institution"], short["date"]) == ("bank:joint_stock_1", SHOCK)
    assert lost("bank_run", "BOND", "bank:joint_stock_1", "world:") > 0
    told = explain(lived("bank_run").recorder.table("loss_flows"), "bank:joint_stock_1", until=failure["date"])
    assert told.chains[0].origin == "world:merchants"


def test_higher_rates_make_funds_dearer_and_coupons_higher() -> None:
    costs = [since(name, "lenders", "funding_cost_ppm") for name in (BASE, "rate_shock")]
    assert costs[1] > costs[0]
    seniors = [rows(name, "books", rating="AAA") for name in (BASE, "rate_shock")]
    coupons = [[r["coupon_bp"] for r in books if r["date"] > DATE(2019, 7, 1) and r["placed_fen"]] for books in seniors]
    assert median(coupons[1]) > median(coupons[0]) + 100


def test_platforms_that_leave_lend_nothing_more_and_their_borrowers_ask_in_vain() -> None:
    lent = [since(name, "lenders", "granted_fen", institution="originator:quick") for name in (BASE, "platform_exit")]
    assert lent[1] < lent[0] // 4
    assert since("platform_exit", "lenders", "refused_fen") > since(BASE, "lenders", "refused_fen")


def test_nobody_looks_for_room_at_a_platform_that_lends_nothing() -> None:
    place = lived("platform_exit")
    quick, accounts = place.books["quick"].lender, place.accounts
    assert place.books["quick"].granted().any(), "its limits are as they were"
    assert not accounts.room_ppm[:, quick].any()
    turned_to = accounts.columns.lender[accounts.fallback[accounts.fallback != NO_ROW]]
    assert turned_to.size
    assert quick not in turned_to


def test_the_epidemic_raises_arrears_everywhere() -> None:
    place = lived("covid_2020", DATE(2020, 7, 31))
    bad: Counter[DATE] = Counter()
    for row in place.recorder.table("pools").to_pylist():
        if row["deal"].startswith("managed:") and row["date"] in (DATE(2019, 12, 31), DATE(2020, 6, 30)):
            bad[row["date"]] += row["dpd_31_60_fen"] + row["dpd_61_90_fen"] + row["dpd_91_120_fen"]
    assert bad[DATE(2020, 6, 30)] > bad[DATE(2019, 12, 31)] * 1.2


def test_a_run_stopped_between_two_shocks_goes_on_bit_for_bit(tmp_path: Path) -> None:
    end = DATE(2019, 6, 20)
    whole = world("bank_run", end)
    run_to(whole, day_of(DATE(2019, 6, 4)))
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    run_to(whole)
    again = world("bank_run", end)
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    run_to(again)
    assert whole.ledger.state()["json"] == again.ledger.state()["json"]
    for name, values in whole.ledger.state()["arrays"].items():
        assert (values == again.ledger.state()["arrays"][name]).all(), name


@pytest.mark.parametrize(
    ("shock", "told"),
    [
        ({"shock": "failure", "party": "originator:wallet", "on": "2019-06-03"}, "originators.wallet.fails_on"),
        ({"shock": "failure", "party": "bank:large_9", "on": "2019-06-03"}, "did you mean 'bank:large_"),
        ({"shock": "deposit_run", "party": "investor:broker", "on": "2019-06-03", "share_ppm": 1}, "no bank of the"),
        ({"shock": "redemptions", "from": "2019-06-03", "until": "2019-06-01", "monthly_ppm": 1}, "lies before from"),
        ({"shock": "rain", "on": "2019-06-03"}, "rain"),
    ],
)
def test_a_shock_that_cannot_be_is_refused(shock: dict[str, Any], told: str) -> None:
    values = {f"shocks.storm.{name}": value for name, value in shock.items()}
    with pytest.raises(ScenarioError, match=told.replace("'", ".")):
        load_scenario(SCENARIOS / "studies" / "small_market.yaml", values)
