"""What every institution shares: a name, its hours, and a life on the clock that carries nothing overnight."""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, ClassVar
from weakref import WeakKeyDictionary

import mesa
import simpy

from sim.timetable import HOURS_PER_DAY, Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace

FIRST_ORDER = 10
"""Below it: the market's own opening of the day and SimPy's own priorities (0 urgent, 1 normal)."""

Life = Generator[Any, Any, None]


def wake_order(founding: int) -> int:
    """The place within an hour of the n-th institution founded; the odd places between are free for groups."""
    return FIRST_ORDER + 2 * founding


class Wake(simpy.Event):
    """A wake-up call. Of several at one hour the lower `order` goes first, whenever each was made: institutions act in
    the order they were founded, not in the order in which they happened to fall asleep."""

    def __init__(self, env: simpy.Environment, delay: int, order: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        env.schedule(self, priority=order, delay=delay)


class _NumbersByMarket(WeakKeyDictionary[mesa.Model, Iterator[int]]):
    """The next agent's number in each market. Mesa 3.3 counts in a dictionary of its class that holds every market ever
    made, and with it all its columns; markets held weakly are freed when nobody uses them any more."""

    def __getitem__(self, market: mesa.Model) -> Iterator[int]:
        if market not in self:
            self[market] = itertools.count(1)
        return super().__getitem__(market)


class Institution(mesa.Agent):
    """An institution of the market.

    Its daily life is a SimPy process that wakes at each of its `hours` and sleeps at midnight. Everything it must
    remember stands in `memory`, plain data that a checkpoint can hold; processes carry no local state between days.
    """

    hours: ClassVar[tuple[Hour, ...]] = ()
    kind: ClassVar[str] = ""
    _ids = _NumbersByMarket()

    def __init__(self, place: MarketPlace, name: str) -> None:
        super().__init__(place)
        self.place = place
        self.name = name
        self.party = f"{self.kind}:{name}"
        self.memory: dict[str, Any] = {}

    def forget_derived(self) -> None:
        """Drop what is kept only because it costs time and follows from memory, terms and the ledger: a run goes on
        from a checkpoint."""

    @property
    def failed(self) -> bool:
        """Whether it has stopped working."""
        return self.memory.get("failed") is True

    def live(self) -> Life:
        """Wake at each hour of the timetable that concerns this institution, for ever."""
        env, order = self.place.env, wake_order(self.unique_id)
        while True:
            for hour in self.hours:
                yield Wake(env, int(hour) - env.now % HOURS_PER_DAY, order)
                self.place.ledger.set_clock(self.place.day, int(hour))
                yield from self.act(hour)
            yield Wake(env, HOURS_PER_DAY - env.now % HOURS_PER_DAY, order)

    def act(self, hour: Hour) -> Life:
        """Do what this hour asks; a generator, so that work that queues can wait within the day."""
        raise TypeError(f"{type(self).__name__} has hours but does nothing at {hour.name}")
