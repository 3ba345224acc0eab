"""What a lender can do to its book, and in which direction each decision moves it."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from worlds import LENDER, START, World, calm, lending

from sim.credit.kernels import layout as at
from sim.credit.lender_policy import LenderPolicy
from sim.credit.lending_terms import SpendingTerms
from sim.credit.scores import grades_seen, hidden_risk, score_cuts, trust
from sim.credit.terms import CLASSES

OWNER = f"{LENDER}0"
RISKY = calm(intercept={datetime.date(2010, 1, 1): -2.5})


def lent(world: World, days: int) -> int:
    total = 0
    for _ in range(days):
        world.run(1)
        total += world.book.day_flows(OWNER)["lent"]
    return total


def classes_of(grades: np.ndarray) -> np.ndarray:
    return grades // at.PLACES


def fresh_loans(world: World, since: int) -> list[tuple[int, int]]:
    """(row, plan) of loans made since a day."""
    c, out = world.book.loans, []
    for b in range(at.BUCKETS):
        for lane in range(at.LANES):
            rows = np.arange(int(world.book.count[b, lane]))
            rows = rows[c.born[b, lane, rows] >= since]
            out.extend(zip(c.who[b, lane, rows].tolist(), c.plan[b, lane, rows].tolist(), strict=True))
    return out


def test_only_granted_classes_borrow() -> None:
    world = World().season()
    world.book.admit((1_000_000, 0, 1_000_000, 0, 0))
    world.run(20)
    classes = {CLASSES[world.book.accounts.columns.klass[row]] for row, _ in fresh_loans(world, START)}
    assert classes == {"L1", "L3"}
    for wrong in ((1_000_001, 0, 0, 0, 0), (1_000_000,) * 4, (-1, 0, 0, 0, 0)):
        with pytest.raises(ValueError, match="parts admitted are five shares"):
            world.book.admit(wrong)


def test_a_cut_limit_stops_new_use_and_takes_nothing_back() -> None:
    world, usual = World().season(), World().season()
    before = world.book.outstanding_fen(OWNER)
    world.book.set_limit_factor((100_000,) * 5)
    assert world.book.outstanding_fen(OWNER) == before
    a = world.book.accounts.columns
    full = a.used >= world.book.limits_fen()
    assert full[a.used > 0].any()
    used = a.used.copy()
    world.run(25)
    assert (a.used[full] <= used[full]).all()
    assert world.book.applications()["refused_limit_fen"] > usual.run(25).book.applications()["refused_limit_fen"]


def test_a_higher_limit_lends_more_and_never_beyond_twice_the_ceiling() -> None:
    high, usual = World().season(), World().season()
    high.book.set_limit_factor((2_000_000,) * 5)
    assert lent(high, 60) > lent(usual, 60)
    a = high.book.accounts.columns
    assert (a.used.astype(np.int64) <= 2 * a.ceiling.astype(np.int64)).all()
    for wrong in ((2_000_001,) * 5, (1_000_000,) * 4, (-1, 0, 0, 0, 0)):
        with pytest.raises(ValueError, match="limit factors are five shares"):
            high.book.set_limit_factor(wrong)


def test_appetite_moves_purchases_one_for_one_and_draws_stay_where_they_are() -> None:
    """At half the appetite the buyers are a part of those at full appetite: only answers move, never draws."""
    spending = SpendingTerms(purchases_per_month=1.0, festivals={}, most_appetite_ppm=2_000_000)
    worlds = {ppm: World(lenders=(lending(spending=spending),)).open() for ppm in (500_000, 1_000_000, 2_000_000)}
    bought = {}
    for ppm, world in worlds.items():
        world.book.set_appetite(ppm)
        world.run(6)
        bought[ppm] = fresh_loans(world, START)
    sizes = [len(loans) for loans in bought.values()]
    assert sizes[0] / sizes[1] == pytest.approx(0.5, abs=0.1)
    assert sizes[2] / sizes[1] == pytest.approx(2.0, abs=0.3)
    assert {row for row, _ in bought[500_000]} <= {row for row, _ in bought[2_000_000]}
    with pytest.raises(ValueError, match="most_appetite_ppm"):
        World().book.set_appetite(1_000_001)


def test_a_new_price_leaves_old_loans_their_fees() -> None:
    """Two worlds, one of which trebles its fees: the loans made before bring the same fees in both."""
    kept, raised = World().season().run(10), World().season().run(10)
    raised.book.reprice({"bill": (30_000,) * 5})
    for world in (kept, raised):
        world.book.admit((0,) * 5)
    fees = []
    for world in (kept, raised):
        total = 0
        for _ in range(90):
            world.run(1)
            total += world.book.day_flows(OWNER)["fee_due"]
        fees.append(total)
    assert fees[0] == fees[1] > 0


def test_new_loans_pay_the_new_price_and_fee_free_ones_nothing() -> None:
    world = World().season().run(5)
    world.book.reprice({"bill": (30_000, 30_001, 30_002, 30_003, 30_004)})
    world.run(5)
    book, fresh = world.book, fresh_loans(world, world.day - 5)
    assert len(fresh) > 50
    for row, plan in fresh:
        klass = int(book.accounts.columns.klass[row])
        fee = int(book.catalogue.fee_ppm[plan])
        assert fee == (0 if book.catalogue.plan_free[plan] else 30_000 + klass)
    world.run(60)
    book.check(full=True)


def test_prices_without_living_loans_are_used_again() -> None:
    world = World().open()
    book = world.book
    for fee in (6_000, 7_000, 8_000):
        book.reprice({"bill": (fee,) * 5})
    assert len(book.price_versions) == 2
    world.run(3)
    book.reprice({"bill": (9_000,) * 5})
    living = book.price_version
    book.reprice({"bill": (8_000,) * 5})
    assert len(book.price_versions) == 2
    assert book.price_version != living
    with pytest.raises(ValueError, match="product 'gold' is not on offer; products are bill"):
        book.reprice({"gold": (1,) * 5})
    with pytest.raises(ValueError, match="five rates"):
        book.reprice({"bill": (60_000,) * 5})


def test_collecting_harder_cures_more_of_those_in_arrears_and_nobody_else() -> None:
    softer, harder = World(behaviour=RISKY).season(), World(behaviour=RISKY).season()
    harder.book.set_collection(3_000)
    entered = {"soft": 0, "hard": 0}
    for _ in range(59):
        softer.run(1), harder.run(1)
        entered["soft"] += softer.book.day_flows(OWNER)["missed_loans"]
        entered["hard"] += harder.book.day_flows(OWNER)["missed_loans"]
    assert entered["hard"] < entered["soft"]
    late = [int(world.book.stock[:, :, 3:].sum()) for world in (softer, harder)]
    assert late[1] < 0.95 * late[0]
    at_once = [world.book.odds.reshape(-1, at.CYCLES)[:, 0] for world in (softer, harder)]
    assert (at_once[0] == at_once[1]).all()


def test_less_noise_admits_better_borrowers() -> None:
    means = []
    for noise in (2.0, 0.7, 0.1):
        world = World(households=64 * 28 * 4)
        world.book.rescore(noise)
        a = world.book.accounts.columns
        quality = world.households.columns.trait[a.household] % 8
        means.append([quality[a.klass <= worst].mean() for worst in (1, 2)])
    for much, usual, little in zip(*means, strict=True):
        assert much > usual > little


def test_scoring_again_with_the_usual_noise_changes_next_to_nobody() -> None:
    world = World(households=64 * 28 * 4)
    a = world.book.accounts.columns
    before = a.klass.copy()
    world.book.rescore(world.book.terms.score_noise)
    assert (a.klass != before).mean() < 0.01
    again = a.klass.copy()
    world.book.rescore(world.book.terms.score_noise)
    assert (a.klass == again).all()


def test_the_limit_follows_the_class_and_comes_back_with_it() -> None:
    world = World(households=64 * 28 * 4)
    a = world.book.accounts.columns
    world.book.rescore(world.book.terms.score_noise)
    klass, ceiling = a.klass.copy(), a.ceiling.copy()
    world.book.rescore(0.05)
    better, worse = a.klass < klass, a.klass > klass
    assert better.any()
    assert worse.any()
    assert (a.ceiling[better] >= ceiling[better]).all()
    assert (a.ceiling[worse] <= ceiling[worse]).all()
    assert a.ceiling[better].sum() > ceiling[better].sum()
    assert (a.ceiling[a.klass == klass] == ceiling[a.klass == klass]).all()
    world.book.rescore(world.book.terms.score_noise)
    assert (a.ceiling == ceiling).all()


def test_a_score_changes_nobodys_luck() -> None:
    """Nobody borrows any more: two worlds, one scored anew, collect the same."""
    usual, scored = World(behaviour=RISKY).season(), World(behaviour=RISKY).season()
    scored.book.rescore(0.05)
    for world in (usual, scored):
        world.book.admit((0,) * 5)
        world.run(60)
    assert (usual.book.stock == scored.book.stock).all()
    assert (usual.book.accounts.columns.klass != scored.book.accounts.columns.klass).any()


REPORTS = lending(reports_to_register=True)


def test_who_is_late_elsewhere_is_scored_worse_if_the_lender_can_see_it() -> None:
    world = World(lenders=(REPORTS, REPORTS, REPORTS), behaviour=calm())
    first, second, third = world.books.values()
    second.accounts.columns.missed[[3, 5]] = 2
    third.accounts.columns.missed[5] = 255
    first.accounts.columns.missed[7] = 1
    first.rescore(0.7)
    blind = first.accounts.columns.klass.astype(int)
    first.rescore(0.7, see_elsewhere=True)
    seen = first.accounts.columns.klass.astype(int)
    assert seen[3] == min(4, blind[3] + 1)
    assert seen[5] == min(4, blind[5] + 2)
    assert seen[7] == blind[7]
    assert (np.flatnonzero(seen != blind)).tolist() == [i for i in (3, 5) if blind[i] < 4]


def test_the_register_shows_arrears_only_of_those_who_report_to_it() -> None:
    """A bank sees who is late at Baitiao, which reports, and not who is late at a platform, which does not."""
    bank, baitiao, platform = World(lenders=(REPORTS, REPORTS, lending())).books.values()
    baitiao.accounts.columns.missed[3] = 2
    platform.accounts.columns.missed[[3, 5]] = 2
    bank.rescore(0.7)
    blind = bank.accounts.columns.klass.astype(int)
    bank.rescore(0.7, see_elsewhere=True)
    seen = bank.accounts.columns.klass.astype(int)
    assert np.flatnonzero(seen != blind).tolist() == [i for i in (3,) if blind[i] < 4]
    assert seen[3] == min(4, blind[3] + 1)


def test_classes_seen_without_noise_are_quality_itself() -> None:
    table = classes_of(grades_seen((250_000, 250_000, 250_000, 125_000, 125_000), 1.2, 1e-6, 0.0))
    assert table[:, 0].tolist() == table[:, 255].tolist() == [0, 0, 1, 1, 2, 2, 3, 4]
    assert len(score_cuts((200_000,) * 5, 1.0, 1.0)) == 4


def test_what_a_score_hides_is_the_expected_default_beyond_that_of_the_quality_believed() -> None:
    """With one score the mean of exp(quality) is that of the quality believed and of what is hidden, in logits."""
    draws = np.random.default_rng(1)
    quality = draws.normal(0.0, 1.2, 2_000_000)
    score = quality + draws.normal(0.0, 0.9, quality.size)
    alike = quality[abs(score - 0.5) < 0.02]
    expected = trust(1.2, 0.9) * 0.5 + hidden_risk(1.2, 0.9)
    assert np.log(np.exp(alike).mean()) == pytest.approx(expected, abs=0.03)


def test_data_that_may_no_longer_be_used_count_against_whom_they_described() -> None:
    shares = (20_000, 560_000, 360_000, 40_000, 20_000)
    usual = classes_of(grades_seen(shares, 1.2, 0.7, 0.7))
    assert (classes_of(grades_seen(shares, 1.2, 0.7, 0.7, walled=0.0)) == usual).all()
    unaware, aware = (classes_of(grades_seen(shares, 1.2, 0.7, 0.91, walled=part)) for part in (0.0, 0.3))
    assert (aware >= unaware).all()
    assert (aware <= 1).mean() < (usual <= 1).mean() < (unaware <= 1).mean()


def test_applications_add_up_by_day_and_by_month() -> None:
    world = World(behaviour=RISKY).season()
    applied = 0
    for _ in range(31):
        world.run(1)
        day = world.book.applications()
        refused = sum(fen for name, fen in day.items() if name.startswith("refused"))
        assert day["applied_fen"] == day["granted_fen"] + refused
        assert day["granted_fen"] == world.book.day_flows(OWNER)["lent"]
        applied += day["applied_fen"]
    month = world.book.months[-1]
    assert month["month"] == 84
    assert month["applied_fen"] == applied
    assert month["refused_arrears_fen"] > 0


def test_decisions_survive_a_checkpoint() -> None:
    world = World().season().run(5)
    book = world.book
    book.admit((1_000_000, 250_000, 0, 0, 0))
    book.set_limit_factor((900_000, 800_000, 0, 0, 0))
    book.set_collection(-500)
    book.reprice({"bill": (7_000,) * 5})
    world.run(3)
    twin = World()
    twin.book.restore(book.state())
    decided = LenderPolicy((1_000_000, 250_000, 0, 0, 0), (900_000, 800_000, 0, 0, 0), 1_000_000, -500)
    assert twin.book.policy == book.policy == decided
    for name in ("granted", "klass"):
        assert (getattr(twin.book.accounts.columns, name) == getattr(book.accounts.columns, name)).all()
    assert (twin.book.accounts.scores.place == book.accounts.scores.place).all()
    assert twin.book.price_versions == book.price_versions
    assert twin.book.first_plan == book.first_plan == 6
    assert (twin.book.catalogue.fee_ppm == book.catalogue.fee_ppm).all()
    assert twin.book.months == book.months
    assert (twin.accounts.room_ppm == world.accounts.room_ppm).all()
