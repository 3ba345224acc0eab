"""Why did it fall? What an institution lost before its failure, by the chains along which the losses came."""

from __future__ import annotations

import datetime
from typing import NamedTuple

from sim.contagion.explain import Explanation, explain
from sim.markets.estate import CAUSE_DAYS
from sim.studies.trace_entries import RunTables, refuse_unknown, yuan

MOST_TOLD = 20
"""Chains that are printed; the table has all."""


class Fall(NamedTuple):
    """An institution's failure, if it failed, and what it had lost by then."""

    failed_on: datetime.date | None
    why: str
    explanation: Explanation

    def lines(self) -> list[str]:
        """The fall in words: when and why, the total, and the chains, the largest first."""
        of, total = self.explanation, self.explanation.total_fen
        fate = "has not failed" if self.failed_on is None else f"failed on {self.failed_on}: {self.why}"
        told = [
            f"  {yuan(chain.amount_fen)} ({chain.amount_fen * 100 / total:.1f} %)  {chain}"
            for chain in of.chains[:MOST_TOLD]
        ]
        rest = of.chains[MOST_TOLD:]
        if rest:
            told.append(f"  {yuan(sum(chain.amount_fen for chain in rest))}  by {len(rest)} more chains")
        period = f" from {of.since} to {of.until}" if of.chains else ""
        return [f"{of.institution} {fate}", f"It lost {yuan(total)} of claims on others{period}", *told]


def fall(
    tables: RunTables, institution: str, *, since: datetime.date | None = None, until: datetime.date | None = None
) -> Fall:
    """Explain what an institution lost: by default in the year before its failure, or, while it lives, in all the run.

    Raises:
        ScenarioError: the run knows no such institution; the message lists those it knows.
    """
    refuse_unknown(
        "institution", institution, tables.distinct("balance_sheets", "institution"), "; write it as kind:name"
    )
    events = tables.rows("events", institution=institution, family="default")
    failures = [row for row in events if row["event"].endswith("_failure")]
    failed_on, why = (failures[0]["date"], failures[0]["detail"]) if failures else (None, "")
    if failed_on is not None:
        until = until or failed_on
        since = since or until - datetime.timedelta(days=CAUSE_DAYS)
    return Fall(failed_on, why, explain(tables.table("loss_flows"), institution, since=since, until=until))


def failed(tables: RunTables) -> list[str]:
    """Institutions that failed in the run, in order of failure."""
    rows = tables.rows("events", family="default")
    return list(dict.fromkeys(row["institution"] for row in rows if row["event"].endswith("_failure")))
