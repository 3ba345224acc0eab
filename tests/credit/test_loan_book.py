"""The book's kernels against the schedules of the products, and its identities."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from worlds import LENDER, START, World, calm, lending

from sim.credit.kernels import layout as at
from sim.credit.lending_terms import InstalmentTerms, ProductTerms
from sim.credit.products import schedule
from sim.errors import InvariantError
from sim.records.checkpoint import snapshot

OWNER = f"{LENDER}0"
ONE_PLAN = {"bill": ProductTerms(terms={3: InstalmentTerms(share_ppm=1_000_000)}, monthly_fee_ppm=(7_001,) * 5)}


def certain(logit: float) -> dict[datetime.date, float]:
    return {datetime.date(2010, 1, 1): logit}


def collected(world: World, days: int) -> dict[str, int]:
    """Sums of the flows of some days."""
    total = dict.fromkeys(at.FLOW_NAMES, 0)
    for _ in range(days):
        world.run(1)
        for name, fen in world.book.day_flows(OWNER).items():
            total[name] += fen
    return total


def test_borrowers_who_always_pay_pay_their_schedules_to_the_fen() -> None:
    world = World(lenders=(lending(products=ONE_PLAN),), behaviour=calm()).open()
    world.run(1)
    book = world.book
    originals = [
        int(v)
        for k in range(at.BUCKETS)
        for lane in range(at.LANES)
        for v in book.loans.original[k, lane, : book.count[k, lane]]
    ]
    plans = [schedule(fen, 3, method="flat_fee", monthly_fee_rate=0.007001) for fen in originals]
    book.terms.spending.__dict__["purchases_per_month"] = 1e-9  # nobody buys after the first day
    total = collected(world, 140)
    assert total["lent"] == 0
    assert total["principal"] == sum(originals)
    assert total["fee_due"] == total["fee_paid"] == sum(sum(plan.interest) for plan in plans)
    assert book.outstanding_fen(OWNER) == 0
    assert book.fee_owing == [0]
    assert int(book.accounts.columns.used.sum()) == 0
    assert int(book.accounts.columns.instalment.sum()) == 0


def test_borrowers_who_never_pay_roll_through_every_bucket_and_are_written_off() -> None:
    world = World(
        lenders=(lending(products=ONE_PLAN, write_off_days_past_due=120),), behaviour=calm(intercept=certain(60.0))
    ).open()
    world.run(1)
    book, lent = world.book, world.book.outstanding_fen(OWNER)
    book.terms.spending.__dict__["purchases_per_month"] = 1e-9
    total = collected(world, 45)
    assert total["principal"] == 0
    assert total["entered_arrears"] == lent
    seen = set()
    for _ in range(150):
        world.run(1)
        seen |= set(np.flatnonzero(book.stocks(OWNER)).tolist())
        for name, fen in book.day_flows(OWNER).items():
            total[name] += fen
    assert seen == {2, 3, 4, 5}  # 1, 2, 3 and 4 cycles missed; the fifth is written off at 120 days past due
    assert total["written_off"] == lent
    assert total["new_default"] == lent
    assert total["fee_due"] == total["fee_lost"] > 0
    assert book.fee_owing == [0]
    assert (book.accounts.columns.missed[book.accounts.columns.used == 0] != 1).all()


def test_recoveries_come_later_and_never_exceed_what_was_written_off() -> None:
    behaviour = calm(intercept=certain(60.0), recovery_ppm=1_000_000, recovered_share_ppm=600_000, recovery_lag_days=90)
    world = World(lenders=(lending(products=ONE_PLAN, write_off_days_past_due=120),), behaviour=behaviour).open()
    world.run(1)
    world.book.terms.spending.__dict__["purchases_per_month"] = 1e-9
    total = collected(world, 320)
    assert 0.59 * total["written_off"] < total["recovered"] <= 0.6 * total["written_off"]


def test_late_payers_pay_within_the_cycle_with_a_penalty() -> None:
    world = World(lenders=(lending(products=ONE_PLAN),), behaviour=calm(late_ppm=1_000_000)).open()
    world.run(1)
    lent = world.book.outstanding_fen(OWNER)
    world.book.terms.spending.__dict__["purchases_per_month"] = 1e-9
    late_seen = 0
    total = dict.fromkeys(at.FLOW_NAMES, 0)
    for _ in range(170):
        world.run(1)
        late_seen = max(late_seen, int(world.book.stocks(OWNER)[at.LATE]))
        for name, fen in world.book.day_flows(OWNER).items():
            total[name] += fen
    assert late_seen > 0
    assert total["principal"] == lent
    assert total["missed_loans"] == 0
    assert 0 < total["penalty"] < lent // 50


def test_prepayment_ends_a_loan_and_waives_its_later_fees() -> None:
    world = World(lenders=(lending(products=ONE_PLAN),), behaviour=calm(prepay_ppm=1_000_000)).open()
    world.run(1)
    lent = world.book.outstanding_fen(OWNER)
    world.book.terms.spending.__dict__["purchases_per_month"] = 1e-9
    total = collected(world, 80)
    assert total["principal"] + total["prepaid"] == lent
    assert total["prepaid"] == pytest.approx(lent * 2 / 3, rel=0.001)
    assert world.book.outstanding_fen(OWNER) == 0


def test_nobody_in_arrears_or_over_the_limit_is_lent_more() -> None:
    world = World(households=64 * 280, behaviour=calm(intercept=certain(-1.0))).season().run(90)
    a, book = world.book.accounts.columns, world.book
    assert (a.used <= a.ceiling).all()
    before = a.missed.copy()
    world.run(1)
    day = world.day - 1
    loans = book.loans
    fresh = [
        (k, lane, n)
        for k in range(at.BUCKETS)
        for lane in range(at.LANES)
        for n in np.flatnonzero(loans.born[k, lane, : book.count[k, lane]] == day)
    ]
    assert len(fresh) > 50
    assert all(before[loans.who[k, lane, n]] == 0 for k, lane, n in fresh)
    assert int(book.refused[:, 1].sum()) > 0


def test_a_loan_changed_outside_the_kernels_is_caught_when_its_bucket_is_touched() -> None:
    world = World().season().run(3)
    book = world.book
    bucket = 20
    book.loans.owed[bucket, 0, 0] += 1
    with pytest.raises(InvariantError, match="bucket 21"):
        world.run(31)


def test_totals_equal_every_loan_added_up() -> None:
    world = (
        World(households=64 * 280, behaviour=calm(intercept=certain(-3.0), late_ppm=50_000, prepay_ppm=30_000))
        .season()
        .run(75)
    )
    world.book.check(full=True)
    world.book.stock[0, 0, 0] += 1
    with pytest.raises(InvariantError):
        world.book.check()


def test_a_checkpoint_holds_the_midnight_it_was_taken_at_though_the_book_goes_on() -> None:
    """A book's state is views; the snapshot of them is what is written later."""
    world = World().season().run(3)
    members = snapshot({"arrays": world.book.state()["arrays"], "json": {}})
    before = [member.tobytes() for member in members]
    world.run(5)
    assert [member.tobytes() for member in members] == before
    now = snapshot({"arrays": world.book.state()["arrays"], "json": {}})
    assert [member.tobytes() for member in now] != before


def test_dates_of_a_purchase_made_just_before_the_due_day_wait_a_month() -> None:
    world = World(households=64 * 28 * 4).open()
    world.run(60)
    book = world.book
    for bucket in range(at.BUCKETS):
        for lane in range(at.LANES):
            rows = slice(0, int(book.count[bucket, lane]))
            paid = book.loans.left[bucket, lane, rows] < book.loans.term[bucket, lane, rows]
            ages = book.last_due[bucket] - book.loans.born[bucket, lane, rows][paid]
            assert (ages >= 9).all()


def test_columns_are_never_rebound() -> None:
    world = World()
    with pytest.raises(AttributeError, match="in place"):
        world.book.loans.owed = np.zeros(3)
    assert "principal outstanding" in world.book.loans.describe()
    assert world.day == START
