"""What signs read off a network, on networks that can be reckoned by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sim.studies.signs_network import FailuresOver, LayeredLoss, SystemicLoss
from sim.studies.signs_outcomes import Seen

Line = tuple[str, str, str, int]
"""Layer, creditor, debtor, fen."""


def seen(*lines: Line) -> Seen:
    layer, creditor, debtor, fen = zip(*lines, strict=True)
    columns = {
        "layer": list(layer), "creditor": list(creditor), "debtor": list(debtor), "amount_fen": list(fen),
        "carrying_fen": list(fen), "deal": ["x" if one == "TRANCHE" else "" for one in layer], "rank": [0] * len(layer),
        "state": ["drawn"] * len(layer),
    }  # fmt: skip
    return Seen(SimpleNamespace(ledger=SimpleNamespace(exposures=lambda: columns)))  # type: ignore[arg-type]


def notes_of(holder: str, reserves: int) -> Seen:
    """A pool of 100 whose notes one holder has; bank a, with equity 60, owes bank b, with equity 50, 30."""
    return seen(
        ("LOAN", "spv:x", "world:households", 100),
        ("TRANCHE", holder, "spv:x", 100),
        ("RESERVE", "bank:a", "world:central_bank", reserves),
        ("DEPOSIT", "world:depositors", "bank:a", 60),
        ("INTERBANK", "bank:b", "bank:a", 30),
        ("RESERVE", "bank:b", "world:central_bank", 20),
    )


def test_what_a_fund_loses_goes_no_farther_and_what_a_bank_loses_does() -> None:
    """Half of the pool is 50; of bank a's equity 5/6 is gone, so bank b loses 5/6 of 30."""
    assert SystemicLoss().of(notes_of("investor:fund", 150)) == pytest.approx(1.0)
    assert SystemicLoss().of(notes_of("bank:a", 50)) == pytest.approx((50 + 25) / 50)


CHAIN = (
    ("LOAN", "originator:l", "world:households", 60),
    ("WAREHOUSE", "bank:a", "originator:l", 40),
    ("RESERVE", "bank:a", "world:central_bank", 50),
    ("INTERBANK", "bank:b", "bank:a", 30),
    ("RESERVE", "bank:b", "world:central_bank", 20),
)


def test_a_chain_through_two_layers_is_lost_on_each_alone() -> None:
    """A tenth of the lender's equity: bank a loses 4 of 60, bank b 30 x 4 / 60; along interbank loans alone nothing."""
    assert LayeredLoss(jointly=True).of(seen(*CHAIN)) == pytest.approx(4 + 2)
    assert LayeredLoss(jointly=False).of(seen(*CHAIN)) == pytest.approx(4)


def test_failures_come_with_the_critical_multiple() -> None:
    """Lender and bank owe each other: leverage 40 / 40 and 30 / 30 around the cycle, so today's is critical."""
    ring = (
        ("LOAN", "originator:l", "world:households", 40),
        ("WAREHOUSE", "bank:a", "originator:l", 40),
        ("DEPOSIT", "originator:l", "bank:a", 30),
        ("RESERVE", "bank:a", "world:central_bank", 30),
    )
    assert FailuresOver(0.4, 0.8).of(seen(*ring)) == 0
    assert FailuresOver(0.8, 1.2).of(seen(*ring)) == 2


def test_outcomes_are_told_apart_in_words() -> None:
    told = {o.told() for o in (SystemicLoss(), LayeredLoss(jointly=True), LayeredLoss(jointly=False))}
    assert len(told | {FailuresOver(0.4, 0.8).told(), FailuresOver(0.8, 1.2).told()}) == 5
