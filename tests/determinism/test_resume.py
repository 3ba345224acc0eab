"""A market restored from a midnight goes on as if it had never stopped; a branch differs only by its policy."""

from __future__ import annotations

import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from worlds import HUABEI, SMALL, market, run_to

import sim
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.records import checkpoint
from sim.records.writer import content_hash
from sim.studies.runs import FailedRunError, branch, resume, run

STOP = day_of(datetime.date(2017, 5, 9))
END = "2017-08-31"
TABLES = (
    "market_daily",
    "pools",
    "purchases",
    "payments",
    "tranches",
    "events",
    "notices",
    "loan_events",
    "loss_flows",
    "balance_sheets",
)


def rows_from(place: SecuritizationMarket, day: int) -> dict[str, list[dict[str, object]]]:
    """Rows of all tables from a day on."""
    start = datetime.date(2010, 1, 1) + datetime.timedelta(days=day)
    return {name: [r for r in place.recorder.table(name).to_pylist() if r["date"] >= start] for name in TABLES}


def test_a_restored_market_continues_bit_for_bit(tmp_path: Path) -> None:
    whole = market(end=END)
    run_to(whole, STOP)
    checkpoint.save(tmp_path / "midnight.npz", whole.state())
    run_to(whole)
    again = market(end=END)
    again.restore(checkpoint.load(tmp_path / "midnight.npz"))
    assert again.day == STOP
    run_to(again)
    one, other = rows_from(whole, STOP), rows_from(again, STOP)
    for name in TABLES:
        assert one[name] == other[name], name
    assert len(one["pools"]) > 300
    assert whole.ledger.state()["json"] == again.ledger.state()["json"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> sim.studies.runs.Run:  # type: ignore[name-defined]
    out = tmp_path_factory.mktemp("outputs")
    return run(HUABEI, out=out, overrides={**SMALL, "end": "2017-06-30"})


def test_the_same_scenario_and_seed_give_the_same_tables(finished: object, tmp_path: Path) -> None:
    again = run(HUABEI, out=tmp_path, overrides={**SMALL, "end": "2017-06-30"})
    for name in finished.tables:  # type: ignore[attr-defined]
        assert content_hash(again.table(name)) == content_hash(finished.table(name)), name  # type: ignore[attr-defined]


def test_a_run_that_broke_off_and_was_resumed_has_the_same_tables(
    finished: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = SecuritizationMarket.step

    def break_off(place: SecuritizationMarket) -> None:
        if place.day == day_of(datetime.date(2017, 4, 11)):
            raise OSError("the machine stopped")
        step(place)

    with monkeypatch.context() as broken:
        broken.setattr(SecuritizationMarket, "step", break_off)
        with pytest.raises(FailedRunError, match="the machine stopped"):
            run(HUABEI, out=tmp_path, overrides={**SMALL, "end": "2017-06-30"})
    done = resume(next(folder for folder in tmp_path.iterdir() if folder.is_dir()))
    for name in finished.tables:  # type: ignore[attr-defined]
        a, b = done.table(name), finished.table(name)  # type: ignore[attr-defined]
        assert isinstance(a, pa.Table)
        assert content_hash(a) == content_hash(b), name


def test_a_branch_shares_its_past_and_differs_by_its_policy_only(finished: object, tmp_path: Path) -> None:
    when = "2017-05-10"
    other = branch(finished.folder, when, {"managers.cicc.staff": 2}, out=tmp_path)  # type: ignore[attr-defined]
    date = datetime.date.fromisoformat(when)

    def until(table: pa.Table) -> list[dict[str, object]]:
        return [row for row in table.to_pylist() if row["date"] < date]

    for name in ("pools", "purchases", "payments", "market_daily", "events"):
        assert until(other.table(name)) == until(finished.table(name)), name  # type: ignore[attr-defined]
    # Fewer reviewers cannot change who borrows or pays, only what the pools buy.
    assert other.table("market_daily").to_pylist() == finished.table("market_daily").to_pylist()  # type: ignore[attr-defined]
    assert other.table("purchases").to_pylist() != finished.table("purchases").to_pylist()  # type: ignore[attr-defined]


def test_watching_households_changes_nothing() -> None:
    few, many = run_to(market(end="2017-03-31")), run_to(market(end="2017-03-31", watched_households=200))
    for name in ("pools", "purchases", "payments"):
        assert few.recorder.table(name).equals(many.recorder.table(name))
    assert many.recorder.table("loan_events").num_rows > few.recorder.table("loan_events").num_rows


def test_how_loans_are_funded_moves_no_borrower() -> None:
    """Joint lending and the deals themselves change who owns a loan, never who takes, pays or misses it."""
    joint = {"partners": {"bank:line_bank": 1_000_000}, "volume_ppm": 300_000}
    sole, shared = (
        run_to(market(end="2017-04-30")),
        run_to(market(end="2017-04-30", originators__ant_xiaowei__joint_lending=joint)),
    )
    assert sole.recorder.table("market_daily").equals(shared.recorder.table("market_daily"))
    owners = {r["creditor"] for r in shared.recorder.table("exposures").to_pylist() if r["layer"] == "LOAN"}
    assert "bank:line_bank" in owners
