"""An agency in a market: asked, mandated or not, rating by its method, watching, paid and paying, and resuming."""

from __future__ import annotations

import copy
import datetime
import json
from typing import Any

import pytest
from worlds import HUABEI, SMALL, market, run_to

from sim.agents.rating_agency import RatingAgency
from sim.agents.rating_request import Asked
from sim.agents.spv_life import current_rating
from sim.calendar import day_of
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import structure_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

POOL = PoolView(1_900, 600, 26, 600_000, 75_000, 850_000)
RIVALS = {"agencies.rival": {"title": "Rival Rating"}, "agencies.third": {"title": "Third Rating"}}
MID_2018 = day_of(datetime.date(2018, 7, 1))


def question(place: SecuritizationMarket, deal: str, view: PoolView = POOL, **changes: Any) -> Asked:
    """What an arranger asks about a plan of 2017, under this name."""
    terms = next(iter(place.deals.values())).terms
    return Asked(deal, terms.originator, view, structure_of(terms), ("AAA", "AA+"), terms.face_fen, **changes)


def mandated(view: PoolView = POOL, **overrides: Any) -> SecuritizationMarket:
    """The Huabei plans of 2017, asked about and mandated before anything begins."""
    place = market(**overrides)
    agency = place.agencies["united"]
    for name in place.deals:
        agency.indicate(question(place, name, view))
        agency.won(name)
    return place


def actions(place: SecuritizationMarket) -> list[tuple[str, str, str]]:
    return [(r["tranche"], r["action"], r["rating"]) for r in place.recorder.table("ratings").to_pylist()]


def asked(agency: RatingAgency, deal: str = "huabei_2017_1") -> dict[str, int]:
    return agency.indicate(question(agency.place, deal))


def test_agencies_differ_by_a_keyed_view_and_leniency_lowers_what_they_ask() -> None:
    place = SecuritizationMarket(scenario=load_scenario(HUABEI, SMALL | RIVALS))
    first = {name: asked(agency) for name, agency in place.agencies.items()}
    assert len({figures["AAA"] for figures in first.values()}) == 3
    assert first == {name: asked(agency) for name, agency in place.agencies.items()}
    assert all(figures["AAA"] > figures["AA+"] > 0 for figures in first.values())
    agency = place.agencies["united"]
    assert asked(agency, "another")["AAA"] != first["united"]["AAA"]
    bent = agency.leniency_ppm(question(place, "huabei_2017_1"))
    assert 0 < bent < agency.terms.most_leniency_ppm
    strict = agency.support_asked(question(place, "huabei_2017_1", contested=False))
    assert first["united"]["AAA"] == pytest.approx(strict["AAA"] * (1 - bent / 1_000_000), abs=200)


def test_it_bends_only_where_the_issuer_chooses_among_several() -> None:
    place = SecuritizationMarket(scenario=load_scenario(HUABEI, SMALL | RIVALS))
    assert place.agencies["united"].leniency_ppm(question(place, "huabei_2017_1", contested=False)) == 0
    alone = market()
    assert alone.agencies["united"].leniency_ppm(question(alone, "huabei_2017_1")) == 0


def test_leniency_rises_and_falls_with_its_own_record() -> None:
    place = SecuritizationMarket(scenario=load_scenario(HUABEI, SMALL | RIVALS))
    agency, deal = place.agencies["united"], question(place, "huabei_2017_1")
    begun = agency.leniency_ppm(deal)
    fee = agency.fee_fen(deal.face_fen)
    agency.memory["mandates"] = [[0, noise, int(noise < 0), fee] for noise in (-20_000, 20_000) * 20]
    assert agency.leniency_ppm(deal) > begun  # mildness wins
    agency.memory["mandates"] = [[0, noise, k % 4 // 2, fee] for k, noise in enumerate((-20_000, 20_000) * 20)]
    assert agency.leniency_ppm(deal) < begun  # it does not matter


def test_the_fee_is_a_share_of_the_issue_but_not_too_small() -> None:
    agency = market().agencies["united"]
    assert agency.fee_fen(600_000_000_000) == 36_000_000
    assert agency.fee_fen(1) == 15_000_000


def test_a_lost_mandate_is_read_on_but_not_rated_and_counts_only_where_the_issuer_chose() -> None:
    place = SecuritizationMarket(scenario=load_scenario(HUABEI, SMALL | RIVALS))
    agency, other = place.agencies["rival"], place.agencies["third"]
    for rater, contested in ((agency, True), (other, False)):
        asked(rater)
        rater.lost("huabei_2017_1", contested=contested)
        assert not rater.mandated("huabei_2017_1")
    assert [entry[2] for entry in agency.memory["mandates"]] == [0]
    assert other.memory["mandates"] == []
    run_to(place, day_of(datetime.date(2017, 9, 1)))
    assert agency.letters == {}
    assert agency.memory["files"]["huabei_2017_1"]["seen"]
    assert agency.memory["records"]["originator:ant_xiaowei"]
    run_to(place, day_of(datetime.date(2018, 3, 1)))
    assert agency.memory["mandates"] == []


def test_all_who_read_its_reports_learn_from_a_surprise_whoever_rated_the_plan() -> None:
    rosy = PoolView(200, 50, 36, 600_000, 75_000, 850_000)
    settings = load_scenario(HUABEI, SMALL | RIVALS | {"macro.stress": {datetime.date(2017, 6, 1): 5.0}})
    place = SecuritizationMarket(scenario=settings)
    for name in place.deals:
        for party, agency in place.agencies.items():
            agency.indicate(question(place, name, rosy))
            (agency.won if party == "united" else agency.lost)(name)
    run_to(place, MID_2018)
    revised = {agency.memory["correlation_ppm"] for agency in place.agencies.values()}
    assert len(revised) == 1
    assert revised.pop() > place.agencies["rival"].terms.correlation_ppm


def test_an_agency_with_many_mandates_in_hand_lets_issuers_wait() -> None:
    place = SecuritizationMarket(scenario=load_scenario(HUABEI, SMALL | RIVALS))
    agency = place.agencies["rival"]
    at_once = agency.terms.files_at_once
    for number in range(at_once + 2):
        asked(agency, f"deal_{number}")
        assert agency.days_until_free() == max(0, number - at_once)
        agency.won(f"deal_{number}")
    assert agency.days_until_free() == 2


def test_a_calm_deal_keeps_its_letters_or_gains_and_analysts_are_paid() -> None:
    place = run_to(mandated(), MID_2018)
    seen = actions(place)
    assert ("senior", "assign", "AAA") in seen
    assert not [row for row in seen if row[:2] == ("senior", "downgrade")]
    paid = place.ledger.cash("agency:united")
    unpaid = run_to(mandated(agencies__united__cost_per_deal_fen=0), MID_2018).ledger.cash("agency:united")
    assert 0 <= paid < unpaid


def test_a_worse_pool_than_forecast_is_watched_downgraded_and_revises_the_method() -> None:
    """The agency was shown a pool with a tenth of the defaults that come, and the economy turns."""
    rosy = PoolView(200, 50, 36, 600_000, 75_000, 850_000)
    place = run_to(mandated(rosy, macro__stress={datetime.date(2017, 6, 1): 5.0}), MID_2018)
    kinds = {action for _, action, _ in actions(place)}
    assert {"assign", "downgrade"} <= kinds
    events = [r for r in place.recorder.table("events").to_pylist() if r["event"] == "method_revised"]
    assert events
    agency = place.agencies["united"]
    assert agency.memory["correlation_ppm"] > agency.terms.correlation_ppm
    assert any(r["subject"] == "rating method" for r in place.recorder.table("notices").to_pylist())
    reasons = [r["reason"] for r in place.recorder.table("ratings").to_pylist() if r["action"] == "downgrade"]
    assert all("probability of loss" in reason or "not" in reason for reason in reasons)


@pytest.mark.parametrize("by_method", [True, False])
def test_a_default_that_is_paid_up_is_cured_after_some_months_and_not_before(by_method: bool) -> None:
    place = mandated() if by_method else market()
    paid, owing = (place.deals[f"huabei_2017_{n}"] for n in (1, 2))
    for month in (6, 7, 8, 9):
        first = day_of(datetime.date(2017, month, 1))
        run_to(place, first - 2)  # payment dates are over: what was not paid is owed at the month end
        owing.memory["results"]["senior"]["arrears"] = 1
        paid.memory["results"]["senior"]["arrears"] = int(month == 6)
        run_to(place, first)
        assert current_rating(paid, "senior") == ("CCC" if month < 9 else "AAA")
    assert current_rating(owing, "senior") == "CCC"
    told = [r for r in place.recorder.table("ratings").to_pylist() if r["action"] == "upgrade"]
    assert [(r["deal"], r["tranche"], r["rating"]) for r in told if "arrears" in r["reason"]] == [
        (paid.name, "senior", "AAA")
    ]


def test_what_it_remembers_is_plain_data() -> None:
    place = run_to(mandated(), day_of(datetime.date(2017, 5, 1)))
    memory = place.agencies["united"].memory
    assert json.loads(json.dumps(memory)) == memory
    resumed = SecuritizationMarket(scenario=place.settings)
    resumed.restore(copy.deepcopy(place.state()))
    for one in (place, resumed):
        run_to(one, day_of(datetime.date(2017, 9, 1)))
    assert resumed.agencies["united"].memory == memory
