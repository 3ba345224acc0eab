"""The network of the ledger: equal to the balance sheets to the fen, and the same in every file."""

from __future__ import annotations

import csv
import datetime
from collections import Counter

import networkx as nx
import numpy as np
import pytest
from worlds import HUABEI, SMALL

import sim
from sim.contagion.clearing import clear, clear_by_seniority
from sim.contagion.exposures import exposures_of
from sim.ledger import Kind


@pytest.fixture(scope="module")
def market():
    scenario = sim.load_scenario(HUABEI, SMALL)
    market = sim.SecuritizationMarket(scenario=scenario)
    for _ in range(60):
        market.step()
    return market


@pytest.fixture(scope="module")
def view(market):
    return exposures_of(market.ledger.exposures())


def sheet_lines(ledger, side):
    sheets = ledger.balance_sheets()
    lines = zip(sheets["institution"], sheets["side"], sheets["item"], sheets["amount_fen"], strict=True)
    return {(who, item): int(fen) for who, where, item, fen in lines if where == side}


def test_totals_are_the_balance_sheets_to_the_fen(market, view):
    for side, totals in (("asset", view.assets), ("liability", view.liabilities)):
        expected = sheet_lines(market.ledger, side)
        found = {
            (name, kind.name): int(fen)
            for kind in Kind
            for name, fen in zip(view.names, totals([kind.name]), strict=True)
            if fen
        }
        assert found == expected
    assert view.assets().sum() - view.liabilities().sum() == sum(
        int(fen)
        for fen in market.ledger.balance_sheets()["amount_fen"][
            np.array(market.ledger.balance_sheets()["side"]) == "equity"
        ]
    )


def test_spvs_are_nodes_and_tranches_keep_their_rank(market, view):
    spvs = [name for name in view.names if name.startswith("spv:")]
    assert spvs
    notes = view.layers == "TRANCHE"
    assert set(view.ranks[notes].tolist()) >= {0, 1}
    held = Counter()
    for holder, deal, rank, fen in market.ledger.note_holdings():
        held[holder, deal, rank] += fen
    graph = view.graph(["TRANCHE"])
    edges = Counter()
    for debtor, holder, data in graph.edges(data=True):
        assert debtor == f"spv:{data['deal']}"
        edges[holder, data["deal"], data["rank"]] += data["amount_fen"]
    assert edges.keys() == held.keys()
    assert all(edges[key] >= fen for key, fen in held.items())  # accrued interest comes on top


def test_a_deposit_belongs_to_the_party_and_names_the_account(view):
    deposits = view.graph(["DEPOSIT"])
    accounts = {data["account"] for _, owner, data in deposits.edges(data=True) if owner.startswith("spv:")}
    assert any(account.endswith("/principal") for account in accounts)
    assert not any("/" in name for name in view.names)


def test_matrix_graph_and_methods_see_the_same_amounts(view):
    graph = view.graph(states=("drawn", "written_off"))
    total = sum(data["amount"] for _, _, data in graph.edges(data=True) if data["layer"] != "SHARE")
    assert int(view.matrix().sum()) == total
    assert view.matrix().dtype == np.int64
    layers = sum(int(view.matrix([kind.name]).sum()) for kind in Kind if kind is not Kind.SHARE)
    assert layers == total
    found = clear(view.network(), np.zeros(len(view.names)))
    assert found.names == view.names
    ranks = clear_by_seniority(view.by_rank(), np.zeros(len(view.names)))
    assert np.isclose(ranks.obligations.sum(), found.obligations.sum())


def test_files_hold_the_same_lines_with_plain_types(tmp_path, view):
    paths = {path.name: path for path in view.write(tmp_path)}
    assert set(paths) == {"nodes.csv", "edges.csv", "exposures.graphml", "exposures.gexf"}
    graph = view.graph()
    with paths["edges.csv"].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == graph.number_of_edges()
    assert sum(int(row["amount_fen"]) for row in rows) == int(view.amounts.sum())
    with paths["nodes.csv"].open(encoding="utf-8", newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == list(view.names)
    again = nx.read_graphml(paths["exposures.graphml"], force_multigraph=True)
    assert sorted(again.nodes) == sorted(graph.nodes)
    key = ("layer", "rank", "deal", "state", "amount_fen", "carrying_fen")

    def lines(one):
        return Counter((a, b, *(data[name] for name in key)) for a, b, data in one.edges(data=True))

    assert lines(again) == lines(graph)
    other = nx.read_gexf(paths["exposures.gexf"])
    assert lines(other) == lines(graph)
    for _, _, data in graph.edges(data=True):
        assert all(type(value) in (int, str) for value in data.values())


def test_a_month_end_of_a_run_is_a_network(tmp_path):
    run = sim.run(HUABEI, out=tmp_path, until="2017-02-10", overrides=SMALL)
    table = run.table("exposures")
    dates = sorted(set(table["date"].to_pylist()))
    view = exposures_of(table, date=dates[-1])
    sheets = run.table("balance_sheets").to_pylist()
    owed = sum(row["amount_fen"] for row in sheets if row["date"] == dates[-1] and row["side"] == "liability")
    assert int(view.liabilities().sum()) == owed
    assert set(view.states) <= {"drawn", "written_off", "undrawn", "contingent"}
    with pytest.raises(ValueError, match="no lines of"):
        exposures_of(table, date=datetime.date(1999, 1, 1))


def test_bad_columns_and_layers(tmp_path, view):
    with pytest.raises(ValueError, match="columns debtor"):
        exposures_of(
            {name: [] for name in ("layer", "creditor", "deal", "rank", "state", "amount_fen", "carrying_fen")}
        )
    with pytest.raises(ValueError, match="no such kind of claim: LOANS"):
        view.matrix(["LOANS"])
    with pytest.raises(ValueError, match="formats"):
        view.write(tmp_path, ["png"])
