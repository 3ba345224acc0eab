"""Plans founded while the market runs: they live like scripted ones, and a restored market knows them."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from worlds import SCENARIOS, market, run_to

from sim.agents.institution import Life, Wake
from sim.calendar import day_of
from sim.deals.terms import DealTerms
from sim.errors import InvariantError
from sim.market import SecuritizationMarket
from sim.market.market import LAST_ORDER
from sim.records import checkpoint
from sim.scenario import load_scenario
from sim.timetable import HOURS_PER_DAY, Hour

CLOSING = datetime.date(2017, 4, 20)
TABLES = ("pools", "purchases", "payments", "tranches", "events", "holdings", "balance_sheets", "exposures", "issuance")


def founding(hour: Hour = Hour.TRADE) -> SecuritizationMarket:
    """A market in which a sixth plan, a copy of the first, is founded by an arranger on its closing day."""
    place = market(end="2018-02-28")
    first = place.settings.deals["huabei_2017_1"]
    terms = first.model_copy(update={"cutoff": CLOSING, "closing": CLOSING, "face_fen": first.face_fen // 4})

    def arrange() -> Life:
        yield Wake(place.env, (day_of(CLOSING) - place.day) * HOURS_PER_DAY + int(hour), LAST_ORDER - 1)
        place.found_deal("sixth", terms)

    place.env.process(arrange())
    return place


@pytest.mark.parametrize("deal", ["huabei_2017", "jd_baitiao_2015", "jd_baitiao_12m", "jd_baitiao_24m"])
def test_terms_survive_as_plain_data(deal: str) -> None:
    for terms in load_scenario(SCENARIOS / "deals" / f"{deal}.yaml").deals.values():
        plain = json.loads(json.dumps(terms.model_dump(mode="json", by_alias=True)))
        assert DealTerms.model_validate(plain) == terms


@pytest.mark.parametrize("hour", [Hour.REMIT, Hour.TRADE])
def test_a_founded_plan_issues_buys_and_pays_like_a_scripted_one(hour: Hour) -> None:
    place = run_to(founding(hour), day_of(datetime.date(2017, 8, 1)))
    spv = place.deals["sixth"]
    assert spv.active
    assert spv.memory["initial_pool"] > 0
    assert list(place.deals)[-1] == "sixth"
    steps = [r["step"] for r in place.recorder.table("issuance").to_pylist() if r["deal"] == "sixth"]
    assert steps == [6, 7, 7, 8]
    assert {r["date"] for r in place.recorder.table("issuance").to_pylist() if r["deal"] == "sixth"} == {CLOSING}
    bought = [r for r in place.recorder.table("purchases").to_pylist() if r["deal"] == "sixth"]
    assert len(bought) > 40
    assert min(r["date"] for r in bought) > CLOSING
    pools = [r for r in place.recorder.table("pools").to_pylist() if r["deal"] == "sixth"]
    assert pools[0]["date"] == CLOSING
    assert sum(place.ledger.nominal(spv.tranche_claim("senior", h)) for h in spv.holdings("senior")) > 0


def test_a_restored_market_founds_its_plans_again_bit_for_bit(tmp_path: Path) -> None:
    stop = day_of(datetime.date(2017, 6, 7))
    whole = run_to(founding(), stop)
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    run_to(whole)
    again = market(end="2018-02-28")
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    assert list(again.deals)[-1] == "sixth"
    run_to(again)
    start = datetime.date(2010, 1, 1) + datetime.timedelta(days=stop)
    for name in TABLES:
        one, other = ([r for r in m.recorder.table(name).to_pylist() if r["date"] >= start] for m in (whole, again))
        assert one == other, name
    assert whole.ledger.state()["json"] == again.ledger.state()["json"]
    assert whole.summary()["tranches"] == again.summary()["tranches"]


def test_a_name_is_given_once_and_the_closing_is_today() -> None:
    place = run_to(market(end="2017-03-31"), day_of(datetime.date(2017, 2, 1)))
    terms = place.settings.deals["huabei_2017_1"]
    with pytest.raises(InvariantError, match="there is or was a plan of this name"):
        place.found_deal("huabei_2017_1", terms)
    with pytest.raises(InvariantError, match="found it on its closing day"):
        place.found_deal("another", terms)
