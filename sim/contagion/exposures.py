"""The network of claims as a view of the ledger: every kind of claim a layer, every party a node, SPVs included.

The arrow runs from debtor to creditor, the way a loss travels, so that the matrix of a view is `liabilities[i, j]`,
what i owes j, and goes into `clearing` as it is. Amounts are whole fen: per party and layer they add up to the balance
sheet. Written to files, every attribute is a plain number or text, as Gephi and igraph want it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from sim.contagion.inputs import Bools, Floats, Network, NetworkError
from sim.ledger.kinds import Kind, kind_of, party_of

Fen = NDArray[np.int64]

ON_BALANCE: Final = ("drawn", "written_off")
OFF_BALANCE: Final = ("undrawn", "contingent")
LINE: Final = ("layer", "creditor", "debtor", "deal", "rank", "state", "amount_fen", "carrying_fen")


@dataclass(frozen=True)
class Exposures:
    """One line a claim, in the ledger's order; `source` and `target` are debtor and creditor as numbers of `names`.

    `amounts` is what is owed (nominal + accrued), or may still be drawn or called where `states` says undrawn or
    contingent; `carrying` what the creditor's books say it is worth. A deposit's `accounts` entry names the account.
    """

    names: tuple[str, ...]
    source: NDArray[np.intp]
    target: NDArray[np.intp]
    layers: NDArray[np.object_]
    deals: NDArray[np.object_]
    ranks: Fen
    states: NDArray[np.object_]
    accounts: NDArray[np.object_]
    amounts: Fen
    carrying: Fen

    def chosen(self, layers: Iterable[str] | None = None, states: Iterable[str] = ON_BALANCE) -> Bools:
        """Which lines belong to these layers (all by default) and states; an unknown layer is an error."""
        kept = np.isin(self.states, tuple(states))
        if layers is None:
            return kept
        wanted = tuple(layers)
        unknown = sorted(set(wanted) - {kind.name for kind in Kind})
        if unknown:
            raise NetworkError(f"layers: no such kind of claim: {', '.join(unknown)}")
        return kept & np.isin(self.layers, wanted)

    def matrix(self, layers: Iterable[str] | None = None, states: Iterable[str] = ON_BALANCE) -> sparse.csr_array:
        """Fen owed, [debtor, creditor], int64; shares, which nobody owes, only if their layer is asked for."""
        kept = self.chosen(layers, states)
        if layers is None:
            kept &= self.layers != Kind.SHARE.name
        return self._sum(kept)

    def _sum(self, kept: Bools) -> sparse.csr_array:
        size = len(self.names)
        entries = (self.amounts[kept], (self.source[kept], self.target[kept]))
        return sparse.csr_array(sparse.coo_array(entries, shape=(size, size), dtype=np.int64))

    def network(self, layers: Iterable[str] | None = None, states: Iterable[str] = ON_BALANCE) -> Network:
        """The same with names, in fen as float64: `liabilities` of every method; nothing owed to oneself."""
        return _named(self.matrix(layers, states), self.names)

    def by_rank(self, layers: Iterable[str] | None = None) -> list[Network]:
        """What is owed on balance by rank, 0 the most senior: the input of `clearing.clear_by_seniority`.

        Notes have the rank of their tranche; what has no tranche ranks as the ledger has it, mostly 0.
        """
        kept = self.chosen(layers)
        if layers is None:
            kept &= self.layers != Kind.SHARE.name
        last = int(self.ranks[kept].max(initial=0))
        return [_named(self._sum(kept & (self.ranks == rank)), self.names) for rank in range(last + 1)]

    def assets(self, layers: Iterable[str] | None = None) -> Fen:
        """Carrying value of each party's claims, fen: the asset side of its balance sheet."""
        return self._totals(self.chosen(layers), self.target, self.carrying)

    def liabilities(self, layers: Iterable[str] | None = None) -> Fen:
        """What each party owes, fen: the liability side of its balance sheet."""
        return self._totals(self.chosen(layers) & (self.layers != Kind.SHARE.name), self.source, self.amounts)

    def _totals(self, kept: Bools, party: NDArray[np.intp], amounts: Fen) -> Fen:
        totals = np.zeros(len(self.names), dtype=np.int64)
        np.add.at(totals, party[kept], amounts[kept])
        return totals

    def graph(self, layers: Iterable[str] | None = None, states: Iterable[str] = ON_BALANCE + OFF_BALANCE) -> Any:
        """A networkx.MultiDiGraph with an edge a line, debtor to creditor, and plain Python attributes.

        Nodes: kind, assets_fen, liabilities_fen. Edges: layer, rank, deal, account, state, amount (= amount_fen, the
        name that the methods read), amount_fen, carrying_fen.
        """
        import networkx as nx  # noqa: PLC0415 - only who asks for a graph needs it

        graph = nx.MultiDiGraph()
        for name, owned, owed in zip(self.names, self.assets().tolist(), self.liabilities().tolist(), strict=True):
            graph.add_node(name, kind=kind_of(name), assets_fen=owned, liabilities_fen=owed)
        for line in np.flatnonzero(self.chosen(layers, states)).tolist():
            graph.add_edge(self.names[self.source[line]], self.names[self.target[line]], **self._attributes(line))
        return graph

    def _attributes(self, line: int) -> dict[str, str | int]:
        amount = int(self.amounts[line])
        return {
            "layer": str(self.layers[line]),
            "rank": int(self.ranks[line]),
            "deal": str(self.deals[line]),
            "account": str(self.accounts[line]),
            "state": str(self.states[line]),
            "amount": amount,
            "amount_fen": amount,
            "carrying_fen": int(self.carrying[line]),
        }

    def write(self, folder: str | Path, formats: Iterable[str] = ("csv", "graphml", "gexf")) -> list[Path]:
        """Write `nodes.csv` and `edges.csv`, `exposures.graphml`, `exposures.gexf`; returns the paths written."""
        where = Path(folder)
        where.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        graph = self.graph()
        for form in formats:
            if form == "csv":
                written += _write_csv(graph, where)
            elif form in ("graphml", "gexf"):
                import networkx as nx  # noqa: PLC0415

                path = where / f"exposures.{form}"
                (nx.write_graphml_xml if form == "graphml" else nx.write_gexf)(graph, path)
                written.append(path)
            else:
                raise NetworkError(f"formats: csv, graphml or gexf, not {form!r}")
        return written


def exposures_of(columns: Any, date: Any = None) -> Exposures:
    """The network of `Ledger.exposures()`, or of one `date` of a run's table `exposures` (a mapping or Arrow table).

    >>> view = exposures_of({"layer": ["TRANCHE"], "creditor": ["bank:a"], "debtor": ["spv:x"], "deal": ["x"],
    ...                      "rank": [0], "state": ["drawn"], "amount_fen": [100], "carrying_fen": [90]})
    >>> view.names, view.matrix().toarray().tolist(), view.assets().tolist()
    (('bank:a', 'spv:x'), [[0, 0], [100, 0]], [90, 0])
    """
    given: Mapping[str, Any] = columns.to_pydict() if hasattr(columns, "to_pydict") else columns
    missing = [name for name in LINE if name not in given]
    if missing:
        raise NetworkError(f"exposures: columns {', '.join(missing)} are missing")
    kept = np.ones(len(given["layer"]), dtype=bool)
    if date is not None:
        if "date" not in given:
            raise NetworkError("exposures: there is no column date to choose from")
        kept = np.array([day == date for day in given["date"]], dtype=bool)
        if not kept.any():
            raise NetworkError(f"exposures: no lines of {date}; there are {len(set(given['date']))} other dates")
    elif len(set(given.get("date", ()))) > 1:
        raise NetworkError("exposures: lines of several dates; say which date")
    amounts = np.asarray(given["amount_fen"], dtype=np.int64)
    if "undrawn_fen" in given:
        amounts = amounts + np.asarray(given["undrawn_fen"], dtype=np.int64)
    creditors = np.asarray(given["creditor"], dtype=object)[kept]
    debtors = np.asarray(given["debtor"], dtype=object)[kept]
    owners = [party_of(name) for name in creditors]
    names = tuple(sorted({*owners, *debtors}))
    place = {name: number for number, name in enumerate(names)}
    return Exposures(
        names,
        np.array([place[name] for name in debtors], dtype=np.intp),
        np.array([place[name] for name in owners], dtype=np.intp),
        np.asarray(given["layer"], dtype=object)[kept],
        np.asarray(given["deal"], dtype=object)[kept],
        np.asarray(given["rank"], dtype=np.int64)[kept],
        np.asarray(given["state"], dtype=object)[kept],
        np.where(creditors == np.asarray(owners, dtype=object), "", creditors),
        amounts[kept],
        np.asarray(given["carrying_fen"], dtype=np.int64)[kept],
    )


def _named(matrix: sparse.csr_array, names: tuple[str, ...]) -> Network:
    """A matrix of fen as the methods take it."""
    entries = matrix.tocoo()
    kept = entries.row != entries.col
    amounts: Floats = entries.data[kept].astype(np.float64)
    between = sparse.coo_array((amounts, (entries.row[kept], entries.col[kept])), shape=matrix.shape)
    return Network(sparse.csr_array(between), names)


def _write_csv(graph: Any, folder: Path) -> list[Path]:
    """Nodes and edges, one file each, UTF-8."""
    nodes, edges = folder / "nodes.csv", folder / "edges.csv"
    fields = ("layer", "rank", "deal", "account", "state", "amount_fen", "carrying_fen")
    with nodes.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "kind", "assets_fen", "liabilities_fen"))
        writer.writerows((name, *data.values()) for name, data in graph.nodes(data=True))
    with edges.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("source", "target", *fields))
        writer.writerows((a, b, *(data[field] for field in fields)) for a, b, data in graph.edges(data=True))
    return [nodes, edges]
