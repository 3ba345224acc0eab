"""A lender's funding plan: the cheapest way to raise an amount under nested caps.

Sources count under caps (a bank's line inside non-standardised funding, that and standardised funding inside a combined
cap). Where any two caps are nested or share no source (a *laminar* family), the amounts that respect all of them form a
polymatroid, on which taking the cheapest source first, as much as every cap still allows, is exact, in integers. Need
that is not met has a price too (what the lender gives up by not lending), so a source dearer than it is not used.

A source with a minimum size (a pool must be large enough to come to market) breaks that structure: it is used in full
minimum or not at all. Every choice of which of them to open is therefore tried: the minima of the open ones are
set aside first, and greedy fills the rest, which is exact again. A lender has one or two of them, never more than
`MOST_MINIMA`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from sim.deals.fields import PPM

MOST_MINIMA: Final = 8
"""Sources with a minimum size in one plan: 2^8 choices are still instant."""
MILLION_YUAN: Final = 100_000_000
"""In fen: the headroom by which a cap's bite is measured."""


@dataclass(frozen=True)
class Source:
    """A source of funds.

    Args:
        name: unique.
        cost_ppm: all-in cost a year.
        room_fen: most that can be raised.
        caps: names of the caps it counts under; a cap's parents follow by themselves.
        minimum_fen: raised in at least this amount or not at all.
    """

    name: str
    cost_ppm: int
    room_fen: int
    caps: tuple[str, ...] = ()
    minimum_fen: int = 0


@dataclass(frozen=True)
class Cap:
    """A limit on what counts under it, `used_fen` of which is already there; `parent` is the cap it stands within."""

    name: str
    limit_fen: int
    used_fen: int = 0
    parent: str | None = None

    @property
    def headroom_fen(self) -> int:
        """What may still be raised; 0 where the limit is already passed."""
        return max(0, self.limit_fen - self.used_fen)


@dataclass(frozen=True)
class FundingPlan:
    """What to raise where.

    Args:
        amounts: fen by source, every source named.
        unmet_fen: need that no source and cap had room for, or only at a price not worth it.
        binding: caps without headroom once the plan is carried out, in the order given.
        bite_ppm: by cap, cost saved a year per yuan of one more unit of headroom (0 where a cap does not bite).
        cost_ppm: cost a year of the amounts raised, per yuan raised.
    """

    amounts: dict[str, int]
    unmet_fen: int
    binding: tuple[str, ...]
    bite_ppm: dict[str, int]
    cost_ppm: int


def plan(
    need_fen: int,
    sources: Sequence[Source],
    caps: Sequence[Cap],
    *,
    unmet_cost_ppm: int = PPM,
    unit_fen: int = MILLION_YUAN,
) -> FundingPlan:
    """The cheapest plan, and the bite of each cap found by solving again with `unit_fen` more headroom.

    Of sources that cost the same the one given first is used first.

    Raises:
        ValueError: a name is unknown or given twice, a negative amount, too many minima, or caps that are not nested.
    """
    above = _caps_of(sources, caps)
    _check(need_fen, sources, caps, above)
    order = sorted((s for s in sources if s.cost_ppm <= unmet_cost_ppm), key=lambda source: source.cost_ppm)
    headroom = {cap.name: cap.headroom_fen for cap in caps}

    def solve(room: Mapping[str, int]) -> tuple[int, dict[str, int]]:
        return _cheapest(need_fen, order, above, room, unmet_cost_ppm)

    cost, amounts = solve(headroom)
    left = {cap: room - _under(cap, amounts, above) for cap, room in headroom.items()}
    bites = {}
    for cap in caps:
        wider = headroom | {cap.name: max(0, cap.limit_fen + unit_fen - cap.used_fen)}
        bites[cap.name] = 0 if left[cap.name] > 0 else (cost - solve(wider)[0]) // unit_fen
    raised = sum(amounts.values())
    return FundingPlan(
        amounts={source.name: amounts.get(source.name, 0) for source in sources},
        unmet_fen=need_fen - raised,
        binding=tuple(cap.name for cap in caps if left[cap.name] <= 0),
        bite_ppm=bites,
        cost_ppm=sum(s.cost_ppm * amounts.get(s.name, 0) for s in order) // max(1, raised),
    )


def _cheapest(
    need: int,
    order: Sequence[Source],
    above: Mapping[str, frozenset[str]],
    headroom: Mapping[str, int],
    unmet_cost: int,
) -> tuple[int, dict[str, int]]:
    """(cost with unmet need at its price, amounts), the best over every choice of sources with a minimum to open."""
    with_minimum = [source for source in order if source.minimum_fen > 0]
    best: tuple[int, dict[str, int]] | None = None
    for count in range(len(with_minimum) + 1):
        for opened in combinations(with_minimum, count):
            amounts = _greedy(need, order, above, headroom, opened)
            if amounts is None:
                continue
            cost = sum(s.cost_ppm * amounts.get(s.name, 0) for s in order)
            cost += unmet_cost * (need - sum(amounts.values()))
            if best is None or cost < best[0]:
                best = cost, amounts
    assert best is not None, "opening none is always possible"  # noqa: S101
    return best


def _greedy(
    need: int,
    order: Sequence[Source],
    above: Mapping[str, frozenset[str]],
    headroom: Mapping[str, int],
    opened: Sequence[Source],
) -> dict[str, int] | None:
    """Minima of the opened sources first, then the cheapest as far as caps and rooms allow; None where the minima alone
    do not fit."""
    left, amounts, wanted = dict(headroom), dict.fromkeys((s.name for s in order), 0), need

    def take(source: Source, fen: int) -> None:
        amounts[source.name] += fen
        for cap in above[source.name]:
            left[cap] -= fen

    for source in opened:
        if source.minimum_fen > min([wanted, source.room_fen, *(left[cap] for cap in above[source.name])]):
            return None
        take(source, source.minimum_fen)
        wanted -= source.minimum_fen
    for source in order:
        if source.minimum_fen > 0 and source not in opened:
            continue
        room = source.room_fen - amounts[source.name]
        fen = min([wanted, room, *(left[cap] for cap in above[source.name])])
        take(source, fen)
        wanted -= fen
    return amounts


def _under(cap: str, amounts: Mapping[str, int], above: Mapping[str, frozenset[str]]) -> int:
    return sum(fen for source, fen in amounts.items() if cap in above[source])


def _caps_of(sources: Sequence[Source], caps: Sequence[Cap]) -> dict[str, frozenset[str]]:
    """All caps above each source: those it names and their parents, up to the top."""
    parents = {cap.name: cap.parent for cap in caps}

    def line(name: str | None, of: str, seen: tuple[str, ...] = ()) -> tuple[str, ...]:
        if name is None:
            return seen
        if name not in parents:
            raise ValueError(f"{of} counts under '{name}', which is no cap here; caps are {', '.join(parents)}")
        if name in seen:
            raise ValueError(f"cap '{name}' stands within itself; give one of {', '.join(seen)} no parent")
        return line(parents[name], f"cap {name}", (*seen, name))

    for cap in caps:
        line(cap.name, cap.name)
    return {s.name: frozenset(above for cap in s.caps for above in line(cap, f"source {s.name}")) for s in sources}


def _check(need: int, sources: Sequence[Source], caps: Sequence[Cap], above: Mapping[str, frozenset[str]]) -> None:
    """Refuse what has no plan."""
    for named in (sources, caps):
        names = [item.name for item in named]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"given twice: {', '.join(twice)}; every source and every cap needs its own name")
    negative = [s.name for s in sources if min(s.room_fen, s.minimum_fen) < 0]
    if need < 0 or negative:
        raise ValueError(f"a plan has no negative amounts: {', '.join(negative) or f'need {need}'}")
    if sum(s.minimum_fen > 0 for s in sources) > MOST_MINIMA:
        raise ValueError(f"more than {MOST_MINIMA} sources have a minimum size; merge some")
    members = {cap.name: {s for s, over in above.items() if cap.name in over} for cap in caps}
    for one, other in combinations(members, 2):
        common = members[one] & members[other]
        if common and common not in (members[one], members[other]):
            raise ValueError(
                f"caps '{one}' and '{other}' overlap without one lying within the other ({', '.join(sorted(common))} "
                "counts under both): greedy would not be exact; nest them or split the source"
            )
