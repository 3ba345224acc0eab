"""An originator that helps its deals hides their losses and bears them itself; it stops when it cannot afford to."""

from __future__ import annotations

from functools import cache
from typing import Any

from worlds import market, run_to

from sim.agents import originator_debts as debts
from sim.agents import originator_support as support
from sim.calendar import day_of
from sim.deals.triggers import Measures, nearness_ppm
from sim.ledger import Code
from sim.market import SecuritizationMarket

PLANS = [f"huabei_2017_{n}" for n in range(1, 6)]
SPONSOR = "originator:ant_xiaowei"


def world(*, supports: bool, end: str = "2018-06-30", **strategy: Any) -> SecuritizationMarket:
    """Deals whose NPL trigger is near, and a sponsor that may help them."""
    near = {f"deals__{deal}__triggers__npl_ratio__threshold_bp": 90 for deal in PLANS}
    near |= {f"deals__{deal}__buy_back__ineligible": False for deal in PLANS}  # what audits find is no help
    as_fitted = {"softest": 0, "hardest": 0}  # else a sponsor that helps collects harder: it bears more
    terms = {"supports_deals": supports, "support_near_ppm": 500_000, "growth_ppm": 500_000, "collecting": as_fitted}
    terms |= strategy
    return market(end=end, watched_households=0, originators__ant_xiaowei__strategy=terms, **near)


@cache
def lived(*, supports: bool) -> SecuritizationMarket:
    return run_to(world(supports=supports))


def events(place: SecuritizationMarket, what: str) -> list[dict[str, Any]]:
    return [r for r in place.recorder.table("events").to_pylist() if r["event"] == what]


def bad_in_pools(place: SecuritizationMarket) -> dict[tuple[str, Any], int]:
    """More than 90 days past due in each pool, and in all the sponsor services, by day; fen."""
    rows = place.recorder.table("pools").to_pylist()
    return {(row["deal"], row["date"]): row["dpd_91_120_fen"] + row["dpd_120_plus_fen"] for row in rows}


def test_recourse_hides_losses_and_moves_them_to_the_sponsor() -> None:
    """The paired sign test: same borrowers, same deals, help on or off."""
    reported, borne, bought = {}, {}, {}
    for supports in (False, True):
        place = lived(supports=supports)
        assert not place.originators["ant_xiaowei"].failed
        reported[supports] = bad_in_pools(place)
        income = place.ledger.income(SPONSOR)
        borne[supports] = -income.get(Code.PROVISION, 0) - income.get(Code.LOSS, 0)
        bought[supports] = sum(spv.memory["life"]["bought_back"] for spv in place.deals.values())
    last = {deal: day for deal, day in sorted(reported[False].keys() & reported[True].keys()) if deal in PLANS}
    assert len(last) == len(PLANS)
    assert all(reported[True][plan] < reported[False][plan] / 2 for plan in last.items())
    whole = {key for key in reported[True] if key[0].startswith("managed:")}
    assert all(reported[True][key] == reported[False][key] for key in whole), "what borrowers do has not moved"
    assert borne[True] > borne[False]
    assert bought[True] > 0 == bought[False]
    assert events(lived(supports=True), "implicit_support")
    assert not events(lived(supports=False), "implicit_support")


def test_help_is_told_and_banks_count_it() -> None:
    place = lived(supports=True)
    helped = {r["deal"] for r in events(place, "implicit_support")}
    told = {name for name in place.deals if place.heard(f"spv:{name}", "supported") is not None}
    assert told
    assert told <= helped


def test_it_stops_where_it_could_no_longer_pay() -> None:
    place = world(supports=True, support_near_ppm=0)
    sponsor = place.originators["ant_xiaowei"]
    run_to(place, place.first_day + 130)
    assert sponsor.memory["helped"]
    for name in debts.lines(sponsor):
        place.ledger.commit(debts.debt_claim(sponsor, name), 0)
    place.ledger.dividend(SPONSOR, place.ledger.cash(SPONSOR))
    support.stop_what_is_beyond_means(sponsor)
    assert support.means_fen(sponsor) == 0
    assert not [spv for spv in sponsor.plans() if spv.name in sponsor.memory["helped"] and support.overdue_fen(spv)]
    assert events(place, "implicit_support_ends")


def test_nearness_is_the_largest_ratio_over_its_threshold() -> None:
    terms = market().settings.deals["huabei_2017_1"]
    day = day_of(terms.closing) + 30
    measures = Measures(
        day=day, cumulative_default_fen=40, cutoff_pool_fen=800, purchased_fen=200, npl_fen=30, pool_fen=1_000
    )
    # 4 % of 8 % allowed, and 3 % of 5 % allowed.
    assert nearness_ppm(terms, measures) == 600_000
    assert nearness_ppm(terms, Measures(day=day)) == 0
