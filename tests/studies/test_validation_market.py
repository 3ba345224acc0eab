"""Figures of a whole market are what its plans, ledger and tables say, and each is refused where it makes no sense."""

from __future__ import annotations

import datetime
from pathlib import Path

import note_worlds
import pytest
from worlds import SCENARIOS, run_to

from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies import validation_market as of_market
from sim.studies.validation import WHOLE_MARKET_HOUSEHOLDS, validate_model

ON = datetime.date(2019, 11, 29)


@pytest.fixture(scope="module")
def place() -> SecuritizationMarket:
    """A small market after its first plans were sold."""
    return run_to(note_worlds.small_market(), day_of(ON) + 1)


def taken(place: SecuritizationMarket, measure: str, of: str = of_market.MARKET, on: datetime.date = ON) -> float:
    """A measure of the market."""
    return of_market.measure_of(of_market.subject_of(place, of, measure, on, {}), measure)


def test_issues_are_the_faces_of_the_plans(place: SecuritizationMarket) -> None:
    faces = {name: spv.terms.face_fen for name, spv in place.deals.items()}
    assert len(faces) >= 2
    assert taken(place, "issued_bn", "jdct+second") == pytest.approx(sum(faces.values()) / 1e11)
    assert taken(place, "issues", "jdct+second") == len(faces)
    first = datetime.date(2019, 6, 30)
    assert taken(place, "issued_bn", "jdct+second", first) == 0, "nothing was sold before the first mandate"
    assert taken(place, "issued_bn_to_date", "jdct+second") == taken(place, "issued_bn", "jdct+second")
    one = taken(place, "issued_bn", "jdct") + taken(place, "issued_bn", "second")
    assert one == pytest.approx(taken(place, "issued_bn", "jdct+second"))


def test_classes_share_out_the_issues(place: SecuritizationMarket) -> None:
    aaa, residual = (
        taken(place, "aaa_pct_of_issues", "jdct+second"),
        taken(place, "residual_pct_of_issues", "jdct+second"),
    )
    assert 50 < aaa < 100
    assert 0 < residual <= 100 - aaa + 1e-9
    assert 1 < taken(place, "senior_coupon_pct", "jdct+second") < 10
    assert taken(place, "aaa_spread_bp", "jdct+second") >= 20, "no book opens below the guided range"
    outstanding = sum(
        spv.outstanding_fen(tranche) for spv in place.deals.values() if spv.active for tranche in spv.terms.ranked
    )
    assert taken(place, "notes_outstanding_bn", "jdct+second") == pytest.approx(outstanding / 1e11)


def test_a_balance_sheet_closes(place: SecuritizationMarket) -> None:
    sheet = place.ledger.balance_sheets()
    lines = list(zip(sheet["institution"], sheet["side"], sheet["amount_fen"], strict=True))
    assets = sum(int(fen) for party, side, fen in lines if party == "originator:jdct" and side == "asset")
    assert taken(place, "assets_bn", "jdct") == pytest.approx(assets / 1e11)
    equity, liabilities = taken(place, "net_assets_bn", "jdct"), taken(place, "liabilities_bn", "jdct")
    assert equity + liabilities == pytest.approx(assets / 1e11)
    assert taken(place, "liabilities_pct_of_assets", "jdct") == pytest.approx(
        100 * liabilities / (equity + liabilities)
    )
    own, pooled = taken(place, "own_loans_pct", "jdct"), taken(place, "pooled_pct", "jdct")
    assert own + pooled == pytest.approx(100, abs=1.5), "every loan is its lender's or a plan's"


def test_income_of_a_year_leaves_out_what_was_earned_before(place: SecuritizationMarket) -> None:
    before = of_market.equity_accounts(place)
    for measure in ("asset_turnover", "net_profit_bn"):
        subject = of_market.subject_of(place, "jdct", measure, ON, before)
        assert of_market.measure_of(subject, measure) == 0
    assert taken(place, "asset_turnover", "jdct") > 0


def test_profit_and_what_owners_brought_and_took_make_up_net_assets(place: SecuritizationMarket) -> None:
    account = place.ledger.income("originator:jdct")
    owners = sum(account.get(code, 0) for code in of_market.NO_PROFIT)
    assert taken(place, "net_profit_bn", "jdct") + owners / 1e11 == pytest.approx(taken(place, "net_assets_bn", "jdct"))


def test_shares_of_all_lenders_add_up(place: SecuritizationMarket) -> None:
    shares = [taken(place, "managed_pct_of_all", name) for name in place.originators]
    assert sum(shares) == pytest.approx(100)
    assert min(shares) > 0
    assert taken(place, "managed_bn", of_market.LENDERS) == pytest.approx(
        sum(taken(place, "managed_bn", name) for name in place.originators)
    )


def test_returns_of_banks_are_profit_over_means_of_the_year(place: SecuritizationMarket) -> None:
    table = [row for row in place.recorder.table("banks").to_pylist() if row["date"] <= ON and row["group"] != "rest"]
    profit = sum(row["profit_fen"] for row in table)
    months = {row["date"] for row in table}
    for measure, column in (("bank_return_on_assets_pct", "assets_fen"), ("bank_return_on_equity_pct", "equity_fen")):
        mean = sum(row[column] for row in table) / max(1, len(months))
        assert taken(place, measure, of_market.BANKS) == pytest.approx(100 * profit / max(1, mean))


def test_coupons_of_aaa_classes_lie_between_their_lowest_and_highest(place: SecuritizationMarket) -> None:
    low, high = (taken(place, f"aaa_{end}_coupon_pct", "jdct+second") for end in ("lowest", "highest"))
    assert 1 < low <= taken(place, "senior_coupon_pct", "jdct+second") <= high < 10


def test_the_market_scenario_asks_for_what_can_be_measured() -> None:
    scenario = load_scenario(SCENARIOS / "market_2014_2023.yaml")
    assert len(scenario.published) > 60
    assert scenario.population.households > WHOLE_MARKET_HOUSEHOLDS
    ids = ("POO", "JDB", "ISS", "AAB", "ANT", "BAL", "LEV", "MKT", "BKS", "MAC")
    assert all(figure.source.startswith(ids) for figure in scenario.published.values())


def test_parties_nobody_knows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "asked.yaml"
    figure = "{what: x, measure: issued_bn, of: ant_xiaowei+nobody, on: 2017-12-31, value: 1, source: x}"
    path.write_text(
        f"schema_version: 1\nextends: deals/huabei_2017.yaml\nname: asked\npublished: {{f: {figure}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError, match="'ant_xiaowei\\+nobody' is not made up of market, lenders, banks, ant_"):
        validate_model([str(path)])


def test_a_lender_not_yet_born_decides_nothing_and_breaks_nothing() -> None:
    born = datetime.date(2019, 9, 1)
    strategy = {"growth_ppm": 50_000}
    members = {"2016-06-01": None, "2020-12-31": None, born.isoformat(): 100_000}
    place = note_worlds.small_market(
        {}, originators__second__lending__members=members, originators__second__strategy=strategy
    )
    run_to(place, day_of(born))
    assert int(place.books["second"].stock.sum()) == 0
    assert not place.originators["second"].memory["history"]
    assert not [row for row in note_worlds.rows(place, "lenders") if row["institution"] == "originator:second"]
    run_to(place, day_of(datetime.date(2019, 12, 10)))
    assert int(place.books["second"].stock.sum()) > 0
    planned = [row for row in note_worlds.rows(place, "lenders") if row["institution"] == "originator:second"]
    assert len(planned) >= 3
    assert [month["month"] for month in place.originators["second"].memory["history"]] == [116, 117, 118]
