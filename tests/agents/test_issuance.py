"""Deals come to market step by step: dated, paid for, sized by the rating, priced by the book, or withdrawn by name."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from note_worlds import MANDATES, rows, small_market
from worlds import run_to

from sim.agents.enhancement import size_classes
from sim.agents.issuance import open_mandate, outcome
from sim.agents.spv_life import current_rating
from sim.calendar import BANK, EXCHANGE, day_of
from sim.ledger import Code
from sim.market import SecuritizationMarket
from sim.records import checkpoint
from sim.timetable import HOURS_PER_DAY, Hour

DATE = datetime.date
FIRST = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000)}
AFTER_FIRST = day_of(DATE(2019, 9, 27))


@pytest.fixture(scope="module")
def year() -> SecuritizationMarket:
    """The small market lived to the end of 2020."""
    return run_to(small_market())


def of_deal(place: SecuritizationMarket, table: str, deal: str) -> list[dict[str, Any]]:
    return [row for row in rows(place, table) if row["deal"] == deal]


# -- the way to market -----------------------------------------------------------------------------------------------


def test_an_issue_takes_weeks_on_working_days_and_its_steps_are_in_order(year: SecuritizationMarket) -> None:
    steps = of_deal(year, "issuance", "baitiao_1")
    closing = next(row["date"] for row in steps if row["what"].startswith("books closed"))
    before = [row for row in steps if row["date"] < closing]
    assert [row["step"] for row in before] == [1, 2, 3, 4, 5, 5, 5, 6]
    days = [day_of(row["date"]) for row in before]
    assert days == sorted(days)
    assert all(BANK.is_open(day) for day in days)
    assert EXCHANGE.is_open(day_of(closing))
    assert (closing - DATE(2019, 7, 8)).days > 40
    assert [row["step"] for row in steps if row["date"] == closing] == [6, 6, 7, 7, 8]


def test_a_shelf_is_approved_once_and_then_drawn_on(year: SecuritizationMarket) -> None:
    def days_to_book(deal: str) -> tuple[str, int]:
        steps = of_deal(year, "issuance", deal)
        handed_in = next(row for row in steps if row["step"] == 6)
        closed = next(row["date"] for row in steps if row["what"].startswith("books closed"))
        first, last = day_of(handed_in["date"]), day_of(closed)
        return handed_in["what"], sum(BANK.is_open(day) for day in range(first + 1, last + 1))

    rules = year.issuance_rules
    assert days_to_book("baitiao_1") == ("shelf handed in for approval", rules.approval_days)
    assert days_to_book("baitiao_2") == ("draw-down on the approved shelf", rules.draw_down_days)
    assert days_to_book("second_1") == ("issue handed in for approval", rules.approval_days)


def test_fees_reach_the_parties_named(year: SecuritizationMarket) -> None:
    paid = [row for row in rows(year, "issuance") if row["what"] == "agency rates the classes"]
    for agency in ("agency:united", "agency:golden"):
        fees = sum(row["amount_fen"] for row in paid if row["party"] == agency)
        assert year.ledger.income(agency).get(Code.FEE, 0) == fees
    assert sum(row["amount_fen"] for row in paid) > 0


def test_classes_are_sized_as_the_smallest_support_rounded_up_to_a_tenth_of_a_per_cent() -> None:
    shelf = small_market().shelves["baitiao"]
    assert size_classes(shelf, {"AAA": 107_300, "AA+": 76_000}) == {"senior": 8_920, "mezzanine": 320, "residual": 760}
    # A letter that comes free leaves nothing for the class above it; the thinnest residual is the shelf's.
    assert size_classes(shelf, {"AAA": 40_000, "AA+": 30_000}) == {"senior": 9_500, "residual": 500}


def test_coupons_lie_in_the_guided_range_and_allotments_are_the_register(year: SecuritizationMarket) -> None:
    books = [b for b in rows(year, "books") if b["coupon_bp"] is not None and b["tranche"] != "residual"]
    assert len(books) >= 6
    for book in books:
        terms = year.shelves[book["deal"].rsplit("_", 1)[0]].classes[book["tranche"]]
        low, high = (book["risk_free_bp"] + spread for spread in (terms.low_spread_bp, terms.high_spread_bp))
        assert low <= book["coupon_bp"] <= (2 * high - low if book["widened"] else high)
    assert any(b["coupon_bp"] > b["risk_free_bp"] + 1 for b in books)


def test_holders_pay_exactly_the_face_and_the_originator_keeps_the_residual() -> None:
    place = run_to(small_market(FIRST), AFTER_FIRST)
    spv = place.deals["baitiao_1"]
    assert spv.active
    assert spv.terms.cutoff == spv.terms.closing
    for tranche in spv.terms.seniors:
        held = spv.holdings(tranche)
        assert sum(held.values()) == spv.terms.tranche_face_fen(tranche)
        assert "originator:jdct" not in held
    assert spv.holdings("residual").get("originator:jdct", 0) * 10 >= spv.terms.tranche_face_fen("residual") * 8


def test_the_vertical_slice_stays_with_the_originator_in_every_class() -> None:
    place = run_to(small_market(FIRST, shelves__baitiao__vertical_retention_bp=500), AFTER_FIRST)
    spv = place.deals["baitiao_1"]
    for tranche in spv.terms.ranked:
        assert spv.terms.tranches[tranche].holders["originator:jdct"] >= 500


# -- what ends a mandate ---------------------------------------------------------------------------------------------


def ended(place: SecuritizationMarket, deal: str = "baitiao_1") -> str:
    (event,) = [row for row in of_deal(place, "events", deal) if row["family"] == "issuance"]
    assert deal not in place.desk.pipeline  # type: ignore[union-attr]
    assert deal not in place.deals
    assert outcome(place, deal) == {"placed": 0, "face_fen": 0, "coupon_bp": 0}
    return str(event["event"])


def test_a_book_fails_when_budgets_are_cut_and_nothing_is_owed() -> None:
    poor = {f"investors__{name}__cash_fen": 20_000_000_000 for name in ("wealth", "bond_fund", "insurer", "broker")}
    place = run_to(small_market(FIRST, **poor), AFTER_FIRST)
    assert ended(place) == "book_failed"
    (book,) = of_deal(place, "books", "baitiao_1")
    assert book["coupon_bp"] is None
    assert book["cover_ppm"] < 600_000
    assert "spv:baitiao_1" not in place.ledger.parties


def test_a_short_book_cuts_the_whole_issue_so_that_support_stays() -> None:
    thin = {"investors__wealth__cash_fen": 40_000_000_000, "investors__insurer__cash_fen": 30_000_000_000}
    thin["shelves__baitiao__least_placed_ppm"] = 300_000
    place = run_to(small_market(FIRST, investors__bond_fund__cash_fen=20_000_000_000, **thin), AFTER_FIRST)
    spv = place.deals["baitiao_1"]
    assert 36_000_000_000 <= spv.terms.face_fen < 120_000_000_000
    whole = run_to(small_market(FIRST), AFTER_FIRST).deals["baitiao_1"]
    for tranche in spv.terms.ranked:
        assert spv.terms.tranches[tranche].share_bp == whole.terms.tranches[tranche].share_bp


STRICT = {f"agencies__{name}__response_ppm": 0 for name in ("united", "golden")}
"""Agencies that believe that no mandate depends on how much they ask for."""


@pytest.mark.parametrize(
    ("changes", "event"),
    [
        ({"originators__jdct__fails_on": "2019-08-01"}, "originator_failed"),
        ({"issuance__suspended_from": "2019-09-01"}, "not_approved"),
        ({"shelves__baitiao__most_support_bp": 500} | STRICT, "no_rating"),
    ],
)
def test_what_else_withdraws_an_issue(changes: dict[str, Any], event: str) -> None:
    assert ended(run_to(small_market(FIRST, **changes), AFTER_FIRST)) == event


def test_a_pool_that_is_too_small_ends_the_mandate_at_its_first_step() -> None:
    huge = {DATE(2019, 7, 8): ("baitiao", 10**17)}
    place = run_to(small_market(huge, shelves__baitiao__max_face_fen=10**16), day_of(DATE(2019, 7, 15)))
    assert ended(place) == "pool_short"


def test_an_issue_is_checked_against_loans_that_meet_its_criteria() -> None:
    """Current loans were counted, and the book closed on whatever of them turned out to be eligible."""
    none = {"shelves__baitiao__prototype__eligibility__max_owed_fen": 1_000}
    place = run_to(small_market(FIRST, **none), day_of(DATE(2019, 7, 15)))
    assert ended(place) == "pool_short"


def test_an_issue_is_cut_to_its_eligible_loans() -> None:
    changes = {"shelves__baitiao__max_face_fen": 10**16, "shelves__baitiao__least_placed_ppm": 1_000}
    place = run_to(small_market({DATE(2019, 7, 8): ("baitiao", 10**14)}, **changes), day_of(DATE(2019, 7, 15)))
    cut = place.desk.pipeline["baitiao_1"]["face_fen"]
    assert 10**14 // 1_000 <= cut < 10**14
    assert cut <= int(place.books["jdct"].stocks("originator:jdct")[0])


def test_the_window_is_shut_while_issues_are_suspended_and_for_small_faces() -> None:
    place = run_to(small_market({}, issuance__suspended_from="2019-06-01"), day_of(DATE(2019, 6, 3)))
    assert open_mandate(place, "baitiao", 10**11, "test") is None
    place = run_to(small_market({}), day_of(DATE(2019, 6, 3)))
    assert open_mandate(place, "baitiao", 10**9, "test") is None
    assert open_mandate(place, "baitiao", 10**11, "test") == "baitiao_1"
    assert [row["event"] for row in rows(place, "events")] == ["window_shut"]


def test_nobody_hears_of_an_outcome_before_the_hour_after_it_was_told() -> None:
    place = run_to(small_market(FIRST), day_of(DATE(2019, 9, 25)))
    heard: list[tuple[int, bool]] = []

    def listen() -> Any:
        for hour in (Hour.TRADE, Hour.FUND, Hour.RATE):
            yield place.env.timeout(int(hour) - place.env.now % HOURS_PER_DAY)
            heard.append((int(hour), outcome(place, "baitiao_1") is not None))

    place.env.process(listen())
    place.step()
    assert heard == [(int(Hour.TRADE), False), (int(Hour.FUND), False), (int(Hour.RATE), True)]
    told = outcome(place, "baitiao_1")
    assert told is not None
    assert told["placed"] == 1
    assert told["coupon_bp"] == place.deals["baitiao_1"].terms.tranches["senior"].coupon_bp


# -- what prices an issue --------------------------------------------------------------------------------------------


def coupon(**changes: Any) -> int:
    place = run_to(small_market(FIRST, **changes), AFTER_FIRST)
    return next(int(book["coupon_bp"]) for book in of_deal(place, "books", "baitiao_1") if book["tranche"] == "senior")


def test_more_disclosure_lowers_the_coupon() -> None:
    assert coupon(issuance__disclosure_ppm={"2010-01-01": 1_000_000}) < coupon(
        issuance__disclosure_ppm={"2010-01-01": 0}
    )


def test_more_investors_admitted_lower_the_coupon() -> None:
    small = {
        "investors__savers": {
            "title": "Small investors", "kind": "small", "cash_fen": 300_000_000_000, "each_fen": 20_000_000,
            "mandate": {"per_tranche_ppm": 900_000, "per_originator_ppm": 900_000},
        }
    }  # fmt: skip
    shut = coupon(**small)
    assert shut == coupon()
    assert coupon(**small, issuance__entry_threshold_fen={"2010-01-01": 10_000_000}) < shut


def test_other_supply_takes_budget_and_raises_the_coupon() -> None:
    supply = {"other_supply": {"monthly_fen": {"2019-01-01": 20_000_000_000}, "months": 24}}
    assert coupon(**supply) > coupon()
    place = run_to(small_market(FIRST, **supply), AFTER_FIRST)
    sold = [book for book in rows(place, "books") if book["deal"] == "other_supply"]
    stock = [book for book in rows(place, "books") if book["deal"] == "other_supply_seasoned"]
    assert len(stock) == 23  # what 23 earlier months have left
    assert {book["date"] for book in stock} == {sold[0]["date"]}
    assert len({book["date"].isocalendar()[1] for book in sold}) == len(sold)  # once a week
    vintages = place.desk.memory["other"]  # type: ignore[union-attr]
    assert [vintage["left"] for vintage in vintages] == sorted(vintage["left"] for vintage in vintages)
    owed = sum(sum(vintage["held"].values()) for vintage in vintages)
    assert 0 < owed < sum(book["placed_fen"] for book in (*stock, *sold))  # earlier months' issues are being repaid


# -- a market that stops and goes on ---------------------------------------------------------------------------------


@pytest.mark.parametrize("stop", [DATE(2020, 7, 3), DATE(2020, 11, 20)])
def test_a_restored_market_goes_on_bit_for_bit(tmp_path: Path, stop: datetime.date, year: SecuritizationMarket) -> None:
    assert max(MANDATES) < stop
    half = run_to(small_market(), day_of(stop))
    checkpoint.save(tmp_path / "midnight.npz", half.state())
    again = small_market({})
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    run_to(again)
    for table in ("issuance", "books", "trades", "payments", "balance_sheets", "events"):
        later = [row for row in rows(year, table) if row["date"] >= stop]
        assert rows(again, table) == later, table
    assert again.ledger.state()["json"] == year.ledger.state()["json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"shelves__baitiao__classes__residual__rating": "A"}, "the last class is residual"),
        ({"shelves__baitiao__classes__senior__low_spread_bp": 900}, "low_spread_bp lies above high_spread_bp"),
        ({"shelves__baitiao__managers": ["agency:golden"]}, "manager"),
        ({"shelves__baitiao__agencies": ["agency:unknown"]}, "is not a party"),
        ({"shelves__baitiao__prototype__revolving_months": 0, "shelves__baitiao__prototype__amortisation_months": 0},
         "no life"),
    ],
)  # fmt: skip
def test_a_faulty_shelf_is_refused_at_loading(change: dict[str, Any], said: str) -> None:
    refuse: Callable[..., Any] = small_market
    with pytest.raises(Exception, match=said):
        refuse(**change)


def test_of_two_mandated_agencies_both_rate_both_watch_and_the_stricter_letter_counts() -> None:
    place = run_to(small_market(FIRST, issuance__rating_regime={DATE(2010, 1, 1): "dual"}), AFTER_FIRST)
    deal = next(iter(place.deals))
    assigned = [(r["agency"], r["tranche"]) for r in of_deal(place, "ratings", deal) if r["action"] == "assign"]
    assert sorted(assigned) == [(a, t) for a in ("agency:golden", "agency:united") for t in ("mezzanine", "senior")]
    united, golden = (place.agencies[name] for name in ("united", "golden"))
    golden.memory["ratings"][f"{deal}/senior"] = "A"
    assert current_rating(place.deals[deal], "senior") == "A"
    united.memory["ratings"][f"{deal}/senior"] = "BBB"
    assert current_rating(place.deals[deal], "senior") == "BBB"


def test_an_agency_not_mandated_rates_nothing(year: SecuritizationMarket) -> None:
    raters: dict[str, set[str]] = {}
    for row in rows(year, "ratings"):
        raters.setdefault(row["deal"], set()).add(row["agency"])
    assert raters
    assert {len(agencies) for agencies in raters.values()} == {1}
