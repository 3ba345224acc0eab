from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from deal_examples import SMALL, deal
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar import add_months, date_of, day_of
from sim.deals.collections_table import read_collections
from sim.deals.projection import project
from sim.errors import ScenarioError

MONTH_ENDS = [date_of(add_months(day_of(date(2017, 1, 1)), month) - 1) for month in range(1, 40)]


def table(*rows: tuple[int, int, int, int, int], purchased: list[int] | None = None) -> dict[str, list[Any]]:
    """Month ends from January 2017: (principal, interest, recovery, defaulted, balance) in fen."""
    names = ("principal_fen", "interest_fen", "recovery_fen", "defaulted_fen", "balance_fen")
    columns: dict[str, list[Any]] = {"date": MONTH_ENDS[: len(rows)]}
    columns |= {name: [row[i] for row in rows] for i, name in enumerate(names)}
    return columns if purchased is None else columns | {"purchased_fen": purchased}


RUN_DOWN = table(
    (10_000_000, 1_500_000, 0, 0, 90_000_000),
    (10_000_000, 1_500_000, 0, 0, 80_000_000),
    (10_000_000, 1_500_000, 0, 0, 70_000_000),
    (30_000_000, 1_200_000, 0, 1_000_000, 39_000_000),
    (30_000_000, 600_000, 100_000, 1_000_000, 8_000_000),
    (8_000_000, 200_000, 50_000, 0, 0),
)


def rows_of(result: pa.Table, **where: Any) -> list[dict[str, Any]]:
    return [row for row in result.to_pylist() if all(row[name] == value for name, value in where.items())]


def test_a_deal_runs_down_and_everything_adds_up() -> None:
    result = project(deal(), RUN_DOWN)
    last = {row["tranche"]: row for row in result.tranches.to_pylist()[-3:]}
    assert [last[name]["outstanding_fen"] for name in ("a", "b", "sub")] == [0, 0, 0]
    assert result.tranches.to_pylist()[-1]["phase"] == "liquidating"
    collected = sum(map(sum, (RUN_DOWN[name] for name in ("principal_fen", "interest_fen", "recovery_fen"))))
    paid = sum(row["paid_fen"] for row in result.payments.to_pylist() if row["kind"] != "transfer")
    assert paid == collected
    for name in ("a", "b"):
        assert sum(row["written_down_fen"] for row in rows_of(result.tranches, tranche=name)) == 0
    sub = rows_of(result.tranches, tranche="sub")
    assert 0 < sub[-1]["written_down_fen"] == 10_000_000 - sum(row["principal_paid_fen"] for row in sub)


def test_every_account_closes_and_opens_where_it_closed() -> None:
    result = project(deal(reserve={"target_bp": 100, "initial_bp": 50}), RUN_DOWN)
    for account in ("income", "principal", "reserve", "spread"):
        rows = rows_of(result.accounts, account=account)
        assert rows[0]["opening_fen"] == (450_000 if account == "reserve" else 0)
        for before, after in pairwise(rows):
            assert after["opening_fen"] == before["closing_fen"]
        for row in rows:
            received = row["opening_fen"] + row["collected_fen"] + row["support_fen"] + row["transferred_in_fen"]
            assert received - row["purchased_fen"] - row["transferred_out_fen"] - row["paid_fen"] == row["closing_fen"]
        assert rows[-1]["closing_fen"] == 0


def test_columns_say_what_they_mean() -> None:
    result = project(deal(), RUN_DOWN)
    for shown in (result.tranches, result.payments, result.accounts, result.events):
        for column in shown.schema:
            assert column.metadata[b"description"], column.name


def test_arrow_tables_text_dates_and_mappings_of_terms_give_the_same() -> None:
    typed = project(deal(), RUN_DOWN)
    text = RUN_DOWN | {"date": [day.isoformat() for day in RUN_DOWN["date"]]}
    assert project(SMALL, text).payments == typed.payments
    assert project(deal(), pa.table(RUN_DOWN)).tranches == typed.tranches


def test_purchases_spend_principal_while_revolving() -> None:
    rows = table(
        (10_000_000, 1_500_000, 0, 0, 99_000_000),
        (10_000_000, 1_500_000, 0, 0, 99_000_000),
        purchased=[9_000_000, 0],
    )
    result = project(deal(purchase={"price_factor_ppm": 1_100_000}), rows)
    first = rows_of(result.accounts, account="principal")[0]
    assert (first["purchased_fen"], first["closing_fen"]) == (9_900_000, 100_000)


def test_collections_after_the_calculation_day_wait_for_the_next_date() -> None:
    rows = table(*([(10_000_000, 700_000, 0, 0, 90_000_000)] * 2))
    daily = {name: [*values[:1], *values[:1], *values[1:]] for name, values in rows.items()}
    daily["date"] = [date(2017, 1, 31), date(2017, 2, 10), date(2017, 2, 28)]
    first = rows_of(project(deal(), daily).accounts, account="income")[0]
    assert first["collected_fen"] == 1_400_000
    assert first["closing_fen"] == 700_000
    assert first["paid_fen"] == 700_000


def test_a_trigger_ends_the_revolving_period_and_makes_months_pay() -> None:
    terms = deal(
        revolving_months=12,
        payment_calendar=SMALL["payment_calendar"] | {"revolving": "quarterly"},
        triggers={
            "default": {
                "kind": "cumulative_default",
                "family": "acceleration",
                "effect": "accelerate",
                "threshold_bp": 200,
            }
        },
    )
    good, bad = (10_000_000, 1_500_000, 0, 0, 90_000_000), (10_000_000, 1_500_000, 0, 3_000_000, 90_000_000)
    result = project(terms, table(good, good, bad, good, good))
    assert [row["phase"] for row in rows_of(result.tranches, tranche="a")] == ["accelerated"] * 3
    assert [row["period"] for row in rows_of(result.tranches, tranche="a")] == [1, 2, 3]
    assert result.events.to_pylist()[0]["detail"] == "cumulative default 3.00% > 2.00% -> accelerated repayment"
    with pytest.raises(ScenarioError, match=r"row 4, column purchased_fen: .* ended by an event on 2017-04-26"):
        project(terms, table(good, good, bad, good, good, purchased=[0, 0, 0, 1, 0]))


def test_unpaid_senior_interest_is_named_on_the_day_its_grace_ends() -> None:
    terms = deal(
        triggers={
            "interest": {"kind": "senior_interest_unpaid", "family": "default", "effect": "event_of_default", "days": 5}
        }
    )
    nothing = (0, 0, 0, 0, 100_000_000)
    result = project(terms, table(nothing, nothing))
    event = rows_of(result.events, outcome="event")[0]
    assert (event["date"], event["family"]) == (
        date(2017, 3, 6),
        "default",
    )  # five working days after Monday 27 February
    assert event["detail"] == "senior interest unpaid for 5 working days, limit 5 -> event of default"
    first, second = rows_of(result.tranches, tranche="a")
    assert first["unpaid_interest_fen"] == first["interest_due_fen"] > 0
    assert second["phase"] == "defaulted"
    assert second["interest_due_fen"] > first["interest_due_fen"]


def test_legal_maturity_winds_the_deal_up_and_names_the_loss() -> None:
    terms = deal(
        legal_maturity_months=1,
        triggers={
            "legal": {
                "kind": "principal_unpaid_at_legal_maturity",
                "family": "default",
                "effect": "event_of_default",
                "days": 10,
            }
        },
    )
    rows = [(5_000_000, 1_500_000, 0, 0, 100_000_000 - 5_000_000 * month) for month in range(1, 9)]
    result = project(terms, table(*rows))
    final = result.tranches.to_pylist()[-3:]
    assert [row["phase"] for row in final] == ["liquidating"] * 3
    assert sum(row["written_down_fen"] for row in final) > 0
    assert {row["outstanding_fen"] for row in final} == {0}
    assert rows_of(result.events, outcome="event")[-1]["trigger"] == "legal"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"date": ["2017-01-31", "2017-01-31"]}, "row 2, column date: 2017-01-31 does not come after the row before"),
        ({"date": ["2016-12-31", "2017-01-31"]}, "row 1, column date: 2016-12-31 lies before the cut-off"),
        ({"date": ["31.1.2017", "2017-02-28"]}, "row 1, column date: '31.1.2017' is not a date"),
        ({"date": [5, "2017-02-28"]}, "row 1, column date: 5 is not a date"),
        ({"interest_fen": [1, -2]}, "row 2, column interest_fen: -2 is negative"),
        ({"interest_fen": [1, 2.5]}, "row 2, column interest_fen: 2.5 is not an amount"),
        ({"interest_fen": [None, 2]}, "row 1, column interest_fen: None is not an amount"),
        ({"interest_fen": [1, True]}, "row 2, column interest_fen: True is not an amount"),
        ({"interest_fen": [1]}, "columns differ in length"),
        ({"bought_fen": [1, 2]}, "column 'bought_fen' is not known"),
        (
            {"purchased_fen": [10_000_001, 0]},
            "row 1, column purchased_fen: costs 10000001 fen on 2017-01-31, but only 10000000",
        ),
    ],
)
def test_bad_rows_are_named(changes: dict[str, list[Any]], message: str) -> None:
    rows = table(*([(10_000_000, 500_000, 0, 0, 90_000_000)] * 2))
    with pytest.raises(ScenarioError, match=message):
        project(deal(), rows | changes)


def test_all_bad_rows_come_at_once_and_missing_columns_are_named() -> None:
    rows = table(*([(1, 1, 0, 0, 90_000_000)] * 30))
    with pytest.raises(ScenarioError) as refused:
        project(deal(), rows | {"interest_fen": [-1] * 30})
    assert str(refused.value).count("is negative") == 20
    assert "... and 10 more" in str(refused.value)
    with pytest.raises(ScenarioError, match="column 'balance_fen' is missing"):
        project(deal(), {name: values for name, values in rows.items() if name != "balance_fen"})
    with pytest.raises(ScenarioError, match="no row"):
        project(deal(), {name: [] for name in rows})
    with pytest.raises(ScenarioError, match="before the first calculation day 2017-01-31"):
        project(deal(), {name: values[:1] for name, values in rows.items()} | {"date": ["2017-01-30"]})
    with pytest.raises(ScenarioError, match=r"terms\.face_fen: "):
        project(SMALL | {"face_fen": "many"}, rows)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(
            *(st.integers(0, 20_000_000), st.integers(0, 2_000_000), st.integers(0, 500_000), st.integers(0, 5_000_000))
        ),
        min_size=1,
        max_size=36,
    ),
    st.sampled_from(["interest_then_principal", "tranche_by_tranche"]),
    st.booleans(),
)
def test_whatever_comes_in_goes_out(flows: list[tuple[int, int, int, int]], order: str, turbo: bool) -> None:
    terms = deal(order=order, turbo=turbo, reserve={"target_bp": 200, "initial_bp": 100})
    rows = [(*flow, 0 if i == len(flows) - 1 else 1) for i, flow in enumerate(flows)]
    result = project(terms, table(*rows))
    paid = sum(row["paid_fen"] for row in result.payments.to_pylist() if row["kind"] != "transfer")
    closing = sum(row["closing_fen"] for row in result.accounts.to_pylist()[-4:])
    last_day = result.accounts.column("date").to_pylist()[-1]
    arrived = sum(sum(row[:3]) for row, day in zip(rows, MONTH_ENDS, strict=False) if day <= last_day)
    assert arrived + terms.initial_reserve_fen == paid + closing
    for name in terms.ranked:
        lines = rows_of(result.tranches, tranche=name)
        repaid = sum(row["principal_paid_fen"] + row["written_down_fen"] for row in lines)
        assert repaid + lines[-1]["outstanding_fen"] == terms.tranche_face_fen(name)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (None, "a table or a mapping of columns is needed, got NoneType"),
        ([1, 2], "got list"),
        ({"date": 7}, "column 'date' is not a column of values"),
    ],
)
def test_what_is_no_table_is_refused_by_name(table: object, words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        read_collections(table, cutoff=0)  # type: ignore[arg-type]


def test_an_amount_beyond_any_market_is_refused_with_its_row() -> None:
    amounts = {name: [0] for name in ("principal_fen", "interest_fen", "recovery_fen", "defaulted_fen", "balance_fen")}
    with pytest.raises(ScenarioError, match="row 1, column principal_fen: 9223372036854775808 is above"):
        read_collections({"date": ["2016-01-31"], **amounts, "principal_fen": [2**63]}, cutoff=0)
