"""The identities of the ledger: stock against flow for every party, to the fen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.errors import InvariantError
from sim.ledger.kinds import CENTRAL_BANK, Kind, State
from sim.ledger.table import ClaimTable


def net_worth(table: ClaimTable, parties: int) -> NDArray[np.int64]:
    """Carrying assets less liabilities of each party, in fen: what its claims say its equity must be."""
    worth = np.zeros(parties, dtype=np.int64)
    np.add.at(worth, table.column("creditor"), table.carrying())
    np.subtract.at(worth, table.column("debtor"), table.liability())
    return worth


def check_signs(table: ClaimTable, day: int) -> None:
    """Every amount but the mark is 0 or more, and what is written off has an allowance of exactly its nominal."""
    for name in ("nominal", "accrued", "allowance", "undrawn"):
        column = table.column(name)
        if column.size and column.min() < 0:
            row = int(column.argmin())
            raise InvariantError(
                f"day {day}: {name} of claim {row} ({table.keys[row]}) is {column[row]} fen; never below 0"
            )
    gap = (table.column("allowance") - table.column("nominal")) * (table.column("state") == State.WRITTEN_OFF)
    if gap.any():
        row = int(np.flatnonzero(gap)[0])
        raise InvariantError(
            f"day {day}: written-off claim {row} ({table.keys[row]}) has an allowance {gap[row]} fen off its nominal"
        )


def check_stock_against_flow(table: ClaimTable, flows: NDArray[np.int64], parties: list[str], day: int) -> None:
    """Each party's carrying assets - liabilities equal its equity account, and so does the whole.

    The whole: the sum of all equity = sum over rows of (mark - allowance) + value of SHAREs, since any other fen owned
    is a fen owed.
    """
    equity = flows[: len(parties)].sum(axis=1)
    difference = net_worth(table, len(parties)) - equity
    shares = table.owed()[table.column("kind") == Kind.SHARE].sum()
    whole = (table.column("mark") - table.column("allowance")).sum() + shares - equity.sum()
    if difference.any() or whole:
        wrong = np.flatnonzero(difference)
        named = "; ".join(f"{parties[i]}: {difference[i]:+d} fen" for i in wrong[:5])
        raise InvariantError(
            f"day {day}: assets - liabilities differ from the equity account of {len(wrong)} parties: {named}; "
            f"the whole system: {whole:+d} fen; an amount was changed without its posting: "
            "run with a journal and compare its postings of the day"
        )


def check_reserves(table: ClaimTable, central_bank: int, day: int) -> None:
    """The sum of RESERVE is what the central bank owes, and it owes nothing else."""
    reserves = table.column("nominal")[table.column("kind") == Kind.RESERVE].sum()
    owed = table.liability()[table.column("debtor") == central_bank].sum()
    if reserves != owed:
        raise InvariantError(f"day {day}: banks hold {reserves} fen of reserves, {CENTRAL_BANK} owes {owed} fen")
