"""Any day of a run: exact to the fen, equal to what the run itself recorded, and nothing of its folder changed."""

from __future__ import annotations

import datetime
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from worlds import SCENARIOS, run_to

from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies import runs
from sim.studies.run_days import RunDay, last_day
from sim.studies.runs import Run, branch, run
from sim.studies.trace_entries import RunTables

SMALL_MARKET = SCENARIOS / "studies" / "small_market.yaml"
PEOPLE = {"population.households": 2_000, "population.weight": 10_000}
END, MONTH_END, MIDDLE = datetime.date(2019, 5, 20), datetime.date(2019, 4, 30), datetime.date(2019, 4, 17)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(SMALL_MARKET, out=tmp_path_factory.mktemp("runs"), until=END, overrides=PEOPLE)


def stands_on_its_balance_sheets(day: RunDay) -> None:
    columns = day.balance_sheets
    sums: dict[tuple[str, str], int] = {}
    for name, side, fen in zip(columns["institution"], columns["side"], columns["amount_fen"], strict=True):
        sums[side, name] = sums.get((side, name), 0) + fen
    for side, found in (("asset", day.view.assets()), ("liability", day.view.liabilities())):
        fen = dict(zip(day.view.names, found.tolist(), strict=True))
        assert {name for of, name in sums if of == side} <= fen.keys()
        for name in fen:
            assert fen[name] == sums.get((side, name), 0), (side, name)


def same(one: RunDay, other: RunDay) -> bool:
    columns = ("source", "target", "layers", "deals", "ranks", "states", "accounts", "amounts", "carrying")
    return one.view.names == other.view.names and all(
        np.array_equal(getattr(one.view, name), getattr(other.view, name)) for name in columns
    )


def files_of(folder: Path) -> dict[str, str]:
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in sorted(folder.rglob("*")) if f.is_file()}


def test_a_day_between_month_ends_is_that_of_the_market_lived_alone_and_the_folder_is_untouched(lived: Run) -> None:
    before, told = files_of(lived.folder), list[str]()
    day = lived.day(MIDDLE, told.append)
    assert files_of(lived.folder) == before
    (line,) = told
    assert "2019-01-01 to 2019-04-17 is simulated again, about " in line
    stands_on_its_balance_sheets(day)
    alone = run_to(SecuritizationMarket(load_scenario(SMALL_MARKET, PEOPLE)), day_of(MIDDLE) + 1)
    owed = alone.ledger.exposures()
    assert sorted(day.view.carrying.tolist()) == sorted(int(fen) for fen in owed["carrying_fen"])
    for bank, of in day.banks.items():
        assert of["equity_fen"] == alone.ledger.equity(bank)


def test_the_day_after_a_checkpoint_goes_on_from_it_and_the_last_one_stands_in_it(lived: Run) -> None:
    told = list[str]()
    stands_on_its_balance_sheets(lived.day("2019-05-02", told.append))
    assert "2019-05-01 to 2019-05-02" in told[0]
    stands_on_its_balance_sheets(lived.day(END, told.append))
    assert len(told) == 1


def test_a_month_end_simulated_again_is_the_one_on_record(lived: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = lived.day(MONTH_END)
    stands_on_its_balance_sheets(kept)
    from sim.studies import run_days

    again = run_days._of_market(run_days._simulated_again(lived.folder, MONTH_END, None), MONTH_END)
    assert same(kept, again)
    assert list(kept.balance_sheets["amount_fen"]) == list(again.balance_sheets["amount_fen"])
    for bank, row in again.banks.items():
        assert row == {name: kept.banks[bank][name] for name in row}


def test_days_before_and_after_a_branch_are_those_of_their_own_leg(lived: Run, tmp_path: Path) -> None:
    other = branch(lived.folder, "2019-05-10", {"shocks.run.shock": "deposit_run", "shocks.run.party": "bank:large_1",
                                               "shocks.run.on": "2019-05-13", "shocks.run.share_ppm": 100_000},
                   out=tmp_path)  # fmt: skip
    assert same(lived.day("2019-05-09"), other.day("2019-05-09"))
    after = other.day("2019-05-14")
    stands_on_its_balance_sheets(after)
    assert not same(lived.day("2019-05-14"), after)


def test_other_code_gives_month_ends_alone_and_other_days_are_refused(lived: Run, tmp_path: Path) -> None:
    for date in ("2018-12-31", "2019-05-21"):
        with pytest.raises(ScenarioError, match="its days are 2019-01-01 to 2019-05-20"):
            lived.day(date)
    with pytest.raises(ScenarioError, match="is not a date"):
        lived.day("soon")
    folder = tmp_path / lived.folder.name
    folder.mkdir()
    for file in lived.folder.iterdir():
        (folder / file.name).symlink_to(file) if file.name != "manifest.json" else None
    (folder / "manifest.json").write_text(json.dumps({**lived.manifest, "code": "other"}), encoding="utf-8")
    foreign = runs.Run(folder)
    assert same(foreign.day(MONTH_END), lived.day(MONTH_END))
    assert [last_day(RunTables(of.folder)) for of in (lived, foreign)] == [END, MONTH_END]
    with pytest.raises(ScenarioError, match="the last month end before is 2019-03-31"):
        foreign.day(MIDDLE)
