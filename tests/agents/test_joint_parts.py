"""Parts of joint loans: neither party is paid a fen more than it is owed, whatever the flows and in whatever order."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.joint_parts import LOWERS, RAISES, parts_of

steady = settings(derandomize=True, deadline=None)
STOCK = {**RAISES, **LOWERS}
flows = st.tuples(st.sampled_from(["recovered", "penalty", *STOCK]), st.integers(0, 40))


class Parties:
    """What bank and platform are owed, by stock, kept from the parts alone."""

    def __init__(self, share_bp: int) -> None:
        self.share_bp, self.memory = share_bp, dict[str, int]()
        self.bank, self.platform = Counter[str](), Counter[str]()

    def flow(self, name: str, fen: int) -> None:
        """Post a flow of at most what is owed, as a book's are."""
        stock = STOCK.get(name, "gone")
        down = name in LOWERS or name == "recovered"
        fen = min(fen, self.bank[stock] + self.platform[stock]) if down else fen
        bank, platform = parts_of(self.memory, name, fen, self.share_bp)
        assert bank + platform == fen
        assert min(bank, platform) >= 0
        for held, part in ((self.bank, bank), (self.platform, platform)):
            if name in STOCK or name == "recovered":
                held[stock] += -part if down else part
            if name == "written_off":
                held["gone"] += part
            assert held[stock] >= 0, f"{name} of {fen} fen leaves a party short"


@steady
@given(st.integers(0, 10_000), st.lists(flows, max_size=40))
def test_no_party_is_paid_what_it_is_not_owed(share_bp: int, days: list[tuple[str, int]]) -> None:
    parties = Parties(share_bp)
    for name, fen in days:
        parties.flow(name, fen)
        for stock in ("principal", "fees"):
            whole = parties.bank[stock] + parties.platform[stock]
            assert parties.bank[stock] == whole * share_bp // 10_000


@steady
@given(st.integers(0, 10_000), st.lists(flows, max_size=40))
def test_when_households_owe_nothing_neither_party_is_owed_anything(share_bp: int, days: list[tuple[str, int]]) -> None:
    parties = Parties(share_bp)
    for name, fen in days:
        parties.flow(name, fen)
    for name in ("principal", "fee_paid", "recovered"):
        parties.flow(name, 10**6)
    assert not any(parties.bank.values())
    assert not any(parties.platform.values())
