"""Which bank keeps a plan's accounts: the cheapest without an interest in the seller, another only where it must."""

from __future__ import annotations

import datetime
from typing import Any

from note_worlds import MANDATES, small_market
from worlds import run_to

from sim.calendar import day_of
from sim.market import SecuritizationMarket

KEEPERS = {f"banks.{name}": {"title": name} for name in ("first", "second", "third")}
MARCH = day_of(datetime.date(2020, 3, 31))


def lived(*custodians: str, **changes: Any) -> SecuritizationMarket:
    """The small market, whose shelves name these banks for the accounts of their plans."""
    named = {f"shelves.{shelf}.custodians": [f"bank:{name}" for name in custodians] for shelf in ("baitiao", "second")}
    return run_to(small_market(MANDATES, **(KEEPERS | named | changes)), MARCH)


def keepers(place: SecuritizationMarket) -> dict[str, str]:
    return {name: spv.terms.custodian.removeprefix("bank:") for name, spv in place.deals.items()}


def test_plans_spread_over_banks_that_ask_the_same() -> None:
    place = lived("first", "second")
    found = keepers(place)
    assert set(found.values()) == {"first", "second"}
    for name, spv in place.deals.items():
        assert spv.custodian == f"bank:{found[name]}"
        assert all(place.ledger.bank_at[account] == spv.custodian for account in spv.accounts.values())


def test_a_dearer_bank_is_taken_only_once_the_cheaper_has_its_hands_full() -> None:
    dear = {"banks.second": {"title": "second", "custody_fee_ppm": 100}}
    assert set(keepers(lived("first", "second", **dear)).values()) == {"first"}
    busy = {"banks.first": {"title": "first", "custody_at_ease": 1}}
    assert set(keepers(lived("first", "second", **dear, **busy)).values()) == {"first", "second"}


def test_a_bank_that_lends_to_the_seller_is_passed_over_unless_there_is_no_other() -> None:
    lends = {"originators.second.debts.bank_line.lender": "bank:third"}
    cheap = {"banks.third": {"title": "third", "custody_fee_ppm": 50}}
    both = keepers(lived("first", "third", **lends, **cheap))
    assert both["baitiao_1"] == "third"
    assert both["second_1"] == "first"
    assert keepers(lived("third", **lends))["second_1"] == "third"
