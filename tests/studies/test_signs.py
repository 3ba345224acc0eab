"""The machinery of paired signs, and the signs that a few small seeds settle; the rest run at night (tests/soak)."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from sim.calendar import day_of
from sim.credit.rollover import Requests
from sim.errors import ScenarioError
from sim.studies.signs import Sign, World, paired_difference, paired_signs
from sim.studies.signs_market import SIGNS, chosen
from sim.studies.signs_outcomes import Gap, Measure, MissElsewhere, NotchesLost, Rollovers, Seen

FEW = {"population.households": 6_000, "population.weight": 3_333, "end": "2019-02-28"}
QUICK = ("staff_backlog", "staff_idle_cash", "disclosure_spread")

ROWS = [
    {"deal": "a_1", "fen": 10, "whole": 40, "free": 1},
    {"deal": "a_2", "fen": 30, "whole": 60, "free": 2},
    {"deal": "b_1", "fen": 50, "whole": 100, "free": 3},
]


def seen(rows: list[dict[str, Any]] = ROWS) -> Seen:
    tables = SimpleNamespace(recorder=SimpleNamespace(table=lambda _name: pa.Table.from_pylist(rows)))
    return Seen(tables)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "value"),
    [
        (Measure("t", "fen"), 30.0),
        (Measure("t", "fen", {"deal": "~a_"}), 20.0),
        (Measure("t", "fen", {"deal": "b_1"}, how="last"), 50.0),
        (Measure("t", "fen", {"deal": ("a_1", "b_1")}), 30.0),
        (Measure("t", "fen", how="sum", per="whole"), 0.45),
        (Measure("t", "fen", {"deal": "~a_"}, how="sum", among={}), 40 / 90),
        (Measure("t", "fen", how="most", less="free"), 47.0),
        (Measure("t", "fen", {"deal": "~a_"}, how="count"), 2.0),
        (Measure("t", "fen", {"deal": "none"}), 0.0),
    ],
)
def test_a_measure_reads_a_table_as_told(measure: Measure, value: float) -> None:
    assert measure.of(seen()) == pytest.approx(value)


def test_a_gap_is_a_difference_or_a_ratio_less_one() -> None:
    one, other = Measure("t", "fen", {"deal": "b_1"}), Measure("t", "fen", {"deal": "a_1"})
    assert Gap(one, other).of(seen()) == 40
    assert Gap(one, other, relative=True).of(seen()) == pytest.approx(4)


def test_notches_are_lost_between_the_letter_sold_with_and_the_last() -> None:
    start = datetime.date(2019, 7, 1)
    letters = [
        (start - datetime.timedelta(1), "early", "assign", "AAA"),
        (start, "early", "downgrade", "C"),
        (start, "late", "assign", "AA+"),
        (start, "late", "downgrade", "A"),
        (start, "sound", "assign", "AAA"),
    ]
    rows = [{"date": d, "deal": n, "tranche": "senior", "action": a, "rating": r} for d, n, a, r in letters]
    assert NotchesLost(start).of(seen(rows)) == pytest.approx((4 + 0) / 2)


def lender(households: list[int], missed: list[int], draws: Requests, starts: list[int]) -> Any:
    columns = SimpleNamespace(household=np.array(households), missed=np.array(missed))
    table = SimpleNamespace(starts=np.array(starts))
    return SimpleNamespace(accounts=SimpleNamespace(columns=columns), requests=draws, table=table)


def test_who_rolled_over_in_time_and_is_behind_elsewhere() -> None:
    """At `one` households 5, 6, 7 draw; 7 too late. At `two` 5 and 7 are behind, 5 four due dates."""
    starts, early = [0, 3, 6], Requests(np.array([0, 1]), np.array([100, 100]))
    late = Requests(np.array([0, 2]), np.array([100, 100]))
    one = lender([5, 6, 7], [9, 9, 9], Requests.none(), starts)
    rolled, cut = Rollovers(), datetime.date(2019, 5, 1)
    for draws, day in ((early, day_of(cut) - 1), (late, day_of(cut))):
        books = {"one": one, "two": lender([5, 6, 7], [4, 0, 255], draws, starts)}
        rolled.note(SimpleNamespace(books=books), day)  # type: ignore[arg-type]
    assert rolled.first_day == {"one": {5: day_of(cut) - 1, 6: day_of(cut) - 1, 7: day_of(cut)}}
    run = Seen(SimpleNamespace(books=books), rolled)  # type: ignore[arg-type]
    assert MissElsewhere("one", cut, 1).of(run) == [5]
    assert MissElsewhere("one", cut, 5).of(run) == []


def test_a_stopped_run_goes_on_from_what_it_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def values(world: World, seed: int) -> dict[str, float]:
        asked.append(seed)
        return {told: float(seed) for told in world.outcomes}

    monkeypatch.setattr(World, "values", values)
    signs, kept = chosen(["staff_backlog"]), tmp_path / "kept.jsonl"
    paired_signs(signs, seeds=2, first_seed=7, kept=kept)
    kept.write_text(kept.read_text(encoding="utf-8")[:-5], encoding="utf-8")
    (row,) = paired_signs(signs, seeds=3, first_seed=7, kept=kept)
    assert asked == [7, 7, 8, 8, 8, 9, 9]
    assert (row["base"], row["difference"]) == (8, 0)


def test_households_are_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def values(world: World, seed: int) -> dict[str, list[int]]:
        cut = "originators.quick.fails_on" in world.changes
        return {told: [2, 3, 4] if cut else [1, 2] for told in world.outcomes}

    monkeypatch.setattr(World, "values", values)
    (row,) = paired_signs(chosen(["limits_cut_misses"]), seeds=2)
    assert (row["base"], row["difference"]) == (1, 1)


def test_the_interval_is_students() -> None:
    """Differences 1, 2, 3: mean 2, sd 1, t(0.975, 2) = 4.3027 over sqrt 3."""
    mean, low, high = paired_difference([(0, 1), (0, 2), (0, 3)])
    assert (mean, low, high) == pytest.approx((2, 2 - 4.30265 / math.sqrt(3), 2 + 4.30265 / math.sqrt(3)), abs=1e-4)
    assert paired_difference([(1, 2), (4, 5)]) == (1, 1, 1)
    assert paired_difference([(1, 2)])[1] == -math.inf


def test_signs_are_chosen_by_the_beginning_of_their_names() -> None:
    assert chosen([]) == SIGNS
    assert {sign.name for sign in chosen(["staff"])} == {"staff_backlog", "staff_idle_cash", "staff_ineligible"}
    with pytest.raises(ScenarioError, match="staff_backlog"):
        chosen(["stuff_backlog"])


def test_every_sign_has_a_name_of_its_own_and_says_where_it_is_from() -> None:
    names = [sign.name for sign in SIGNS]
    assert len(names) == len(set(names))
    assert all(sign.source and sign.claim and sign.direction in (1, -1) for sign in SIGNS)
    assert all(sign.changes or sign.against for sign in SIGNS)


def test_signs_that_a_few_seeds_settle() -> None:
    few = [small(sign) for sign in SIGNS if sign.name in QUICK]
    wrong = [row["sign"] for row in paired_signs(few, seeds=3) if not row["holds"]]
    assert not wrong


def test_a_pair_of_equal_worlds_has_no_sign() -> None:
    same = replace(small(chosen(["staff_backlog"])[0]), changes={})
    (row,) = paired_signs([same], seeds=2)
    assert row["difference"] == 0
    assert not row["holds"]


def small(sign: Sign) -> Sign:
    """The same pair of worlds with fewer households and months."""
    return replace(sign, both={**sign.both, **FEW})
