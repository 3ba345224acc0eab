"""One table for all lenders: an account only for a member, the same draws as if everybody had one."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from pydantic import ValidationError
from worlds import START, World, calm, lending

from sim.calendar import month_index
from sim.credit import spending
from sim.credit.accounts import Accounts, seats_from
from sim.credit.kernels.layout import BLOCK, BUCKETS, LANES, NEVER, REFUSED
from sim.credit.lending_terms import LendingTerms, SpendingTerms
from sim.credit.loan_columns import CHOICE, PURCHASE, PURCHASE_COUNT
from sim.credit.membership import monthly_growth, share_by_month
from sim.credit.population import Households
from sim.credit.terms import PopulationTerms
from sim.draws import WORD, philox

PEOPLE = Households(PopulationTerms(households=64 * 28 * 6 + 17), seed=5)
SMALL = {datetime.date(2016, 1, 1): 100_000, datetime.date(2017, 1, 1): 300_000}


def small_lender(**changes: object) -> LendingTerms:
    return lending(members=SMALL, spending=SpendingTerms(purchases_per_month=0.3, festivals={}), **changes)


def test_a_small_lenders_accounts_are_those_that_everybody_would_have_had() -> None:
    every = Accounts(PEOPLE, 5, (lending(),), START)
    dense = every.columns
    table = Accounts(PEOPLE, 5, (small_lender(),), START)
    members, a = table.counts[0], table.columns
    who = a.household[:members]
    assert members / PEOPLE.count == pytest.approx(0.3, abs=0.02)
    assert (np.diff(who.astype(np.int64)) > 0).all()
    for name in ("klass", "ceiling", "granted"):
        assert (getattr(a, name)[:members] == getattr(dense, name)[who]).all(), name
    for name in ("noise", "place"):
        assert (getattr(table.scores, name)[:members] == getattr(every.scores, name)[who]).all(), name
    assert a.household.size % BLOCK == 0
    assert (a.joined[:members] <= month_index(START + 100)).all()
    assert (a.joined[members:] == NEVER).all()


def test_lenders_lie_one_after_another_and_each_finds_its_households() -> None:
    table = Accounts(PEOPLE, 5, (small_lender(), lending(), small_lender(payment_rank=3)), START)
    assert table.starts[-1] == table.columns.household.size
    assert (np.diff(table.columns.lender.astype(int)) >= 0).all()
    last = table.part(2)
    assert (last.columns.rank[: last.members] == 3).all()
    inside = int(last.columns.household[10])
    outside = next(i for i in range(PEOPLE.count) if i not in set(last.columns.household[: last.members].tolist()))
    assert last.row_of(inside) == 10
    assert last.row_of(outside) is None
    last.columns.used[3] = 77
    assert int(table.columns.used[table.starts[2] + 3]) == 77


def test_one_row_of_an_account_fills_half_a_cache_line() -> None:
    used = Accounts(PEOPLE, 5, (lending(),), START).columns.used
    assert used.strides == (32,)
    household = Accounts(PEOPLE, 5, (lending(),), START).columns.household
    assert household.ctypes.data % 64 == 0 or used.ctypes.data % 64 < 32


def test_payments_due_are_added_up_over_all_lenders() -> None:
    world = World(lenders=(lending(), small_lender(), small_lender())).season()
    by_hand = np.zeros(world.households.columns.weight.size, np.int64)
    for book in world.books.values():
        a = book.accounts.columns
        np.add.at(by_hand, a.household, a.instalment)
    found = np.zeros(by_hand.size, np.int32)
    world.accounts.commitments(found)
    assert by_hand.sum() > 0
    assert (found == by_hand).all()


def words(book_key: np.ndarray, *counter: int) -> tuple[int, int, int, int]:
    drawn = philox(book_key[0], book_key[1], *(np.uint32(c) for c in counter))
    return tuple(int(word) for word in drawn)


def below(word: int, table: np.ndarray) -> int:
    return next(k for k, limit in enumerate(table.tolist()) if word < limit)


def test_a_day_of_lending_follows_its_keys_one_candidate_at_a_time() -> None:
    """The first day of an empty book, worked out again in plain Python from the draws' keys alone."""
    world = World(households=64 * 28 * 8, lenders=(small_lender(),)).open()
    book, a, day = world.book, world.book.accounts.columns, world.day
    unit, spend = spending.unit_blocks(book.terms), book.terms.spending
    assert unit == 14
    counts, accept = spending.candidate_thresholds(spend, day, unit), spending.accept_shares(spend, 0)
    world.run(1)  # the first of a month: income states move before anybody buys
    expected, trait, state = [], world.households.columns.trait, world.households.columns.state
    used = dict.fromkeys(range(a.household.size), 0)
    for first in range(0, a.household.size // BLOCK, unit):
        for nth in range(below(words(book.keys[PURCHASE_COUNT.name], day, first, 0, 0)[0], counts)):
            w0, w1, w2, w3 = words(book.keys[PURCHASE.name], day, first, 0, nth)
            row = first * BLOCK + (w0 * unit * BLOCK >> 32)
            if row >= book.accounts.members or a.joined[row] > month_index(day):
                continue
            who, k = int(a.household[row]), int(a.klass[row])
            if w1 >= accept[k, trait[who] // 8, state[who]] or a.granted[row] == REFUSED:
                continue
            product = below(w2, book.catalogue.product_cdf)
            choice = below(w3, book.catalogue.term_cdf[product])
            y0 = words(book.keys[CHOICE.name], day, first, 0, nth)[0]
            size = book.catalogue.sizes[product, a.standing[row], y0 >> 23]
            fen = int(book.catalogue.amounts[product, choice, size])
            if used[row] + fen <= a.ceiling[row]:
                used[row] += fen
                expected.append((who, fen, int(book.catalogue.term_months[product, choice])))
    found = [
        (int(a.household[book.loans.who[slab]]), int(book.loans.original[slab]), int(book.loans.term[slab]))
        for b in range(BUCKETS)
        for lane in range(LANES)
        for slab in ((b, lane, n) for n in range(book.count[b, lane]))
    ]
    assert len(expected) > 20
    assert sorted(found) == sorted(expected)


def test_adding_a_lender_moves_nobody_elses_draws() -> None:
    """Without an effect of burden on payment the lenders share nothing but the households' luck."""
    behaviour = calm(intercept={datetime.date(2010, 1, 1): -2.5}, burden_effect=0.0, late_ppm=30_000)
    alone = World(behaviour=behaviour, lenders=(lending(),)).season().run(70)
    among = World(behaviour=behaviour, lenders=(lending(), small_lender(payment_rank=2))).season().run(70)
    for name, column in alone.book.accounts.columns.arrays().items():
        if name == "cell":  # the burden is all lenders' affair
            continue
        assert (column == among.book.accounts.columns.arrays()[name]).all(), name
    assert (alone.book.stock == among.book.stock).all()
    assert int(list(among.books.values())[1].stock.sum()) > 0


def test_a_lenders_own_intercept_moves_its_own_odds_only() -> None:
    worse = lending(payment_rank=1, intercept={datetime.date(2010, 1, 1): -1.0})
    behaviour = calm(intercept={datetime.date(2010, 1, 1): -4.0}, burden_effect=0.0)
    both = World(behaviour=behaviour, lenders=(lending(), worse)).season().run(62)
    usual, bad = both.books.values()
    assert int(bad.stock[:, :, 2:].sum()) > 3 * int(usual.stock[:, :, 2:].sum()) > 0


def test_dated_membership_grows_geometrically_between_its_dates() -> None:
    terms = lending(members={datetime.date(2016, 1, 1): 10_000, datetime.date(2017, 1, 1): 40_000})
    first = month_index(START) - 13
    shares = share_by_month(terms, first, 16)
    assert shares[0] == 0
    assert shares[1] == 0.01
    assert shares[7] == pytest.approx(0.02)
    assert shares[13:] == [0.04] * 3
    assert monthly_growth(terms, month_index(START)) == pytest.approx(4 ** (1 / 12) - 1)
    late = lending(members={datetime.date(2018, 1, 1): 40_000})
    assert monthly_growth(late, month_index(START)) == 0
    assert share_by_month(late, first, 16) == [0.0] * 16


def test_membership_that_falls_is_refused() -> None:
    with pytest.raises(ValidationError, match="nobody leaves a lender"):
        lending(members={datetime.date(2016, 1, 1): 10_000, datetime.date(2017, 1, 1): 9_000})


def test_a_lender_founded_later_lends_to_nobody_before() -> None:
    terms = lending(members={datetime.date(2017, 3, 1): 500_000})
    world = World(lenders=(lending(), terms)).season()
    founded = list(world.books.values())[1]
    assert int(founded.stock.sum()) == 0
    world.run(59)
    assert int(founded.stock.sum()) == 0
    world.run(20)
    assert int(founded.stock.sum()) > 0


def test_candidates_are_counted_block_by_block_unless_membership_is_dated() -> None:
    assert spending.unit_blocks(lending()) == 1
    busy = SpendingTerms(purchases_per_month=4.0)
    assert spending.unit_blocks(lending(members=SMALL, spending=busy)) == 1
    quiet = SpendingTerms(purchases_per_month=0.1)
    assert spending.unit_blocks(lending(members=SMALL, spending=quiet)) == 28


def test_a_share_of_one_is_everybody() -> None:
    assert float(share_by_month(lending(), 60, 3)[-1]) == 1.0
    table = Accounts(PEOPLE, 5, (lending(),), START)
    assert table.counts == [PEOPLE.count]
    assert WORD == 1 << 32


def test_a_table_with_the_seats_of_another_is_laid_out_like_it_and_drawn_by_nobody() -> None:
    lenders = (small_lender(), lending())
    drawn = Accounts(PEOPLE, 5, lenders, START)
    blank = Accounts(PEOPLE, 5, lenders, START, seats=drawn.seats)
    assert not blank.columns.household.any()
    blank.columns.restore(drawn.columns.arrays())
    assert blank.part(0).row_of(int(drawn.columns.household[10])) == 10
    assert drawn.seats.drawn_from == seats_from(PEOPLE.count, 5, lenders, START)
    assert drawn.seats.drawn_from != seats_from(PEOPLE.count, 5, lenders[::-1], START)
    assert drawn.seats.drawn_from != seats_from(PEOPLE.count, 6, lenders, START)
