"""The months before the first day leave a history of the managed book, the same as its daily flows added up."""

from __future__ import annotations

import datetime

from worlds import LENDER, START, World, calm

from sim.calendar import month_index
from sim.credit.burn_in import burn_in, live_a_day, recalled
from sim.credit.kernels import layout as at
from sim.credit.seasoning import season

OWNER = f"{LENDER}0"
BEHAVIOUR = calm(intercept={datetime.date(2010, 1, 1): -3.0}, prepay_ppm=20_000)


def test_the_history_is_the_months_daily_flows_and_its_last_stock() -> None:
    world, twin = World(behaviour=BEHAVIOUR), World(behaviour=BEHAVIOUR)
    past = burn_in(world.books, world.macro, world.seed, START, START + 90)[OWNER]
    season(twin.books, START, lambda _: 0, twin.seed)
    added = {}
    for day in range(START, START + 90):
        live_a_day(twin.books, twin.macro, day)
        flows = twin.book.day_totals().sum(axis=0)
        month = added.setdefault(month_index(day), dict.fromkeys(at.FLOW_NAMES, 0))
        for name, fen in zip(at.FLOW_NAMES, flows.tolist(), strict=True):
            month[name] += fen
        month["performing"] = int(twin.book.stock[:, :, :5].sum())
    assert [entry["month"] for entry in past.months] == sorted(added)
    assert len(past.months) == 3
    for entry in past.months:
        month = added[entry["month"]]
        assert entry["performing_fen"] == month["performing"] > 0
        assert entry["principal_fen"] == month["principal"] + month["prepaid"] > 0
        assert entry["income_fen"] == month["fee_paid"] + month["penalty"] > 0
        assert entry["new_default_fen"] == month["new_default"]
        assert entry["written_off_fen"] == month["written_off"]
        assert entry["recovered_fen"] == month["recovered"]
    assert sum(past.lent) == sum(entry["lent_fen"] for entry in past.months)


def test_months_lived_in_part_are_not_in_the_history() -> None:
    past = burn_in(World().books, World().macro, 7, START + 10, START + 70)[OWNER]
    assert [entry["month"] for entry in past.months] == [month_index(START) + 1]
    assert len(past.lent) == 60


def test_a_seasoned_history_is_recalled_to_its_beginning() -> None:
    months = [{"month": 100 + k, "performing_fen": k, "new_default_fen": 10 * k} for k in range(3)]
    known = recalled(months, 96, lambda _: 0.01)
    assert [entry["month"] for entry in known] == list(range(96, 103))
    assert [entry["performing_fen"] for entry in known] == [2, 0, 1, 2, 0, 1, 2]
    assert [entry["new_default_fen"] for entry in known] == [20, 0, 10, 20, 0, 10, 20]
    assert recalled(months, 101, lambda _: 0.01) == months
    assert recalled([], 96, lambda _: 0.01) == []


def test_of_months_recalled_the_defaults_follow_their_own_economy() -> None:
    months = [{"month": 100, "performing_fen": 50, "new_default_fen": 1_000}]
    known = recalled(months, 98, {98: 0.004, 99: 0.016, 100: 0.008}.__getitem__)
    assert [entry["new_default_fen"] for entry in known] == [500, 2_000, 1_000]
    assert [entry["performing_fen"] for entry in known] == [50, 50, 50]
