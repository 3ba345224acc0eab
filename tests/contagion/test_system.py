"""One clearing problem for plans, banks, lenders and investors: by hand and against the library."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.contagion.clearing import clear_by_seniority
from sim.contagion.exposures import exposures_of
from sim.contagion.inputs import NetworkError
from sim.contagion.system import System, spread, system_of

HOMES = "world:households"


def by_ledger(_layer: str, _debtor: str, _deal: str, rank: int) -> int:
    return rank


def system(*rows: tuple[str, str, str, int, int]) -> System:
    """(layer, creditor, debtor, rank, fen) as the problem of a day."""
    names = ("layer", "creditor", "debtor", "rank", "amount_fen")
    columns: dict[str, Any] = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    columns |= {"deal": [""] * len(rows), "state": ["drawn"] * len(rows), "carrying_fen": columns["amount_fen"]}
    return system_of(exposures_of(columns), by_ledger)


PLAN = system(
    ("LOAN", "spv:x", HOMES, 0, 100),
    ("TRANCHE", "bank:a", "spv:x", 0, 80),
    ("TRANCHE", "investor:f", "spv:x", 1, 20),
    ("LOAN", "bank:a", "world:merchants", 0, 40),
    ("INTERBANK", "bank:b", "bank:a", 0, 110),
    ("LOAN", "bank:b", "world:merchants", 0, 30),
)


def shocked(of: System, fen: dict[str, float], failed: tuple[str, ...] = (), forced: float = 0.0, **named: Any) -> Any:
    lost = np.array([fen.get(name, 0.0) for name in of.names])
    return spread(of, lost, np.array([n in failed for n in of.names]), forced * of.outside_assets, **named)


def test_a_pool_loss_passes_the_junior_the_senior_and_the_bank_round_by_round() -> None:
    met = shocked(PLAN, {"spv:x": 40.0})
    lost = dict(zip(zip(PLAN.layer, PLAN.rank, strict=True), met.by_claim, strict=True))
    assert lost == pytest.approx({("TRANCHE", 0): 20.0, ("TRANCHE", 1): 20.0, ("INTERBANK", 0): 10.0})
    assert met.lost.sum(axis=1).tolist() == pytest.approx([40.0, 10.0])
    equity = dict(zip(PLAN.names, met.equity, strict=True))
    assert equity == pytest.approx({"spv:x": -40.0, "bank:a": -10.0, "investor:f": 0.0, "bank:b": 130.0})
    assert [n for n, f in zip(PLAN.names, met.failed, strict=True) if f] == ["bank:a"]
    assert met.failed_in[PLAN.number("bank:a")] == 2


def test_failing_costs_and_a_plan_has_no_such_cost() -> None:
    free, dear = shocked(PLAN, {"spv:x": 40.0}), shocked(PLAN, {"spv:x": 40.0}, forced=0.5)
    bank = PLAN.number("bank:a")
    assert dear.equity[bank] == free.equity[bank] - 20.0
    assert dear.by_claim.sum() == free.by_claim.sum() + 20.0
    named = shocked(PLAN, {}, failed=("bank:a",), forced=0.5)
    assert named.failed_in[bank] == 0
    assert named.direct[bank] == 20.0


def test_along_one_layer_alone_losses_stop_at_its_end() -> None:
    only = shocked(PLAN, {"spv:x": 40.0}, layers=["TRANCHE"])
    assert only.by_claim.sum() == 40.0
    assert shocked(PLAN, {"spv:x": 40.0}, layers=["INTERBANK"]).by_claim.sum() == 0.0


def test_refusals() -> None:
    with pytest.raises(NetworkError, match="lost"):
        shocked(PLAN, {"spv:x": 101.0})
    with pytest.raises(NetworkError, match="no institution 'bank:z'"):
        PLAN.number("bank:z")


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_without_cost_it_is_the_clearing_by_seniority_of_the_library(data: st.DataObject) -> None:
    parties = [f"bank:{n}" for n in range(5)]
    fen = st.integers(1, 10**6)
    rows: list[tuple[str, str, str, int, int]] = [
        ("LOAN", party, HOMES, 0, data.draw(st.integers(10**6, 10**7))) for party in parties
    ]
    pairs = [(creditor, debtor) for creditor in parties for debtor in parties if creditor != debtor]
    owed_by = data.draw(st.lists(st.sampled_from(pairs), unique=True))
    rows += [
        ("INTERBANK", creditor, debtor, data.draw(st.integers(0, 1)), data.draw(fen)) for creditor, debtor in owed_by
    ]
    of = system(*rows, ("INTERBANK", parties[0], parties[1], 1, 5))
    lost = of.outside_assets * np.array([data.draw(st.sampled_from([0.0, 0.5, 0.9, 1.0])) for _ in of.names])
    met = spread(of, lost, np.zeros(len(of.names), dtype=bool), np.zeros(len(of.names)))
    ranks = []
    for rank in range(2):
        owed = np.zeros((len(of.names), len(of.names)))
        mine = of.rank == rank
        np.add.at(owed, (of.debtor[mine], of.creditor[mine]), of.amount[mine])
        ranks.append(owed)
    told = clear_by_seniority(ranks, of.outside_assets - lost, external_liabilities=of.outside_debts)
    assert met.equity == pytest.approx(told.equity, abs=2.0)
    assert (met.worth - met.by_claim).sum() == pytest.approx(told.payments.sum(), abs=2.0)
