"""`sim show RUN --trace`: the dated path of a loan, a tranche, an institution or a deal, from a run's tables alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.errors import ScenarioError
from sim.records.journal import check_parts, read_journal
from sim.scenario.messages import did_you_mean, listing
from sim.studies.trace_deal import trace_deal, trace_tranche
from sim.studies.trace_entries import RunTables
from sim.studies.trace_institution import trace_institution
from sim.studies.trace_loan import trace_loan

TRACES: dict[str, Callable[[RunTables, str], list[str]]] = {
    "loan": trace_loan,
    "tranche": trace_tranche,
    "institution": trace_institution,
    "deal": trace_deal,
}


def trace(run_folder: str | Path, kind: str, name: str) -> list[str]:
    """The dated path of one thing through a run, a line for each step; amounts in yuan, exact to the fen.

    Args:
        run_folder: folder of a run; its closed months are read, nothing is simulated.
        kind: loan, tranche, institution or deal.
        name: `lender/household/date/amount` of a watched loan, `deal/tranche`, `kind:name` of a party, or a deal.

    Raises:
        ScenarioError: the kind or the name is unknown to the run; the message lists what it knows.
        StoppedError: a part of a table was damaged since it was written.
    """
    if kind not in TRACES:
        raise ScenarioError(f"trace of {kind}: not one of {listing(list(TRACES))}{did_you_mean(kind, TRACES)}")
    folder = Path(run_folder)
    check_parts(folder, read_journal(folder).parts)
    return TRACES[kind](RunTables(folder), name)
