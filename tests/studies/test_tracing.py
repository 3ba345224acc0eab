"""Traces of a real run: each step of a loan, tranche, institution and deal is told, and agrees with the tables."""

from __future__ import annotations

import datetime
import re

import pytest

import sim
from sim.errors import ScenarioError
from sim.studies.trace_entries import RunTables, amount, counted, yuan
from sim.studies.trace_loan import cash_of
from sim.studies.tracing import trace

DEAL = "huabei_2017_1"
SHORT = {"population.households": 30_000, "population.weight": 1333, "watched_households": 200}
CLOSED_LATER = [f"deals.huabei_2017_{number}" for number in (2, 3, 4, 5)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Plan 1 alone, from the first purchases to the first payment date of its notes."""
    out = tmp_path_factory.mktemp("traced")
    without = dict.fromkeys(CLOSED_LATER)
    return sim.run("scenarios/deals/huabei_2017.yaml", out=out, overrides={**SHORT, **without, "end": "2017-06-30"})


def dated(lines):
    return [line for line in lines if re.match(r"\d{4}-\d{2}-\d{2}  \d{2} \w+ ", line)]


def in_order(lines):
    keys = [line[:14] for line in dated(lines)]
    return keys == sorted(keys)


def sold_and_paid(run):
    """A watched loan that plan 1 bought and was then paid."""
    events = run.table("loan_events").to_pylist()
    sold = {row["loan_id"] for row in events if row["owner"] == f"spv:{DEAL}" and row["event"] == "sold"}
    return next(
        row["loan_id"] for row in events if row["loan_id"] in sold and cash_of(row)[1] and row["owner"] == f"spv:{DEAL}"
    )


def test_a_loan_is_told_from_its_sale_to_the_coupon_it_fed(run):
    loan = sold_and_paid(run)
    lines = trace(run.folder, "loan", loan)
    text = "\n".join(lines)
    assert lines[0].startswith(f"loan of {yuan(int(loan.rsplit('/', 1)[1]))} by originator:ant_xiaowei")
    assert in_order(lines)
    events = [row for row in run.table("loan_events").to_pylist() if row["loan_id"] == loan]
    for row in events:
        told = "misses" if row["event"] == "missed" else amount(row["amount_fen"])
        assert any(str(row["date"]) == line[:10] and told in line for line in lines)
    assert f"sold to spv:{DEAL}" in text
    assert f"{DEAL} pays, period 1" in text
    assert re.search(
        r"income/\d\d +senior interest: ([\d,.]+) of \1 yuan due -> senior, held by investor:qualified", text
    )
    assert text.index("sold to") < text.index("pays, period 1") < text.index("senior interest")


def test_a_loan_share_of_a_payment_date_is_what_it_paid_before_it(run):
    loan = sold_and_paid(run)
    pays = next(row["date"] for row in run.table("payments").to_pylist() if row["deal"] == DEAL)
    rows = [
        row for row in run.table("loan_events").to_pylist() if row["loan_id"] == loan and row["owner"] == f"spv:{DEAL}"
    ]
    paid = sum(fen for date, fen in map(cash_of, rows) if date < pays)
    lines = trace(run.folder, "loan", loan)
    told = next((line for line in lines if "pays, period 1" in line), "")
    assert (f"{yuan(paid)} a household from this loan" in told) == (paid > 0)


def test_a_loan_lent_in_the_run_begins_with_its_purchase(run):
    lent = next(row for row in run.table("loan_events").to_pylist() if row["event"] == "lent")
    lines = trace(run.folder, "loan", lent["loan_id"])
    assert f"bought on credit: {yuan(lent['amount_fen'])} lent by originator:ant_xiaowei" in lines[1]
    assert "before the run began" not in "\n".join(lines)


@pytest.mark.parametrize(
    ("event", "days", "cash"),
    [("paid", 2, (datetime.date(2017, 3, 1), 500)), ("late", 3, (datetime.date(2017, 3, 4), 500)),
     ("prepaid", 11, (datetime.date(2017, 3, 12), 500)), ("missed", 1, (datetime.date(2017, 3, 1), 0)),
     ("sold", 0, (datetime.date(2017, 3, 1), 0))],
)  # fmt: skip
def test_late_and_early_cash_comes_on_its_own_day(event, days, cash):
    row = {"date": datetime.date(2017, 3, 1), "event": event, "amount_fen": 500, "missed_cycles": days}
    assert cash_of(row) == cash


def test_a_tranche_shows_every_coupon_with_its_line_and_adds_up(run):
    lines = trace(run.folder, "tranche", f"{DEAL}/senior")
    assert in_order(lines)
    rows = [row for row in run.table("tranches").to_pylist() if row["deal"] == DEAL and row["tranche"] == "senior"]
    paid = sum(row["interest_paid_fen"] for row in rows)
    assert any(
        "senior: face 5,310,000,000.00 yuan, 5.17 % a year, sold to investor:qualified" in line for line in lines
    )
    assert any("agency:united: senior AAA, assign" in line for line in lines)
    assert sum("senior interest" in line for line in lines) == len(rows) > 0
    assert lines[-1].startswith(f"in all: interest {amount(paid)} paid of {yuan(paid)} due, principal 0.00 of")


def test_the_residual_tranche_has_income_instead_of_a_coupon(run):
    lines = trace(run.folder, "tranche", f"{DEAL}/subordinated")
    assert any("the residual, sold to originator:ant_xiaowei" in line for line in lines)
    assert lines[-1].startswith("in all: income ")


def test_a_deal_tells_its_steps_purchases_and_every_line_of_its_waterfall(run):
    lines = trace(run.folder, "deal", DEAL)
    assert in_order(lines)
    text = "\n".join(lines)
    for row in run.table("issuance").to_pylist():
        assert f"step {row['step']}  {row['what']}" in text
    for row in run.table("payments").to_pylist():
        assert any(
            line.startswith(str(row["date"])) and f"{row['waterfall']}/{row['step']:02d}" in line
            and f"{row['name']}: {amount(row['paid_fen'])} of {yuan(row['due_fen'])} due" in line
            for line in lines
        )  # fmt: skip
    for row in run.table("events").to_pylist():
        assert row["deal"] != DEAL or f"{row['event']}: {row['detail']}" in text
    bought = [row["settled_fen"] for row in run.table("purchases").to_pylist() if row["date"].month == 3]
    assert any("purchases of 2017-03" in line and yuan(sum(bought)) in line for line in lines)
    assert lines[-1].startswith("alive on 2017-06-30: ")


def test_an_institution_shows_its_month_ends_and_its_fees(run):
    lines = trace(run.folder, "institution", "manager:cicc")
    assert in_order(lines)
    assert sum("balance sheet:" in line for line in lines) == 6
    assert any(f"{DEAL} pays management" in line for line in lines)
    originator = "\n".join(trace(run.folder, "institution", "originator:ant_xiaowei"))
    assert "losses of 2017-02: loan of world:households" in originator
    assert f"{DEAL} step 7: originator receives the price of the loans" in originator


def test_unknown_names_are_refused_with_what_the_run_knows(run):
    with pytest.raises(
        ScenarioError, match=r"loan 'ant/1': unknown.*'ant_xiaowei/\d+/\d{4}-\d\d-\d\d/\d+'.* watched loans"
    ):
        trace(run.folder, "loan", "ant/1")
    with pytest.raises(ScenarioError, match=f"did you mean '{DEAL}'"):
        trace(run.folder, "deal", "huabei_2017_l")
    with pytest.raises(ScenarioError, match="did you mean 'manager:cicc'"):
        trace(run.folder, "institution", "manager:cic")
    with pytest.raises(ScenarioError, match="write it as deal/tranche"):
        trace(run.folder, "tranche", "senior")
    with pytest.raises(ScenarioError, match="did you mean 'tranche'"):
        trace(run.folder, "tranches", "senior")


def test_a_run_without_a_closed_month_says_how_to_go_on(tmp_path):
    with pytest.raises(ScenarioError, match="sim resume"):
        _ = RunTables(tmp_path).last_date


def test_amounts_are_exact_to_the_fen():
    assert yuan(7_446_074_795) == "74,460,747.95 yuan"
    assert yuan(-5) == "-0.05 yuan"
    assert yuan(2**62) == "46,116,860,184,273,879.04 yuan"
    assert counted(1, "loan") == "1 loan"
    assert counted(1207, "loan") == "1,207 loans"


def test_a_party_named_without_its_kind_is_recognised(run):
    with pytest.raises(
        ScenarioError, match=r"institution 'ant_xiaowei': unknown; did you mean 'originator:ant_xiaowei'\?"
    ):
        trace(run.folder, "institution", "ant_xiaowei")
