"""The review desk: hours are shared in turn, load breeds errors, and few staff leave cash idle."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import market, run_to

from sim.agents.plan_manager import review_error_ppm, share_slots


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 9_000), max_size=6), st.integers(0, 30))
def test_hours_are_shared_out_and_never_wasted(needs: dict[str, int], slots: int) -> None:
    given_hours = share_slots(needs, slots)
    wanted = {name: -(-need // 1000) for name, need in needs.items()}
    assert sum(given_hours.values()) == min(slots, sum(wanted.values()))
    assert all(given_hours[name] <= wanted[name] for name in needs)
    short = [given_hours[name] for name in needs if given_hours[name] < wanted[name]]
    assert not short or max(short) - min(short) <= 1


def test_error_rises_with_the_square_of_load() -> None:
    assert review_error_ppm(20_000, 0) == 20_000
    assert review_error_ppm(20_000, 1_000_000) == 40_000
    assert review_error_ppm(20_000, 2_000_000) == 100_000
    assert review_error_ppm(20_000, 10**9) == 1_000_000


def totals(staff: int) -> dict[str, float]:
    place = run_to(
        market(
            end="2017-08-31",
            managers__cicc__staff=staff,
            managers__cicc__milli_hours_per_thousand_loans=200,
            originators__ant_xiaowei__screening_error_ppm=50_000,
        )
    )
    rows = place.recorder.table("purchases").to_pylist()
    bought = sum(r["settled_fen"] for r in rows)
    return {
        "backlog": sum(r["backlog_fen"] for r in rows),
        "idle": sum(r["idle_cash_fen"] for r in rows),
        "ineligible": sum(r["ineligible_bought_fen"] for r in rows) / bought,
        "found": sum(r["ineligible_found_fen"] for r in rows),
    }


def test_fewer_reviewers_mean_backlog_idle_cash_and_bad_loans() -> None:
    """OPS01 and the sign test of MODEL section 8; slips are frequent, so that errors are no matter of one loan."""
    many, few = totals(400), totals(4)
    assert many["backlog"] == 0 < few["backlog"]
    assert few["idle"] > 2 * many["idle"]
    assert few["ineligible"] > many["ineligible"]
    assert many["found"] > 0


def test_loans_let_in_by_error_are_bought_back_at_the_next_audit() -> None:
    place = run_to(
        market(
            end="2017-08-31",
            managers__cicc__base_error_ppm=900_000,
            originators__ant_xiaowei__screening_error_ppm=200_000,
        )
    )
    let_in = sum(r["ineligible_bought_fen"] for r in place.recorder.table("purchases").to_pylist())
    back = sum(r["bought_back_fen"] for r in place.recorder.table("pools").to_pylist())
    assert let_in > 0
    assert 0 < back <= let_in
    assert any(r["event"] == "ineligible_loans_bought_back" for r in place.recorder.table("events").to_pylist())
