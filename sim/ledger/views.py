"""Balance sheets and exposures: group-bys of the claim table, as columns of equal length."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.ledger.kinds import Kind, State
from sim.ledger.table import ClaimTable

Columns: TypeAlias = dict[str, list[str] | NDArray[np.int64]]
"""Columns of a table by name; each a list of text or an int64 array, all of one length."""

KIND_NAMES = np.array([kind.name for kind in Kind], dtype=object)


def balance_sheets(table: ClaimTable, flows: NDArray[np.int64], parties: list[str]) -> Columns:
    """Lines (institution, side, item, amount_fen) of every party, in order of party, side and kind; no zero lines.

    Assets stand at carrying value and liabilities at what is owed, by kind of claim; `equity` is the equity account. So
    assets - liabilities - equity of an institution is 0. A kind whose rows cancel to 0 has no line.
    """
    occupied = np.flatnonzero(table.column("kind") >= 0)
    kind = table.column("kind")[occupied]
    width = 2 * len(Kind) + 1
    lines = np.zeros((len(parties), width), dtype=np.int64)
    cells = lines.reshape(-1)
    np.add.at(cells, table.column("creditor")[occupied] * width + kind, table.carrying()[occupied])
    np.add.at(cells, table.column("debtor")[occupied] * width + len(Kind) + kind, table.liability()[occupied])
    lines[:, -1] = flows[: len(parties)].sum(axis=1)
    sides = np.array(["asset"] * len(Kind) + ["liability"] * len(Kind) + ["equity"], dtype=object)
    items = np.concatenate((KIND_NAMES, KIND_NAMES, np.array(["equity"], dtype=object)))
    party, line = np.nonzero(lines)
    return {
        "institution": [parties[number] for number in party],
        "side": sides[line].tolist(),
        "item": items[line].tolist(),
        "amount_fen": lines[party, line],
    }


def exposures(table: ClaimTable) -> Columns:
    """Who is owed what by whom: (layer, creditor, debtor, deal, rank, state, amount_fen, carrying_fen, undrawn_fen).

    `state` is drawn or written_off for rows that are owed; a row that may still be drawn has a second line, undrawn (or
    contingent, for a guarantee), with only `undrawn_fen`. `amount_fen` is nominal + accrued. The creditor of a DEPOSIT
    is the account. Zero rows have no line.
    """
    owed = np.flatnonzero((table.owed() != 0) | (table.carrying() != 0))
    open_ = np.flatnonzero(table.column("undrawn"))
    rows = np.concatenate((owed, open_))
    keys = [key for row in rows if (key := table.keys[row]) is not None]
    on_balance = np.arange(len(rows)) < len(owed)
    drawn = np.where(table.column("state")[owed] == State.WRITTEN_OFF, "written_off", "drawn").tolist()
    contingent = np.where(table.column("kind")[open_] == Kind.GUARANTEE, "contingent", "undrawn").tolist()
    return {
        "layer": [key.kind.name for key in keys],
        "creditor": [key.creditor for key in keys],
        "debtor": [key.debtor for key in keys],
        "deal": [key.deal for key in keys],
        "rank": np.array([key.rank for key in keys], dtype=np.int64),
        "state": drawn + contingent,
        "amount_fen": np.where(on_balance, table.owed()[rows], 0),
        "carrying_fen": np.where(on_balance, table.carrying()[rows], 0),
        "undrawn_fen": np.where(on_balance, 0, table.column("undrawn")[rows]),
    }


def note_holdings(table: ClaimTable) -> list[tuple[str, str, int, int]]:
    """(holder, deal, rank, nominal_fen) of all notes owed, holder by holder."""
    return [held for number in sorted(table.notes) for held in notes_of(table, number)]


def notes_of(table: ClaimTable, creditor: int) -> list[tuple[str, str, int, int]]:
    """The same of one holder by its party number, in the order of the table."""
    keys, nominal = table.keys, table.nominal
    return [
        (key.creditor, key.deal, key.rank, nominal[row])
        for row in table.notes.get(creditor, [])
        if nominal[row] > 0 and (key := keys[row]) is not None
    ]


def assets_by_party(table: ClaimTable, parties: int) -> NDArray[np.int64]:
    """Carrying value of all claims of each party, by party number."""
    assets = np.zeros(parties, dtype=np.int64)
    occupied = np.flatnonzero(table.column("kind") >= 0)
    np.add.at(assets, table.column("creditor")[occupied], table.carrying()[occupied])
    return assets
