"""Investors and dealers: money that comes and goes, forced and chosen sales, values in the books, quotes and limits."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from note_worlds import rows, small_market
from worlds import SCENARIOS, run_to

from sim.agents.investor import bell_milli
from sim.agents.investor_books import expected_loss_fen
from sim.agents.issuance_terms import in_force
from sim.agents.note_views import FLOOR
from sim.calendar import day_of
from sim.draws import WORD
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

DATE = datetime.date
FIRST = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000)}
AFTER_FIRST = day_of(DATE(2019, 9, 27))
PPM = 1_000_000


@pytest.fixture(scope="module")
def year() -> SecuritizationMarket:
    """The small market lived to the end of 2020."""
    return run_to(small_market())


def after_first(**changes: Any) -> SecuritizationMarket:
    """The small market two days after its first issue."""
    return run_to(small_market(FIRST, **changes), AFTER_FIRST)


# -- money -----------------------------------------------------------------------------------------------------------


def test_a_bell_curve_of_four_draws_has_mean_0_and_its_ends_at_three_and_a_half() -> None:
    assert bell_milli((WORD // 2,) * 4) == 0
    assert bell_milli((0,) * 4) == -3_467
    assert bell_milli((WORD - 1,) * 4) == pytest.approx(3_466, abs=1)


def test_net_money_falls_with_stress_and_downgrades_and_is_bounded() -> None:
    calm = small_market({}).investors["bond_fund"]
    strained = small_market({}, macro__observed=False, macro__stress={"2019-01-01": 2.0}).investors["bond_fund"]
    flat = small_market({}, macro__observed=False).investors["bond_fund"]
    # 30,000 ppm per standard deviation, same draw of the month.
    assert flat.flow_ppm(10**12) - strained.flow_ppm(10**12) == 60_000
    before = calm.flow_ppm(10**12)
    calm.memory["downgraded_fen"] = 6 * 10**10
    assert before - calm.flow_ppm(10**12) == 60_000
    calm.memory["downgraded_fen"] = 10**12
    assert calm.flow_ppm(10**12) == -250_000
    assert small_market({}).investors["insurer"].flow_ppm(10**12) == 0


def test_money_follows_the_growth_of_the_market() -> None:
    alone, following = (
        small_market({}, investors__bond_fund__flows={"follows_ppm": share}).investors["bond_fund"]
        for share in (0, 500_000)
    )
    assert following.flow_ppm(10**12) == alone.flow_ppm(10**12), "nothing is known of the market yet"
    for fund in (alone, following):
        fund.place.board.tell(int(fund.place.env.now) - 1, FLOOR, "growth", 40_000)
    assert following.flow_ppm(10**12) - alone.flow_ppm(10**12) == 20_000


def test_the_floor_tells_the_growth_of_all_notes_outstanding() -> None:
    supply = {"monthly_fen": {"2010-01-01": 10**11, "2019-07-01": 2 * 10**11}, "months": 12, "rating": "AAA"}
    place = run_to(small_market({}, other_supply=supply), day_of(DATE(2019, 12, 3)))
    kept = place.floor.memory["all_kinds"]  # type: ignore[union-attr]
    assert kept[-1] > kept[0] > 0
    assert place.heard(FLOOR, "growth") == (kept[-1] - kept[0]) * PPM // sum(kept[:-1])


def test_the_decade_and_the_baseline_are_one_economy_of_investors() -> None:
    """Money that stands beside as much of the market at both starts, and that comes and goes by the same rule."""
    shares, flows = [], []
    for name in ("market_2014_2023", "baseline"):
        world = load_scenario(SCENARIOS / f"{name}.yaml")
        supply, start = world.other_supply, world.start
        assert supply is not None
        months = [start - datetime.timedelta(days=30 * k) for k in range(1, supply.months)]
        left = [
            in_force(supply.monthly_fen, day) * (supply.months - k) // supply.months for k, day in enumerate(months, 1)
        ]
        market = sum(left) + sum(shelf.opening_face_fen for shelf in world.shelves.values())
        shares.append(sum(investor.cash_fen for investor in world.investors.values()) / market)
        flows.append({investor.kind: investor.flows for investor in world.investors.values()})
    assert flows[0] == flows[1]
    assert shares[0] == pytest.approx(shares[1], rel=0.1)


def test_what_leaves_is_owed_until_it_is_paid_and_every_fen_is_in_the_ledger() -> None:
    # Nothing but redemptions: a fifth of assets each month.
    flows = {"inflow_ppm": -200_000, "sd_ppm": 0, "stress_ppm": 0}
    place = after_first(investors__wealth__flows=flows)
    wealth = place.investors["wealth"]
    start = wealth.terms.cash_fen
    run_to(place, day_of(DATE(2020, 4, 3)))
    assert place.ledger.income(wealth.party)[Code.ISSUE] < -start // 2
    assert wealth.memory["owed_fen"] == 0 or place.ledger.cash(wealth.party) == 0
    forced = [row for row in rows(place, "trades") if row["seller"] == wealth.party]
    assert forced, "cash cannot have lasted: notes were sold for it"
    assert all(row["buyer"].startswith("dealer:") for row in forced)


# -- letters ---------------------------------------------------------------------------------------------------------


def downgrade(place: SecuritizationMarket, tranche: str, letter: str) -> None:
    """The agency's last word on a class becomes another letter."""
    spv = place.deals["baitiao_1"]
    agency = place.agencies[spv.terms.agency.removeprefix("agency:")]
    agency.memory["ratings"][f"baitiao_1/{tranche}"] = letter


def test_notes_below_the_mandate_are_sold_and_money_runs_from_who_holds_them() -> None:
    place = after_first(investors__insurer__grace_days=0, dealers__maker__capital_fen=200_000_000_000)
    insurer, spv = place.investors["insurer"], place.deals["baitiao_1"]
    assert spv.holdings("senior")[insurer.party] > 0
    run_to(place, day_of(DATE(2019, 10, 10)))
    downgrade(place, "senior", "AA")
    run_to(place, day_of(DATE(2019, 11, 4)))
    sales = [row for row in rows(place, "trades") if row["seller"] == insurer.party and row["tranche"] == "senior"]
    assert sales
    assert insurer.party not in spv.holdings("senior")
    assert place.investors["insurer"].memory["breached"].keys() <= {"baitiao_1/senior"}


def test_within_the_days_of_grace_nobody_must_sell_at_any_price() -> None:
    place = after_first(investors__insurer__grace_days=400, dealers__maker__spread__base_ppm=90_000)
    run_to(place, day_of(DATE(2019, 10, 10)))
    downgrade(place, "senior", "AA")
    run_to(place, day_of(DATE(2019, 12, 4)))
    insurer = place.investors["insurer"]
    assert "baitiao_1/senior" in insurer.memory["breached"]
    assert not [row for row in rows(place, "trades") if row["seller"] == insurer.party]


# -- values ----------------------------------------------------------------------------------------------------------


def test_a_holder_marks_or_provides_and_never_both() -> None:
    place = run_to(small_market(FIRST), day_of(DATE(2019, 10, 1)))
    spv, ledger = place.deals["baitiao_1"], place.ledger
    price = place.floor.price_of("baitiao_1", "senior")  # type: ignore[union-attr]
    assert price is not None
    fund = spv.tranche_claim("senior", "investor:bond_fund")
    assert ledger.marked(fund) == ledger.nominal(fund) * (price - PPM) // PPM
    assert ledger.allowance(fund) == 0
    insurer = spv.tranche_claim("senior", "investor:insurer")
    assert ledger.marked(insurer) == 0
    assert 0 < ledger.allowance(insurer) < ledger.nominal(insurer) // 1000


def test_expected_loss_by_hand() -> None:
    # 1 m yuan x 0.1 % a year x 40 % for half a year (183 of 365 days).
    assert expected_loss_fen(100_000_000, 1_000, 400_000, 183) == 40_000 * 183 // 365
    assert expected_loss_fen(100, PPM, PPM, 3_650) == 100


# -- the floor -------------------------------------------------------------------------------------------------------


def test_every_trade_settles_at_its_price_and_is_with_a_dealer(year: SecuritizationMarket) -> None:
    trades = rows(year, "trades")
    assert len(trades) >= 10
    for trade in trades:
        assert {trade["seller"].split(":")[0], trade["buyer"].split(":")[0]} == {"dealer", "investor"}
        assert 900_000 < trade["price_fen"] * PPM // trade["nominal_fen"] < 1_050_000
        assert trade["accrued_fen"] >= 0
    assert [t["trade"] for t in trades if t["date"] == trades[0]["date"]] == list(
        range(1, 1 + sum(t["date"] == trades[0]["date"] for t in trades))
    )


def test_turnover_is_low_and_published_with_a_month_of_delay(year: SecuritizationMarket) -> None:
    floor = year.floor
    assert floor is not None
    sold = sum(row["nominal_fen"] for row in rows(year, "trades") if row["seller"].startswith("investor:"))
    assert sum(floor.memory["traded"]) + floor.memory["sold_fen"] <= sold
    heard = year.heard("market:notes", "turnover")
    assert 5_000 < heard < 400_000, "0.5 % to 40 % a year: MKT12 prints 10.18 %, MKT13 24.41 %"


def test_more_disclosure_brings_more_trade() -> None:
    def traded(disclosed_ppm: int, seed: int) -> int:
        place = run_to(small_market(seed=seed, issuance__disclosure_ppm={"2010-01-01": disclosed_ppm}))
        return sum(row["nominal_fen"] for row in rows(place, "trades"))

    seeds = (1, 2)
    assert sum(traded(PPM, seed) for seed in seeds) > sum(traded(0, seed) for seed in seeds)


def test_a_dealer_at_its_limit_turns_sellers_away_and_says_so_once_a_spell() -> None:
    flows = {"inflow_ppm": -200_000, "sd_ppm": 0, "stress_ppm": 0}
    place = small_market(
        investors__wealth__flows=flows, investors__bond_fund__flows=flows, dealers__maker__capital_fen=2_000_000_000
    )
    most_owed = 0
    while place.day < day_of(DATE(2020, 5, 29)):
        place.step()
        owed = [place.investors[name].memory["owed_fen"] for name in ("wealth", "bond_fund")]
        most_owed = max(most_owed, *owed)
    dealer = place.dealers["maker"]
    said = [row for row in rows(place, "events") if row["event"] == "dealer_at_limit"]
    assert said
    assert len(said) < 30
    assert dealer.inventory_fen() <= dealer.limit_fen() + 10_000_000
    assert most_owed > 0, "who is turned away still owes its own investors"


def test_a_dealer_quotes_around_the_price_and_shades_both_sides_when_it_is_full() -> None:
    place = after_first()
    dealer, spv = place.dealers["maker"], place.deals["baitiao_1"]
    terms = {"disclosure_ppm": 500_000, "venues": 2, "eligible": 4}

    def quotes() -> tuple[int, int]:
        return dealer.quote_ppm(PPM, -1, **terms), dealer.quote_ppm(PPM, 1, **terms)

    bid, ask = quotes()
    assert bid < PPM < ask
    holder = next(h for h in spv.holdings("senior") if h == "investor:wealth")
    spv.transfer_notes("senior", holder, dealer.party, dealer.limit_fen() // 2, dealer.limit_fen() // 2)
    fuller_bid, fuller_ask = quotes()
    assert fuller_bid < bid
    assert fuller_ask < ask
    assert dealer.room_fen(PPM, 300) < dealer.limit_fen()
