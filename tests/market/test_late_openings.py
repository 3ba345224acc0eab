"""A market that opens late is the one it would have become: the day of the opening must not decide an answer."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from sim.agents import originator_offer as offer
from sim.agents.admitting import admitted_share_ppm
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.records import checkpoint
from sim.scenario import load_scenario

SMALL = Path(__file__).parents[2] / "scenarios" / "studies" / "small_market.yaml"


def opened(
    start: str = "2019-01-01", until: str = "2019-01-09", eve: Path | None = None, **overrides: Any
) -> SecuritizationMarket:
    """The small market, opened on a day, or taken from a saved midnight, and run to the midnight before another."""
    changes = {"start": start, "end": "2020-12-31", "population.households": 10_000} | overrides
    market = SecuritizationMarket(load_scenario(SMALL, changes))
    if eve is not None:
        market.restore(checkpoint.load(eve))
    while market.day < day_of(datetime.date.fromisoformat(until)):
        market.step()
    return market


def moved(market: SecuritizationMarket) -> list[float]:
    """Prices over the scenario's list prices, of lenders that are bound by no cap."""
    lenders = [lender for lender in market.originators.values() if lender.terms.kind != "platform"]
    return [offer.price_ppm(lender) / lender.memory["offer"]["opening_price_ppm"] for lender in lenders]


def after_a_year_of(stress_milli: int) -> dict[str, Any]:
    year = {"kind": "stress", "from": "2018-01-01", "until": "2018-12-31", "size": stress_milli}
    return {"macro.shocks": {"year": year}}


def test_prices_of_the_opening_are_those_of_its_day() -> None:
    """After a bad year dearer than the list, after a good one cheaper, after a normal one as listed."""
    bad, good = moved(opened(**after_a_year_of(2_000))), moved(opened(**after_a_year_of(-2_000)))
    normal = moved(opened())
    assert min(bad) >= 1.0
    assert max(bad) > 1.04
    assert max(good) <= 1.0
    assert min(good) < 0.97
    assert normal == pytest.approx([1.0] * len(normal), abs=0.03)


def test_a_market_opened_after_bad_months_is_the_one_that_lived_them() -> None:
    """In autumn 2020 what lenders ask, lend and earn over their losses is as in the market that opened in 2019, where
    list prices would have lenders refuse whom that one lends to."""
    lived, late = opened(until="2020-10-20"), opened("2020-09-01", "2020-10-20")
    asked = [sum(moved(market)) / len(moved(market)) for market in (lived, late)]
    lent = [sum(book.managed_fen for book in market.books.values()) for market in (lived, late)]
    assert min(asked) > 1.03
    assert asked[1] == pytest.approx(asked[0], rel=0.05)
    assert lent[1] == pytest.approx(lent[0], rel=0.2)
    for name, lender in late.originators.items():
        assert admitted_share_ppm(lender) > 600_000, name


def test_net_assets_known_for_a_later_day_are_those_of_a_later_opening() -> None:
    later = {"originators.wallet.equity_later": {"2020-01-01": 200_000_000_000, "2020-12-31": 273_000_000_000}}
    assert _opening_equity("2019-01-01", **later) == 150_000_000_000
    assert _opening_equity("2020-07-01", **later) == pytest.approx(236_400_000_000, abs=1_000_000_000)
    assert _opening_equity("2020-07-01") == 150_000_000_000


def _opening_equity(start: str, **overrides: Any) -> int:
    market = opened(start, start, **overrides)
    market.step()
    return int(market.originators["wallet"].memory["year_start_equity"])


# -- a policy, asked of a late opening -------------------------------------------------------------------------------

FEWER = {"population.households": 5_000, "population.weight": 4_000}
SHARE = {
    "policies.share": {
        "policy": "joint_lending_share", "announced": "2020-10-12", "from": "2020-11-02", "minimum": 0.5,
        "source": "test",
    }
}  # fmt: skip


def test_a_late_opening_answers_what_a_policy_does_as_the_market_that_lived_through_the_time_before(
    tmp_path: Path,
) -> None:
    """Own funds of half of each joint loan, asked of the market opened in 2019 and of the one opened weeks before: two
    months on the wallet lends less, and services less, of the same order in both; in neither a trifle. The late one's
    loans are still those to all of its classes, so it has more to fund and gives up more."""
    effects = []
    for start in ("2019-01-01", "2020-09-01"):
        checkpoint.save(tmp_path / "eve.npz", opened(start, "2020-10-12", **FEWER).state())
        without, under = (
            totals(opened(start, "2020-12-31", tmp_path / "eve.npz", **FEWER, **terms)) for terms in ({}, SHARE)
        )
        effects.append([under[name] / without[name] - 1 for name in without])
    lived, late = effects
    assert lived[0] < -0.15
    assert lived[1] < -0.05
    assert late == pytest.approx(lived, rel=0.6)


def totals(market: SecuritizationMarket) -> dict[str, int]:
    """What the wallet lent in the months of its last two plans, and what it services."""
    rows = [
        row for row in market.recorder.table("lenders").to_pylist()
        if row["institution"] == "originator:wallet" and row["date"] >= datetime.date(2020, 11, 1)
    ]  # fmt: skip
    return {"granted": sum(r["granted_fen"] for r in rows), "managed": sum(r["managed_fen"] for r in rows)}
