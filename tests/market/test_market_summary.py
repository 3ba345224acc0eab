"""The summary of a whole market says what its tables say, counted another way, and a resumed market says the same."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents.opening_market import seasoned_names
from sim.calendar import day_of
from sim.cli.market_summary import market_lines, show_market
from sim.market import SecuritizationMarket
from sim.market.tally import Tally
from sim.records.writer import Recorder
from sim.scenario import load_scenario

FEW: dict[str, Any] = {
    "population.households": 6_000, "population.weight": 83_333, "burn_in_months": 2, "watched_households": 2,
    "end": "2019-02-28",
}  # fmt: skip


def baseline() -> SecuritizationMarket:
    return SecuritizationMarket(scenario=load_scenario(SCENARIOS / "baseline.yaml", FEW))


@pytest.fixture(scope="module")
def ended() -> tuple[SecuritizationMarket, SecuritizationMarket, dict[str, Any]]:
    """(the market at its end, another resumed from the middle to the end, the first one's summary)."""
    place, resumed = baseline(), baseline()
    run_to(place, day_of(datetime.date(2019, 2, 10)))
    state = place.state()
    resumed.restore({"arrays": state["arrays"], "json": json.loads(json.dumps(state["json"]))})
    run_to(place)
    return place, run_to(resumed), place.summary()


def rows(place: SecuritizationMarket, table: str) -> list[dict[str, Any]]:
    return list(place.recorder.table(table).to_pylist())


def test_credit_is_that_of_the_ledger_by_who_owns_it(ended: tuple[Any, Any, dict[str, Any]]) -> None:
    place, _, summary = ended
    credit = summary["market"]["credit"]
    total = credit[-1]
    owned: Counter[str] = Counter()
    for row in rows(place, "exposures"):
        what = (row["date"], row["layer"], row["debtor"], row["state"])
        if what == (place.settings.end, "LOAN", "world:households", "drawn"):
            owned[row["creditor"].split(":")[0]] += row["amount_fen"]
    for part, creditor in (("own", "originator"), ("partners", "bank"), ("pooled", "spv")):
        principal = total[f"{part}_fen"]  # exposures count fees owing too, which are a few per cent at most
        assert 0 < principal <= owned[creditor] <= principal * 103 // 100
    assert total["managed_fen"] == sum(int(book.stock.sum()) for book in place.books.values())
    assert total["elsewhere_fen"] == 0
    for part in ("managed_fen", "own_fen", "partners_fen", "pooled_fen", "over_90_fen"):
        assert sum(row[part] for row in credit[:-1]) == total[part]
    assert total["own_pct"] + total["partners_pct"] + total["pooled_pct"] == pytest.approx(100, abs=0.02)


def test_issuance_is_that_of_the_books_without_what_was_outstanding(ended: tuple[Any, Any, dict[str, Any]]) -> None:
    place, _, summary = ended
    old = seasoned_names(place)
    new = [r for r in rows(place, "books") if r["deal"] not in old and r["deal"] != "other_supply"]
    sold = [r for r in new if r["placed_fen"] and r["rating"] != "unrated"]
    every = [row for row in summary["market"]["issuance"] if row["kind"] != "other_supply"]
    table, (whole,) = [row for row in every if row["kind"] != "all"], [row for row in every if row["kind"] == "all"]
    assert whole["face_fen"] == sum(row["face_fen"] for row in table)
    assert whole["deals"] == sum(row["deals"] for row in table)
    assert sold
    assert {r["deal"] for r in rows(place, "books")} & old
    assert sum(row["deals"] for row in table) == len({r["deal"] for r in sold})
    mean = sum(r["placed_fen"] * r["coupon_bp"] for r in sold) / sum(r["placed_fen"] for r in sold)
    coupons = [row["coupon_pct"] for row in table if row["coupon_pct"] is not None]
    assert min(coupons) * 100 - 1 <= mean <= max(coupons) * 100 + 1
    assert whole["coupon_pct"] * 100 == pytest.approx(mean, abs=1)
    failed = [r for r in rows(place, "events") if r["event"] == "book_failed" and r["deal"] not in old]
    assert sum(row["books_failed"] for row in table) == len([r for r in failed if "_bond_" not in r["deal"]])
    assert sum(row["deals"] for row in summary["market"]["lenders"]) == sum(row["deals"] for row in table)


def test_sums_kept_on_the_way_are_those_of_the_tables(ended: tuple[Any, Any, dict[str, Any]]) -> None:
    place, _, summary = ended
    market = summary["market"]
    assert market["trading"]["trades"] == len(rows(place, "trades"))
    assert market["trading"]["nominal_fen"] == sum(row["nominal_fen"] for row in rows(place, "trades"))
    assert market["ratings"] == Counter(row["action"] for row in rows(place, "ratings"))
    changed = [row["event"] for row in rows(place, "events") if row["effect"] != "no change"]
    assert market["happenings"] == Counter(changed)
    assert sum(row["loss_fen"] for row in market["losses"]) == sum(r["amount_fen"] for r in rows(place, "loss_flows"))
    assert market["losses"]
    assert market["ratings"]
    assert market["trading"]["trades"]


def test_banks_and_holders(ended: tuple[Any, Any, dict[str, Any]]) -> None:
    place, _, summary = ended
    last = [r for r in rows(place, "banks") if r["date"] == place.settings.end]
    for group in summary["market"]["bank_groups"]:
        mine = [r for r in last if r["group"] == group["group"]]
        assert len(mine) == group["banks"]
        assert group["least_capital_pct"] == pytest.approx(min(r["capital_ppm"] for r in mine) / 10_000, abs=0.01)
        # A row of `banks` tells of the closing, and what other parties pay later that evening comes after it.
        names = {r["institution"] for r in mine}
        sheets = [r for r in rows(place, "balance_sheets") if r["date"] == place.settings.end]
        assert group["assets_fen"] == sum(
            r["amount_fen"] for r in sheets if r["institution"] in names and r["side"] == "asset"
        )
    held = [r for r in rows(place, "holdings") if r["date"] == place.settings.end]
    shown = summary["market"]["holders"]
    assert sum(r["rated_fen"] + r["residual_fen"] for r in shown) == sum(r["nominal_fen"] for r in held)


def test_a_resumed_market_tells_the_same(ended: tuple[Any, Any, dict[str, Any]]) -> None:
    _, resumed, summary = ended
    assert resumed.summary()["market"] == summary["market"]


def test_every_rule_has_a_row_for_lenders_and_banks_every_day_and_changes_alternate(
    ended: tuple[SecuritizationMarket, SecuritizationMarket, dict[str, Any]],
) -> None:
    place, resumed, _ = ended
    told = rows(place, "regulation")
    end = [r for r in told if r["date"] == place.settings.end]
    banks = [r["institution"] for r in end if r["rule"] == "bank_capital_minima"]
    assert len(banks) == len(place.commercial_banks())
    days = [[r["date"] for r in told if r["rule"] == rule] for rule in ("bank_capital_minima", "cash_loan_notice")]
    assert (
        set(days[0]) == set(days[1]) == {place.settings.start + datetime.timedelta(n) for n in range(len(set(days[0])))}
    )
    assert len(days[0]) == len(set(days[0])) * len(banks)
    assert [r["institution"] for r in end if r["rule"] == "cash_loan_notice"] == [
        f"originator:{name}" for name, o in place.originators.items() if o.terms.kind == "microlender"
    ]
    bound: dict[tuple[str, str], bool] = {}
    for row in told:
        key = (row["institution"], row["rule"])
        assert row["headroom_fen"] == row["limit_fen"] - row["position_fen"]
        if row["action"]:
            assert (row["action"] == "begins to bind") is (not bound.get(key, False))
            bound[key] = row["action"] == "begins to bind"
        assert bound.get(key, False) is (row["headroom_fen"] <= 0)
    assert any(bound.values()) or any(row["action"] for row in told)
    later = [r for r in told if r["date"] >= datetime.date(2019, 2, 10)]
    assert rows(resumed, "regulation") == later


def test_a_rule_is_measured_on_what_is_owed(
    ended: tuple[SecuritizationMarket, SecuritizationMarket, dict[str, Any]],
) -> None:
    place, _, _ = ended
    drawn: Counter[str] = Counter()
    for row in rows(place, "exposures"):
        if row["date"] == place.settings.end and row["layer"] == "WAREHOUSE" and row["state"] == "drawn":
            drawn[row["debtor"]] += row["amount_fen"]
    end = [r for r in rows(place, "regulation") if r["date"] == place.settings.end]
    lines = [r for r in end if r["rule"] == "small_loan_bank_funding"]
    assert lines
    for row in lines:
        assert row["position_fen"] == pytest.approx(drawn[row["institution"]], rel=0.01)
        assert row["limit_fen"] == max(0, place.ledger.equity(row["institution"])) * 500_000 // 1_000_000


def test_the_lines_below_the_tables() -> None:
    market = {
        "lenders": [{}] * 30,
        "trading": {"trades": 3, "nominal_fen": 250_000_000_000, "turnover_pct": 5.25},
        "ratings": {"assign": 4, "downgrade": 7},
        "failed": ["originator:x"],
        "happenings": {"book_failed": 2},
        "told": ["2020-01-01 x: capital_raised: 241269029001 fen paid in", *(f"line {k}" for k in range(13))],
    }
    first, *lines = market_lines(market)
    assert first == "Lenders: the 25 largest of 30; table `lenders` has all"
    assert lines[0] == "Trading: 3 trades of 2.50 billion yuan; turnover of twelve months 5.2 %"
    assert lines[1] == "Ratings: downgrade 7, assign 4"
    assert lines[2] == "Failed: originator:x"
    assert lines[3] == "Happenings: book failed 2"
    assert lines[4] == "  2020-01-01 x: capital_raised: 2,412.69 million yuan paid in"
    assert lines[-1] == "  and 2 more in the table `events`"
    assert len(lines) == 4 + 12 + 1


def test_books_that_failed_are_counted_by_shelf_and_seasoned_plans_are_not_issuance() -> None:
    recorder, tally = Recorder(), Tally(frozenset({"a_1"}))
    tally.follow(recorder)
    book = {
        "date": day_of(datetime.date(2020, 5, 4)), "tranche": "senior", "rating": "AAA", "offered_fen": 100,
        "placed_fen": 100, "demand_low_fen": 0, "demand_high_fen": 0, "cover_ppm": 0, "buyers": 1, "widened": False,
        "risk_free_bp": 250, "coupon_bp": 300,
    }  # fmt: skip
    recorder.add("books", **book | {"deal": "a_1"})
    recorder.add("books", **book | {"deal": "a_2"})
    recorder.add("books", **book | {"deal": "a_3", "placed_fen": 300, "coupon_bp": 400})
    recorder.add("books", **book | {"deal": "a_3", "tranche": "sub", "rating": "unrated", "coupon_bp": 2_000})
    event = {"hour": 15, "institution": "", "family": "issuance", "event": "book_failed", "detail": "", "effect": "x"}
    recorder.add("events", date=book["date"], deal="a_4", **event)
    recorder.add("events", date=book["date"], deal="a_4", **event | {"event": "npl_ratio", "effect": "no change"})
    spread = 100 * 50 + 300 * 150
    assert tally.data["books"] == {
        "2020": {"a": {"placed_fen": 400, "coupon_fen_bp": 150_000, "spread_fen_bp": spread, "failed": 1}}
    }
    assert tally.data["events"] == {"book_failed": 1}


def test_of_many_lenders_and_years_the_largest_and_the_sums_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"deals": 1, "face_fen": 10**11, "aaa_pct": 90.0, "coupon_pct": 3.0, "spread_bp": 40.0, "books_failed": 0}
    years = [{**row, "year": str(y), "kind": kind} for y in range(2014, 2019) for kind in ("retailer", "all")]
    names = ("lender", "managed_fen", "failed")
    lenders = [dict(zip(names, (f"l{k:02}", k * 10**11, k == 0), strict=True)) for k in range(40)]
    empty = {"credit": [], "holders": [], "bank_groups": [], "losses": [], "ratings": {}, "happenings": {}}
    trading = {"trades": 0, "nominal_fen": 0, "turnover_pct": None}
    show_market(
        {
            **empty,
            "day": "2018-12-31",
            "issuance": years,
            "lenders": lenders,
            "trading": trading,
            "failed": [],
            "told": [],
        }
    )
    shown = capsys.readouterr().out
    assert "retailer" not in shown
    assert all(f" {y} " in shown for y in range(2014, 2019))
    assert "l39" in shown
    assert "l15" in shown
    assert "l14" not in shown


def test_losses_of_the_market_are_shown_beside_much_larger_ones_outside_it(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("claim", "of", "borne_by", "loss_fen")
    losses = [
        ("LOAN", "world:merchants", "bank", 10**16),
        ("LOAN", "world:households", "originator", 5 * 10**11),
        ("TRANCHE", "spv", "broker", 10**8),
    ]
    empty = {"credit": [], "holders": [], "bank_groups": [], "issuance": [], "lenders": [], "ratings": {}}
    trading = {"trades": 0, "nominal_fen": 0, "turnover_pct": None}
    shown = [dict(zip(names, loss, strict=True)) for loss in losses]
    market = {
        **empty,
        "day": "2018-12-31",
        "losses": shown,
        "trading": trading,
        "happenings": {},
        "failed": [],
        "told": [],
    }
    show_market(market)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["loan", "households", "originator", "5.00"] in lines
    assert ["others", "<0.01"] in lines
