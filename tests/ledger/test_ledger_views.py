"""Balance sheets, exposures, the life of rows, and the ledger as plain data."""

from __future__ import annotations

import json

import numpy as np
import pytest

from sim.ledger import Code, Kind, Ledger, PostingError, State

HOUSEHOLDS, LENDER, SPV, BANK = "world:households", "originator:jd", "spv:jd-1", "bank:big"
PRINCIPAL = f"{SPV}/principal"


def test_a_balance_sheet_lists_assets_liabilities_and_their_difference(ledger: Ledger, loan: int) -> None:
    ledger.provide(loan, 40)
    line = ledger.claim(Kind.WAREHOUSE, BANK, LENDER)
    ledger.draw(line, 200)
    assert ledger.balance_sheet(LENDER) == [("DEPOSIT", 1_200), ("LOAN", 560), ("WAREHOUSE", -200), ("equity", 1_560)]
    assert ledger.balance_sheet("originator:partner") == [("equity", 0)]


def test_balance_sheets_close_for_every_institution(ledger: Ledger, loan: int) -> None:
    ledger.assign(loan, SPV, 300, 290, payer=PRINCIPAL)
    ledger.issue_capital(LENDER, 50)
    sheets = ledger.balance_sheets()
    net: dict[str, int] = {}
    lines = zip(sheets["institution"], sheets["side"], sheets["amount_fen"], strict=True)
    for institution, side, fen in lines:
        net[str(institution)] = net.get(str(institution), 0) + (int(fen) if side == "asset" else -int(fen))
    assert set(net.values()) == {0}
    assert len(net) == 10
    assert sheets["amount_fen"].dtype == np.int64


def test_exposures_show_what_is_drawn_undrawn_contingent_and_written_off(ledger: Ledger, loan: int) -> None:
    ledger.accrue(loan, 6, Code.FEE)
    ledger.provide(loan, 40)
    ledger.write_off(loan, 10)
    ledger.commit(ledger.claim(Kind.WAREHOUSE, BANK, LENDER, rank=1), 70)
    ledger.draw(ledger.claim(Kind.WAREHOUSE, BANK, LENDER, rank=1), 20)
    ledger.commit(ledger.claim(Kind.GUARANTEE, SPV, "guarantor:sure", deal="jd-1"), 90)
    ledger.claim(Kind.BOND, "investor:fund", LENDER)  # never drawn: no line
    columns = ledger.exposures()
    lines = [line for line in zip(*columns.values(), strict=True) if line[0] not in ("DEPOSIT", "RESERVE")]
    assert list(columns) == [
        *("layer", "creditor", "debtor", "deal", "rank", "state", "amount_fen", "carrying_fen", "undrawn_fen")
    ]
    assert lines == [
        ("LOAN", LENDER, HOUSEHOLDS, "jd", 0, "drawn", 596, 566, 0),
        ("LOAN", LENDER, HOUSEHOLDS, "jd", 0, "written_off", 10, 0, 0),
        ("WAREHOUSE", BANK, LENDER, "", 1, "drawn", 20, 20, 0),
        ("WAREHOUSE", BANK, LENDER, "", 1, "undrawn", 0, 0, 50),
        ("GUARANTEE", SPV, "guarantor:sure", "jd-1", 0, "contingent", 0, 0, 90),
    ]
    deposits = [c for layer, c in zip(columns["layer"], columns["creditor"], strict=True) if layer == "DEPOSIT"]
    assert PRINCIPAL in deposits


def test_a_row_keeps_its_number_until_its_deal_is_freed(ledger: Ledger, loan: int) -> None:
    sold = ledger.assign(loan, SPV, 100, 100, payer=PRINCIPAL)
    note = ledger.claim(Kind.TRANCHE, "investor:fund", SPV, deal="jd-1")
    ledger.endow_loans(note, 500)
    assert ledger.claim(Kind.LOAN, SPV, HOUSEHOLDS, deal="jd") == sold
    assert ledger.free("jd-1") == 1  # the income account, which is empty
    with pytest.raises(PostingError, match="no cash account"):
        ledger.cash(f"{SPV}/income")
    ledger.write_down(note, 500, cause="origin")
    ledger.assign(sold, LENDER, 100, 100, payee=PRINCIPAL)
    ledger.pay(PRINCIPAL, LENDER, 1_000, Code.GIFT)
    assert ledger.equity(SPV) == 0
    assert ledger.free("jd-1") == 3
    with pytest.raises(PostingError, match=f"claim {note} does not exist or was freed"):
        ledger.nominal(note)
    ledger.check()
    freed = set(ledger.table.free)
    assert {sold, note} < freed
    again = ledger.claim(Kind.BOND, "investor:fund", LENDER)
    assert again in freed
    assert ledger.nominal(again) == 0
    ledger.open_account(PRINCIPAL, "custodian:trust")
    assert ledger.cash(PRINCIPAL) == 0


def test_a_freed_line_forgets_its_commitment(ledger: Ledger) -> None:
    line = ledger.claim(Kind.LIQUIDITY, BANK, SPV, deal="jd-1")
    ledger.commit(line, 0)
    ledger.free("jd-1")
    line = ledger.claim(Kind.LIQUIDITY, BANK, SPV, deal="jd-1")
    ledger.draw(line, 5, payee=PRINCIPAL)
    assert ledger.nominal(line) == 5


def test_only_rows_of_zeros_can_be_dropped(ledger: Ledger, loan: int) -> None:
    with pytest.raises(ValueError, match="not zero"):
        ledger.table.drop(loan)


def test_state_is_plain_and_restores_to_the_same_ledger(ledger: Ledger, loan: int) -> None:
    line = ledger.claim(Kind.WAREHOUSE, BANK, LENDER)
    ledger.commit(line, 100)
    ledger.draw(line, 40)
    ledger.write_off(loan, 9)
    ledger.drain_losses()
    (loss,) = ledger.write_off(loan, 11)
    ledger.free("jd-1")
    before = ledger.state()
    other = Ledger()
    other.restore({"arrays": before["arrays"], "json": json.loads(json.dumps(before["json"]))})
    after = other.state()
    assert after["json"] == before["json"]
    assert {name: array.tolist() for name, array in after["arrays"].items()} == {
        name: array.tolist() for name, array in before["arrays"].items()
    }
    for one in (ledger, other):  # and both go on alike
        one.set_clock(2887, 9)
        one.draw(one.claim(Kind.WAREHOUSE, BANK, LENDER), 60)
        with pytest.raises(PostingError, match="undrawn"):
            one.draw(line, 1)
        one.claim(Kind.BOND, "investor:fund", LENDER)
        one.open_account("dealer:new", "bank:newer")
        one.write_off(loan, 7, cause=loss)
        one.check()
    assert json.dumps(other.state()["json"]) == json.dumps(ledger.state()["json"])
    assert other.drain_losses() == ledger.drain_losses()
    assert other.balance_sheet(LENDER) == ledger.balance_sheet(LENDER)


def test_the_state_is_a_copy(ledger: Ledger, loan: int) -> None:
    before = ledger.state()
    ledger.repay(loan, 100)
    ledger.add_party("dealer:new")
    other = Ledger()
    other.restore(before)
    other.check()
    assert other.nominal(loan) == 600
    assert "dealer:new" not in other.parties


def test_the_table_grows_without_moving_a_row() -> None:
    ledger = Ledger()
    ledger.add_party("spv:x")
    rows = []
    for number in range(300):
        ledger.add_party(f"investor:{number}")
        rows.append(ledger.claim(Kind.TRANCHE, f"investor:{number}", "spv:x", deal="x", rank=number % 3))
        ledger.endow_loans(rows[-1], number)
    ledger.check()
    assert [ledger.nominal(row) for row in rows] == list(range(300))
    assert ledger.equity("spv:x") == -sum(range(300))
    assert ledger.claim(Kind.TRANCHE, "investor:7", "spv:x", deal="x", rank=1, state=State.LIVE) == rows[7]


def test_a_holders_lines_of_the_register_follow_issue_sale_repayment_end_and_restart(ledger: Ledger) -> None:
    def scanned(holder: str) -> list[tuple[str, str, int, int]]:
        keys = [(row, key) for row, key in enumerate(ledger.table.keys) if key is not None and key.kind is Kind.TRANCHE]
        lines = [(key.creditor, key.deal, key.rank, ledger.nominal(row)) for row, key in keys]
        return [line for line in lines if line[0] == holder and line[-1]]

    fund, other = "investor:fund", LENDER
    for rank, fen in ((0, 60), (1, 40)):
        note = ledger.claim(Kind.TRANCHE, fund, SPV, deal="jd-1", rank=rank)
        ledger.draw(note, fen, payer=fund, payee=PRINCIPAL)
    ledger.assign(note, other, 15, 15)
    assert ledger.notes_of(fund) == scanned(fund) == [(fund, "jd-1", 0, 60), (fund, "jd-1", 1, 25)]
    assert (ledger.notes_fen(fund), ledger.notes_fen(other), ledger.notes_fen(BANK)) == (85, 15, 0)
    ledger.repay(note, 25, payer=PRINCIPAL)
    ledger.free("jd-1")
    assert ledger.notes_of(fund) == scanned(fund) == [(fund, "jd-1", 0, 60)]
    again = Ledger()
    again.restore(ledger.state())
    assert again.note_holdings() == ledger.note_holdings()
    assert sorted(ledger.note_holdings()) == sorted([*scanned(fund), *scanned(other)])


def test_bonds_that_a_party_owes_follow_issue_sale_repayment_end_and_restart(ledger: Ledger) -> None:
    fund = "investor:fund"
    first, second = (ledger.claim(Kind.BOND, fund, LENDER, deal=f"jd_bond_{number}") for number in (1, 2))
    ledger.draw(first, 60)
    ledger.draw(second, 40)
    ledger.assign(second, BANK, 15, 15)
    assert (ledger.bonds_fen(LENDER), ledger.bonds_fen(fund)) == (100, 0)
    ledger.repay(first, 60)
    ledger.free("jd_bond_1")
    assert ledger.bonds_fen(LENDER) == 40
    again = Ledger()
    again.restore(ledger.state())
    assert again.bonds_fen(LENDER) == 40


def test_holders_of_an_issuers_notes_are_added_up_over_its_classes(ledger: Ledger) -> None:
    for rank, (holder, fen) in enumerate((("investor:fund", 60), (LENDER, 15), ("investor:fund", 5))):
        ledger.draw(ledger.claim(Kind.TRANCHE, holder, SPV, deal="jd-1", rank=rank), fen, payer=holder, payee=PRINCIPAL)
    assert ledger.note_holders([SPV]) == {"investor:fund": 65, LENDER: 15}
    assert ledger.note_holders([LENDER]) == ledger.note_holders([]) == {}
