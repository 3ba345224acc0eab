"""What a market shows is found in the tables of a shipped study with few buyers, and of the baseline itself."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from worlds import SCENARIOS

import sim
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.runs import Run
from sim.studies.tracing import trace

STUDIES = SCENARIOS / "studies"
LENIENCY = {"indicator": "rating_leniency_ppm"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    out: Path = tmp_path_factory.mktemp("market")
    return sim.run(str(STUDIES / "short_of_buyers.yaml"), out=out)


def rows(run: Run, table: str, **equal: object) -> list[dict[str, Any]]:
    return [row for row in run.table(table).to_pylist() if all(row[k] == value for k, value in equal.items())]


def test_a_book_fails_and_its_class_is_left_without_a_coupon(run: Run) -> None:
    failed = {row["deal"] for row in rows(run, "events", event="book_failed")}
    assert failed
    unsold = {row["deal"] for row in rows(run, "books", coupon_bp=None)}
    assert failed & unsold


def test_a_class_of_notes_is_downgraded(run: Run) -> None:
    assert rows(run, "ratings", action="downgrade")


def test_mandates_go_to_every_agency_and_issuers_stay_or_change(run: Run) -> None:
    rated = rows(run, "issuance", what="agency rates the classes")
    assert {row["party"] for row in rated} == {row["institution"] for row in rows(run, "indicators", **LENIENCY)}
    changed = [row for row in rows(run, "issuance", step=5) if "did not rate the last issue" in row["what"]]
    assert 0 < len(changed) < len(rated)


def test_agencies_bend_for_some_deals_and_not_for_others(run: Run) -> None:
    bent = [row["value"] for row in rows(run, "indicators", **LENIENCY)]
    assert min(bent) == 0
    assert max(bent) > 0


def test_a_dealer_reaches_its_limit(run: Run) -> None:
    at_limit = rows(run, "events", event="dealer_at_limit")
    assert all(row["institution"].startswith("dealer:") for row in at_limit)
    assert at_limit


def test_a_microlender_at_its_bank_limit_comes_to_market(run: Run) -> None:
    plans = [row for row in rows(run, "lenders", institution="originator:corner") if "bank_loans" in row["binding"]]
    steps = [row for row in rows(run, "issuance", step=1) if "its lines are used up" in row["what"]]
    came = [row for row in steps if row["party"] == "originator:corner"]
    assert plans
    assert came
    assert min(row["date"] for row in plans) <= min(row["date"] for row in came)


def test_every_balance_sheet_closes_to_the_fen(run: Run) -> None:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: {"asset": 0, "liability": 0, "equity": 0})
    for row in rows(run, "balance_sheets"):
        sums[row["date"], row["institution"]][row["side"]] += row["amount_fen"]
    assert {"bank", "originator", "investor", "dealer", "manager", "agency", "spv"} <= {
        party.split(":")[0] for _, party in sums
    }
    assert all(side["asset"] == side["liability"] + side["equity"] for side in sums.values())


def test_a_loan_is_followed_from_its_purchase_to_an_insurers_coupon(run: Run) -> None:
    events = rows(run, "loan_events")
    bought = {row["loan_id"] for row in events if row["event"] == "lent"}
    insured = {row["deal"] for row in rows(run, "holdings", holder="investor:insurer") if row["nominal_fen"]}
    paid = {(row["loan_id"], row["owner"].removeprefix("spv:")) for row in events if row["event"] == "paid"}
    loans = sorted(loan for loan, deal in paid if loan in bought and deal in insured)
    told = ["\n".join(trace(run.folder, "loan", loan)) for loan in loans[:40]]
    whole = [text for text in told if "interest" in text and "investor:insurer" in text]
    assert whole
    text = whole[0]
    assert text.index("bought on credit") < text.index("sold to spv:") < text.index("investor:insurer")


def test_every_watched_loan_and_every_class_can_be_told(run: Run) -> None:
    events = rows(run, "loan_events")
    special = [next((r["loan_id"] for r in events if r["event"] == kind), None) for kind in ("rollover", "written off")]
    joint = next(row["loan_id"] for row in events if row["owner"].startswith("joint:"))
    for loan in filter(None, (*special, joint)):
        assert len(trace(run.folder, "loan", loan)) > 1
    assert " together" in "\n".join(trace(run.folder, "loan", joint))
    traded = rows(run, "trades")[0]
    told = trace(run.folder, "tranche", f"{traded['deal']}/{traded['tranche']}")
    assert any(f"trade: {traded['seller']} sells" in line for line in told)
    assert any(" book of " in line for line in told)


def test_books_close_every_day_and_what_has_ended_is_freed() -> None:
    """Balance sheets are views of the ledger: they add up each midnight; an ended plan leaves no row and no agent."""
    few = {"population.households": 4_000, "population.weight": 5_000, "end": "2019-10-31",
           "patterns.shelves.programme.prototype.revolving_months": 1,
           "patterns.shelves.programme.prototype.amortisation_months": 8}  # fmt: skip
    place = SecuritizationMarket(load_scenario(STUDIES / "small_market.yaml", few))
    most = 0
    while place.day <= place.last_day:
        place.step()
        most = max(most, len(place.deals))
        if place.day % 7 == 0:
            sheets = place.ledger.balance_sheets()
            total: dict[str, int] = defaultdict(int)
            for party, side, fen in zip(sheets["institution"], sheets["side"], sheets["amount_fen"], strict=True):
                total[party] += int(fen) * (1 if side == "asset" else -1)
            assert not any(total.values())
    assert place.closed
    ended = {f"spv:{name}" for name in place.closed}
    assert not ended & {spv.party for spv in place.deals.values()}
    assert not ended & set(place.ledger.party_number)
    assert not any(owner in ended for book in place.books.values() for owner in book.owners)


@pytest.mark.slow
def test_the_baseline_shows_it_all_by_itself(tmp_path: Path) -> None:
    """Its own seed and terms, with fewer and heavier households."""
    place = {"population.households": 20_000, "population.weight": 25_000, "end": "2020-12-31"}
    run = sim.run(str(SCENARIOS / "baseline.yaml"), out=tmp_path, overrides=place)
    assert rows(run, "events", event="book_failed")
    assert rows(run, "ratings", action="downgrade")
    assert {(row["agency"], row["date"].year) for row in rows(run, "ratings", action="assign")} == {
        (f"agency:{name}", year) for name in ("united", "golden", "lianhe") for year in (2019, 2020)
    }
    assert rows(run, "events", event="dealer_at_limit")
    bounds = rows(run, "regulation", rule="small_loan_bank_funding")
    at_limit = {row["institution"] for row in bounds if row["headroom_fen"] * 100 < row["limit_fen"]}
    came = {row["party"] for row in rows(run, "issuance", step=1) if "its lines are used up" in row["what"]}
    microlenders = {"originator:ant_xiaowei", "originator:ant_shangcheng"} | {
        f"originator:microlender_{k}" for k in (1, 2)
    }
    assert at_limit & came & microlenders
