"""The whole life of a consumer-credit book, 1:1: lending, collecting, write-off, recovery, daily purchases into pools.

    python -m benchmarks.population --borrowers 62_000_000 --days 730 [--threads N] [--pools 20] [--peers 20000]

In the same run two peers do a simpler version of the same work on fewer borrowers (see `benchmarks.peers`); the ratios
are per borrower and day. The seasoned start is timed apart, and so is the first call of every kernel.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field

import numba
import numpy as np

from benchmarks import baitiao_world as baitiao
from benchmarks import peers
from benchmarks.measuring import Stopwatch, machine, peak_rss_gb, resident_gb
from sim.calendar import BANK, date_of
from sim.credit.kernels import layout as at


@dataclass
class Counts:
    """What happened in a run, in loans."""

    due: int = 0
    missed: int = 0
    lent: int = 0
    bought: int = 0
    bought_fen: int = 0
    wanted_fen: int = 0
    lent_fen: int = 0
    recovered_fen: int = 0
    watch: Stopwatch = field(default_factory=Stopwatch)

    def events(self) -> int:
        """Loans lent, fallen due and sold."""
        return self.due + self.lent + self.bought


def live(world: baitiao.World, days: int) -> Counts:
    """Run a book for some days; every part of a day is timed."""
    book, counts, wants = world.book, Counts(), [0] * len(world.pools)
    watch = counts.watch
    for day in range(baitiao.START, baitiao.START + days):
        if date_of(day).day == 1:
            with watch.part("monthly"):
                baitiao.new_month(world, day)
        with watch.part("lend"):
            book.open_day()
            rows = int(book.count.sum())
            counts.lent_fen += book.lend(day, 0)
            counts.lent += int(book.count.sum()) - rows
        with watch.part("collect"):
            book.collect(day, baitiao.LENDER)
        with watch.part("sell"):
            wants = [w + s for w, s in zip(wants, baitiao.spent_today(world), strict=True)]
            if world.pools and BANK.is_open(day):
                bought = book.sell(day, baitiao.LENDER, baitiao.orders(world, wants), screening_error_ppm=0)
                counts.wanted_fen += sum(wants)
                wants = [w - b.principal_fen for w, b in zip(wants, bought, strict=True)]
                counts.bought += sum(b.loans for b in bought)
                counts.bought_fen += sum(b.principal_fen for b in bought)
        with watch.part("close"):
            book.close_day(baitiao.LENDER)
            book.check()
            counts.due += int(book.flows[:, :, at.DUE_LOANS].sum())
            counts.missed += int(book.flows[:, :, at.MISSED_LOANS].sum())
            counts.recovered_fen += int(book.flows[:, :, at.RECOVERED].sum())
    return counts


def report(world: baitiao.World, counts: Counts, borrowers: int, days: int) -> list[str]:
    """The figures of a run as lines."""
    book, seconds = world.book, counts.watch.total()
    loans, capacity, whole = int(book.count.sum()), book.loans.owed.shape[2], int(book.stock.sum())
    pooled = sum(book.outstanding_fen(pool) for pool in world.pools)
    return [
        f"  seconds     {seconds:9.2f} s     {borrowers * days / seconds:.3g} borrower-days/s",
        *counts.watch.lines(),
        f"  events      {counts.events():,}: lent {counts.lent:,}, due {counts.due:,} ({counts.missed:,} missed), "
        f"bought {counts.bought:,}",
        f"  per event   {1e9 * seconds / max(1, counts.events()):9.1f} ns    lend {_per(counts, 'lend', counts.lent)}, "
        f"collect {_per(counts, 'collect', counts.due)}, sell {_per(counts, 'sell', counts.bought)}",
        f"  book        {loans:,} loans, {loans / borrowers:.2f} a borrower, {whole / 1e11:.2f} bn yuan; "
        f"fullest slab {int(book.count.max()) / capacity:.0%} of its capacity",
        f"  pools       {len(world.pools)} hold {pooled / max(1, whole):.1%} of principal; "
        f"{counts.bought_fen / max(1, counts.wanted_fen):.1%} of the wants met",
        f"  memory      {resident_gb():9.2f} GB now, peak {peak_rss_gb():.2f} GB",
    ]


def _per(counts: Counts, part: str, events: int) -> str:
    return f"{1e9 * counts.watch.seconds[part] / max(1, events):.1f} ns"


def compare(borrowers: int, own: float) -> list[str]:
    """The peers' time per borrower-day, and how many times that of the loan book (`own`, seconds)."""
    mesa_time = peers.seconds_per_borrower_day(peers.Lender(borrowers), borrowers, 30)
    numpy_time = peers.seconds_per_borrower_day(peers.Columns(10 * borrowers), 10 * borrowers, 60)
    return [
        f"  loan book      {1e9 * own:8.1f} ns a borrower-day",
        f"  Mesa objects   {1e9 * mesa_time:8.1f} ns = {mesa_time / own:6.1f} x   ({borrowers:,} borrowers)",
        f"  NumPy columns  {1e9 * numpy_time:8.1f} ns = {numpy_time / own:6.1f} x   ({10 * borrowers:,} borrowers)",
        "  The peers follow a simpler rule, on one thread: see benchmarks/peers.py for what they leave out.",
    ]


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--borrowers", type=int, default=2_000_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--threads", type=int, default=numba.get_num_threads())
    parser.add_argument("--pools", type=int, default=20)
    parser.add_argument("--peers", type=int, default=20_000, help="borrowers of the peers; 0 leaves them out")
    chosen = parser.parse_args()
    numba.set_num_threads(chosen.threads)
    print(f"{machine()}; {chosen.threads} threads")
    warm = Stopwatch()
    with warm.part("compile"):
        live(baitiao.build(28 * 64, min(2, chosen.pools)), 40)
    with warm.part("season"):
        world = baitiao.build(chosen.borrowers, chosen.pools)
    print(f"loading kernels {warm.seconds['compile']:.1f} s, seasoned start {warm.seconds['season']:.1f} s")
    counts = live(world, chosen.days)
    print(f"{chosen.borrowers:,} borrowers x {chosen.days} days, 1:1, {chosen.pools} pools")
    print("\n".join(report(world, counts, chosen.borrowers, chosen.days)))
    if chosen.peers:
        print("\n".join(compare(chosen.peers, counts.watch.total() / (chosen.borrowers * chosen.days))))
    if not np.all(world.book.stock.sum(axis=(0, 2))[: len(world.book.owners)] >= 0):
        raise SystemExit("a stock went negative: the run is not valid")


if __name__ == "__main__":
    main()
