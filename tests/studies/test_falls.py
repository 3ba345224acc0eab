"""Why it fell, read from a run folder: amounts add up to the total, to the fen; unknown names are refused."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner
from worlds import HUABEI, SMALL

from sim.cli.commands import app
from sim.errors import ScenarioError
from sim.studies.falls import failed
from sim.studies.runs import Run, run
from sim.studies.trace_entries import RunTables

SELLER = "originator:ant_xiaowei"


@pytest.fixture(scope="module")
def fallen(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A lender that owes bonds to investors fails; its estate is sold for a tenth at the month's end."""
    changes = SMALL | {
        "originators.ant_xiaowei.fails_on": "2017-05-10",
        "resolution.close_below_ppm": 1_000_000,
        "resolution.rest_price_ppm": 100_000,
    }
    return run(HUABEI, out=tmp_path_factory.mktemp("runs"), until="2017-06-30", overrides=changes)


def test_every_failed_institution_and_every_loser_is_explained_to_the_fen(fallen: Run) -> None:
    assert SELLER in failed(RunTables(fallen.folder))
    rows = fallen.table("loss_flows").to_pylist()
    for loser in {row["to_party"] for row in rows}:
        if loser == SELLER or loser.startswith("world:"):
            continue
        told = fallen.explain(loser)
        assert told.failed_on is None
        assert told.explanation.total_fen == sum(r["amount_fen"] for r in rows if r["to_party"] == loser)
        assert all(chain.steps[-1].to_party == loser for chain in told.explanation.chains)
    fall = fallen.explain(SELLER)
    assert str(fall.failed_on) == "2017-05-10"
    before = [r for r in rows if r["to_party"] == SELLER and r["date"] <= fall.failed_on]
    assert fall.explanation.total_fen == sum(r["amount_fen"] for r in before) > 0
    assert {chain.origin for chain in fall.explanation.chains} == {"world:households"}


def test_who_held_the_bonds_of_the_failed_lender_reads_its_borrowers_in_the_chain(fallen: Run) -> None:
    chains = fallen.explain("investor:qualified").explanation.chains
    assert {chain.origin for chain in chains} == {"world:households", f"own business of {SELLER}"}
    assert {chain.steps[0].to_party for chain in chains if len(chain.steps) > 1} == {SELLER}


def test_the_command_tells_it_and_refuses_a_name_it_does_not_know(fallen: Run) -> None:
    told = CliRunner().invoke(app, ["stress", str(fallen.folder), "--explain", SELLER])
    assert told.exit_code == 0
    assert "failed on 2017-05-10" in told.output
    assert "world:households -> loan" in told.output
    everybody = CliRunner().invoke(app, ["stress", str(fallen.folder), "--json"])
    assert SELLER in everybody.output
    with pytest.raises(ScenarioError, match="did you mean 'originator:ant_xiaowei'"):
        fallen.explain("originator:ant_xiaowe")
