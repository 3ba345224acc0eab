"""The table `indicators` of a run: fourteen of fourteen, flagged, with scores that know the past only."""

from __future__ import annotations

import datetime
from functools import cache
from pathlib import Path
from typing import Any

from worlds import SCENARIOS, market, run_to

from sim.agents.bank_terms import REST
from sim.calendar import day_of
from sim.contagion.indicators import GROUPS, INDICATORS, SCOPES
from sim.contagion.risk_index import MONTHS_NEEDED, composite, score
from sim.market import SecuritizationMarket
from sim.market.indicator_rows import BAD, NETWORK_UNITS
from sim.records import checkpoint

SMALL = SCENARIOS / "studies" / "small_market.yaml"
PEOPLE = {"population__households": 3_000, "population__weight": 6_667}


@cache
def lived(end: str) -> SecuritizationMarket:
    return run_to(market(SMALL, end=end, **PEOPLE))


def rows(place: SecuritizationMarket, **equal: Any) -> list[dict[str, Any]]:
    found = place.recorder.table("indicators").to_pylist()
    return [row for row in found if all(row[name] == value for name, value in equal.items())]


def series(place: SecuritizationMarket, indicator: str, scope: str) -> list[Any]:
    return [row["value"] for row in rows(place, indicator=indicator, scope=scope)]


def test_every_month_end_has_all_fourteen_each_with_flag_unit_and_source():
    place = lived("2019-02-28")
    for date in (datetime.date(2019, 1, 31), datetime.date(2019, 2, 28)):
        told = [row for row in rows(place, date=date) if row["group"] in GROUPS]
        assert [(row["indicator"], row["scope"], row["group"]) for row in told] == [
            (i.name, scope, i.group) for i in INDICATORS for scope in i.scopes
        ]
        assert len({row["indicator"] for row in told}) == 14
        assert all(row["unit"] and row["source"] and row["value"] is not None for row in told)
        assert {row["indicator"] for row in told if row["status"] == "observed"} == {"gdp_growth", "cpi"}
        assert {row["status"] for row in told} == {"observed", "simulated"}


def test_a_shocked_series_is_no_longer_observed():
    shock = {"slump": {"kind": "gdp_growth", "from": "2019-01-10", "size": -20_000}}
    place = run_to(market(SMALL, end="2019-01-31", macro__shocks=shock, **PEOPLE))
    (growth,) = rows(place, indicator="gdp_growth")
    assert (growth["status"], growth["value"]) == ("simulated", 40_000.0)
    assert growth["source"].startswith("assumption: ")


def test_bank_ratios_are_those_of_the_named_banks_own_figures():
    place = lived("2019-02-28")
    date = datetime.date(2019, 2, 28)
    named = [bank for bank in place.commercial_banks() if bank.name != REST]
    assert len(named) == len(place.commercial_banks()) - 1
    banks = [row for row in place.recorder.table("banks").to_pylist() if row["date"] == date and row["group"] != "rest"]
    assert {row["institution"] for row in banks} == {bank.party for bank in named}
    capital = sum(row["capital_ppm"] * row["risk_weighted_fen"] for row in banks)
    weighted = sum(row["risk_weighted_fen"] for row in banks)
    found = series(place, "capital", "on_balance")[-1]
    assert abs(found - capital / weighted) < 1.0
    assert series(place, "capital", "with_off_balance")[-1] < found
    general = sum(bank.memory["npl_fen"] for bank in named)
    firms = sum(place.ledger.nominal(bank.corporate_claim) for bank in named)
    pooled = [
        book.stock.sum(axis=0)[code]
        for book in place.books.values()
        for code, owner in enumerate(book.owners)
        if owner.startswith(("spv:", "joint:"))
    ]  # joint loans are wholly in, whoever's part
    loans, bad = sum(int(s.sum()) for s in pooled), sum(int(s[BAD:].sum()) for s in pooled)
    direct = [
        book.stock.sum(axis=0)[code]
        for book in place.books.values()
        for code, owner in enumerate(book.owners)
        if owner.startswith("bank:")
    ]
    loans, bad = loans + sum(int(s.sum()) for s in direct), bad + sum(int(s[BAD:].sum()) for s in direct)
    wanted = (general + bad) * 1_000_000 / (firms + loans)
    assert abs(series(place, "npl", "with_off_balance")[-1] - wanted) < 0.01


def test_there_is_no_score_nor_index_before_the_twelfth_month_and_then_one_by_the_past():
    place = lived("2020-01-31")
    scored = [row for row in rows(place) if row["score"] is not None]
    assert {row["date"] for row in scored} == {datetime.date(2019, 12, 31), datetime.date(2020, 1, 31)}
    early = [row for row in rows(place, date=datetime.date(2019, 11, 30)) if row["group"] == "index"]
    assert early
    assert {row["value"] for row in early} == {None}
    assert len(series(place, "npl", "on_balance")) == MONTHS_NEEDED + 1
    for i in INDICATORS:
        for scope in i.scopes:
            told = rows(place, indicator=i.name, scope=scope)[-1]["score"]
            assert abs(told - score(series(place, i.name, scope), i.risk)) < 1e-5, i.name


def test_the_index_is_the_mean_of_four_groups_each_the_mean_of_its_own():
    place = lived("2020-01-31")
    now = rows(place, date=datetime.date(2020, 1, 31))
    for scope in SCOPES:
        members = {
            group: [row["score"] for row in now if row["group"] == group and row["scope"] in ("", scope)]
            for group in GROUPS
        }
        groups, index = composite(members)
        told = {row["indicator"]: row["value"] for row in now if row["group"] == "index" and row["scope"] == scope}
        assert abs(told["index"] - index) < 1e-5
        for group in GROUPS:
            assert abs(told[f"index_{group}"] - groups[group]) < 1e-5
        assert abs(told["index_with_network"] - (4 * told["index"] + told["index_network"]) / 5) < 1e-5


def test_network_measures_are_recorded_in_both_scopes_and_the_hidden_network_is_denser():
    place = lived("2019-02-28")
    for name, unit in NETWORK_UNITS.items():
        assert {row["unit"] for row in rows(place, indicator=name)} == {unit}
        assert all(value is not None for scope in SCOPES for value in series(place, name, scope))
    for name in ("density", "radius", "expected_loss"):
        on, off = (series(place, name, scope)[-1] for scope in SCOPES)
        assert on < off, name
    told = {row["institution"] for name in ("impact", "sinkrank") for row in rows(place, indicator=name)}
    assert all(party.startswith(("bank:", "originator:")) for party in told)
    assert f"bank:{REST}" not in told


def test_a_market_without_banks_says_so_by_nulls():
    place = run_to(market(end="2017-02-28"))
    for name in ("npl", "capital"):
        assert {row["value"] for row in rows(place, indicator=name)} == {None}
    assert {row["value"] for row in rows(place, indicator="index")} == {None}


def test_a_restored_market_goes_on_with_the_same_scores(tmp_path: Path):
    stop = day_of(datetime.date(2019, 10, 10))
    whole = run_to(market(SMALL, end="2020-01-31", **PEOPLE), stop)
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    again = market(SMALL, end="2020-01-31", **PEOPLE)
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    run_to(again)
    since = [row for row in rows(lived("2020-01-31")) if row["date"] >= datetime.date(2019, 10, 31)]
    assert rows(again) == since
    assert any(row["score"] is not None for row in since)
