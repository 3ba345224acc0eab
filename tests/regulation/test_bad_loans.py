"""Banks' bad loans bought by a public asset manager: at the policy's price, out of its means, to the fen; collected
month by month; its notes are paid, and what is left is the state's."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from policy_worlds import different, market_with, policy, run_to, simulated
from worlds import HUABEI, market

from sim.agents.asset_manager import AssetManager
from sim.agents.bank_accounts import STATE
from sim.ledger import Code, Kind
from sim.market import SecuritizationMarket
from sim.regulation.bad_loans import bought_fen, price_fen, spendable_fen
from sim.regulation.bank_policies import BadLoanAcquisitionTerms

D = datetime.date
EVE, BOUGHT, END = D(2019, 2, 27), D(2019, 2, 28), D(2019, 5, 10)


def acquisition(**terms: Any) -> dict[str, Any]:
    return policy("bad", "bad_loan_acquisition", **({"since": "2019-02-11"} | terms))


def terms_of(place: SecuritizationMarket) -> BadLoanAcquisitionTerms:
    found = place.rulebook.acquisition(place.day)
    assert found is not None
    return found


def banks_rows(place: SecuritizationMarket, day: datetime.date) -> dict[str, dict[str, Any]]:
    return {row["institution"]: row for row in place.recorder.table("banks").to_pylist() if row["date"] == day}


def events(place: SecuritizationMarket) -> list[dict[str, Any]]:
    return [row for row in place.recorder.table("events").to_pylist() if row["family"] == "acquisition"]


def assert_closed(place: SecuritizationMarket) -> None:
    """Every identity of the ledger holds; what it holds by bank adds up to the ledger's row; it owes only its notes."""
    manager, ledger = place.asset_manager, place.ledger
    ledger.check()
    assert sum(manager.held_fen.values()) == ledger.nominal(manager.loans)
    owed = ledger.nominal(manager.notes) + ledger.accrued(manager.notes)
    assert ledger.carrying(manager.loans) + ledger.cash(manager.party) - owed == ledger.equity(manager.party) >= 0


@pytest.fixture(scope="module")
def base() -> SecuritizationMarket:
    return simulated(END)


@pytest.fixture(scope="module")
def bought() -> SecuritizationMarket:
    return simulated(END, **acquisition())


@pytest.mark.parametrize("notes_ppm", [0, 333_333, 900_000])
@pytest.mark.parametrize("price_ppm", [1, 86_000, 999_999, 1_000_000])
def test_no_more_is_paid_than_own_funds_and_notes_reach(price_ppm: int, notes_ppm: int) -> None:
    bad = [7, 0, 1_000_003, 50_000_000_019]
    for funds in (0, 1, 999, 10**9 + 7, 10**14):
        means = spendable_fen(funds, notes_ppm)
        taken = bought_fen(bad, price_ppm=price_ppm, spendable_fen=means)
        paid = sum(price_fen(fen, price_ppm) for fen in taken)
        assert all(0 <= fen <= most for fen, most in zip(taken, bad, strict=True))
        assert paid - paid * notes_ppm // 1_000_000 <= funds
    assert taken == bad


def test_bad_loans_are_shared_in_proportion() -> None:
    assert bought_fen([600, 300], price_ppm=500_000, spendable_fen=150) == [200, 100]
    assert bought_fen([], price_ppm=500_000, spendable_fen=150) == []
    assert bought_fen([0, 0], price_ppm=500_000, spendable_fen=150) == [0, 0]


def test_every_bank_has_fewer_bad_loans_and_its_capital_hardly_moves(
    base: SecuritizationMarket, bought: SecuritizationMarket
) -> None:
    before, after = banks_rows(base, BOUGHT), banks_rows(bought, BOUGHT)
    for bank, row in after.items():
        assert row["npl_ppm"] < before[bank]["npl_ppm"]
        # A price near what a bank expected to recover leaves its capital as it was; loans are made in their place.
        assert row["capital_ppm"] == pytest.approx(before[bank]["capital_ppm"], abs=1_500)
        # What is set aside ahead, for loans that perform, stays.
        assert row["coverage_ppm"] > before[bank]["coverage_ppm"]
    ratio = {
        name: {row["date"]: row["value"] for row in place.recorder.table("indicators").to_pylist()
               if (row["indicator"], row["scope"]) == ("npl", "on_balance")}
        for name, place in (("base", base), ("bought", bought))
    }  # fmt: skip
    assert ratio["bought"][BOUGHT] < ratio["base"][BOUGHT]


def test_a_sale_is_posted_to_the_fen_against_what_was_provided() -> None:
    place = simulated(EVE, **acquisition())
    ledger, terms = place.ledger, terms_of(place)
    banks = place.commercial_banks()
    before = {
        b.name: (b.memory["npl_fen"], ledger.nominal(b.corporate_claim), ledger.allowance(b.corporate_claim),
                 b.reserves_fen, ledger.equity(b.party))
        for b in banks
    }  # fmt: skip
    place.asset_manager._buy(terms)
    paid = 0
    for bank in banks:
        npl, nominal, allowance, reserves, equity = before[bank.name]
        sold = place.asset_manager.held_fen[bank.name]
        price = price_fen(sold, terms.price_ppm)
        paid += price
        assert 0 < sold == npl - bank.memory["npl_fen"] == nominal - ledger.nominal(bank.corporate_claim)
        assert allowance - ledger.allowance(bank.corporate_claim) == sold - price
        assert ledger.equity(bank.party) == equity
        if bank.name != "rest_of_system":
            assert bank.reserves_fen == reserves + price
    manager = place.asset_manager
    assert ledger.nominal(manager.notes) == paid * terms.notes_ppm // 1_000_000
    assert ledger.nominal(ledger.claim(Kind.SHARE, STATE, manager.party)) == paid - ledger.nominal(manager.notes)
    assert ledger.cash(manager.party) == 0
    assert ledger.carrying(manager.loans) == paid
    assert_closed(place)


def test_what_was_not_provided_for_is_the_banks_loss() -> None:
    place = simulated(EVE, **acquisition())
    ledger, bank = place.ledger, place.commercial_banks()[0]
    ledger.provide(bank.corporate_claim, 1_000_000 - ledger.allowance(bank.corporate_claim))
    equity = ledger.equity(bank.party)
    place.asset_manager._buy(terms_of(place))
    sold = place.asset_manager.held_fen[bank.name]
    lost = sold - price_fen(sold, 300_000) - 1_000_000
    assert ledger.equity(bank.party) == equity - lost
    assert ledger.income(bank.party)[Code.SALE] == -lost


def test_loans_are_collected_by_the_law_of_their_bank_and_pay_the_notes(bought: SecuritizationMarket) -> None:
    manager, ledger = bought.asset_manager, bought.ledger
    assert_closed(bought)
    (first,) = events(bought)
    taken = int(first["detail"].split()[0])
    conduct = bought.commercial_banks()[0].balance.conduct
    left = taken * (1 - conduct.resolved_ppm / 1_000_000) ** 3
    assert ledger.nominal(manager.loans) == pytest.approx(left, rel=1e-6)
    lost = (taken - ledger.nominal(manager.loans)) * (1_000_000 - conduct.recovered_ppm) // 1_000_000
    assert -ledger.income(manager.party)[Code.LOSS] == pytest.approx(lost, rel=1e-6)
    assert 0 < ledger.nominal(manager.notes) < taken * 3 // 20
    assert ledger.accrued(manager.notes) == ledger.cash(manager.party) == 0


def test_without_means_nothing_moves(base: SecuritizationMarket) -> None:
    assert different(base, simulated(END, **acquisition(capital_fen=0))) == set()


def test_only_banks_named_sell() -> None:
    place = simulated(BOUGHT, **acquisition(applies_to=["bank:regional_1"], notes_ppm=0))
    assert list(place.asset_manager.held_fen) == ["regional_1"]
    assert_closed(place)


def test_the_state_bears_what_is_lost_beyond_capital_and_notes_are_paid() -> None:
    place = market_with(**acquisition(price_ppm=1_000_000, notes_ppm=900_000))
    for month_end in (BOUGHT, D(2019, 3, 31), D(2019, 4, 30), D(2019, 5, 31), D(2019, 6, 28)):
        run_to(place, month_end)
        assert_closed(place)
    assert "losses_borne" in {row["event"] for row in events(place)}


def test_after_its_last_day_it_buys_nothing_and_gives_back_what_is_left() -> None:
    place = simulated(END, **acquisition(until="2019-03-15", notes_ppm=0))
    manager: AssetManager = place.asset_manager
    assert [row["date"] for row in events(place)] == [BOUGHT]
    taken = int(events(place)[0]["detail"].split()[0])
    share = place.ledger.nominal(place.ledger.claim(Kind.SHARE, STATE, manager.party))
    assert 0 < share < price_fen(taken, 300_000)
    assert place.ledger.cash(manager.party) == 0
    assert_closed(place)


def test_a_market_with_an_asset_manager_goes_on_from_a_saved_midnight(bought: SecuritizationMarket) -> None:
    stopped = simulated(D(2019, 3, 20), **acquisition())
    resumed = market_with(**acquisition())
    resumed.restore(stopped.state())
    resumed.recorder.restore(stopped.recorder.state())
    assert different(bought, run_to(resumed, END)) == set()


def test_where_no_bank_has_a_balance_sheet_nothing_is_bought() -> None:
    place = market(HUABEI, **acquisition(since="2017-01-01"))
    while place.day <= place.first_day + 31:
        place.step()
    assert not events(place)
    assert place.asset_manager.party not in place.ledger.party_number
