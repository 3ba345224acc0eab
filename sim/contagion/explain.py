"""Why somebody lost: the chains along which losses came, from their origin to the loser, walked back over `loss_flows`.

Every loss names its cause: `origin`, an earlier loss, or all that a failed party bore before (in proportion). Walked
back, each loss of the institution splits into chains whose amounts add up to it to the fen: borrowers of a lender ->
pool -> notes of a rank -> holder -> its creditors. Where a party passes on more than it lost to others, a chain begins
with its own business: costs, interest, prices, losses survived earlier.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.contagion.inputs import NetworkError
from sim.ledger.arithmetic import largest_remainder
from sim.ledger.kinds import ORIGIN, Kind
from sim.ledger.loss_record import BORNE

NEEDED: Final = ("date", "loss_id", "instrument", "from_party", "to_party", "deal", "rank", "amount_fen", "cause")
WORLD: Final = "world:"


class Step(NamedTuple):
    """One loss on the way: `to_party` lost what `from_party` owed it. `rank` is that of a note within its plan."""

    instrument: str
    from_party: str
    to_party: str
    deal: str
    rank: int

    def __str__(self) -> str:
        """The instrument and who lost by it, as a chain is printed."""
        rank = f" rank {self.rank}" if self.instrument == Kind.TRANCHE.name else ""
        deal = f" {self.deal}" if self.deal else ""
        return f"{self.instrument.lower()}{deal}{rank} -> {self.to_party}"


class Chain(NamedTuple):
    """The way of a part of a loss, from its origin to the institution asked about."""

    amount_fen: int
    steps: tuple[Step, ...]

    @property
    def origin(self) -> str:
        """Where it began: borrowers of the world who did not pay, or the business of the first who failed."""
        first = self.steps[0]
        return first.from_party if first.from_party.startswith(WORLD) else f"own business of {first.from_party}"

    def __str__(self) -> str:
        """The whole way on one line."""
        return " -> ".join([self.origin, *map(str, self.steps)])


@dataclass(frozen=True)
class Explanation:
    """What an institution lost from `since` to `until` (dates, both included), by chain, the largest first."""

    institution: str
    since: Any
    until: Any
    chains: tuple[Chain, ...]

    @property
    def total_fen(self) -> int:
        """All that was lost: the sum of the chains, and of the institution's rows of `loss_flows`."""
        return sum(chain.amount_fen for chain in self.chains)

    def table(self) -> list[dict[str, Any]]:
        """A row a step: chain (1 the largest), step (1 the first), who lost by whom and what, and the chain's fen."""
        return [
            {"chain": number, "step": place, "origin": chain.origin, **step._asdict(), "amount_fen": chain.amount_fen}
            for number, chain in enumerate(self.chains, 1)
            for place, step in enumerate(chain.steps, 1)
        ]


class _Group(NamedTuple):
    """Losses alike in everything but day and amount."""

    step: Step
    cause: str
    fen: int


def explain(losses: Any, institution: str, *, since: Any = None, until: Any = None) -> Explanation:
    """The chains of what `institution` lost between two dates (both included; None: all there is).

    `losses` is a run's table `loss_flows`: an Arrow table or a mapping of columns. A loss of several causes is shared
    by them in proportion to their amounts, largest remainder, so that the chains add up.

    Raises:
        NetworkError: columns are missing, ids do not rise, or a cause names no earlier loss.

    >>> from datetime import date
    >>> rows = {"date": [date(2020, 1, 1)] * 2, "loss_id": [0, 1], "instrument": ["LOAN", "TRANCHE"],
    ...         "from_party": ["world:households", "spv:x"], "to_party": ["spv:x", "bank:a"], "deal": ["jd", "x"],
    ...         "rank": [0, 2], "amount_fen": [100, 60], "cause": ["origin", "spv:x[0..0]"]}
    >>> [(chain.amount_fen, str(chain)) for chain in explain(rows, "bank:a").chains]
    [(60, 'world:households -> loan jd -> spv:x -> tranche x rank 2 -> bank:a')]
    """
    walk = _Walk(_columns(losses))
    mine = walk.of(institution)
    dates = walk.columns["date"]
    mine = np.array(
        [row for row in mine if (since is None or dates[row] >= since) and (until is None or dates[row] <= until)],
        dtype=np.intp,
    )
    found: dict[tuple[Step, ...], int] = {}
    groups = walk.groups(mine)
    walk.follow(groups, sum(group.fen for group in groups), (), found)
    days = dates[mine]
    chains = sorted((Chain(fen, steps) for steps, fen in found.items()), key=lambda c: (-c.amount_fen, str(c)))
    first, last = (days[0], days[-1]) if mine.size else (None, None)
    return Explanation(institution, since or first, until or last, tuple(chains))


def _columns(losses: Any) -> dict[str, NDArray[Any]]:
    given: Mapping[str, Sequence[Any]] = losses.to_pydict() if hasattr(losses, "to_pydict") else losses
    missing = [name for name in NEEDED if name not in given]
    if missing:
        raise NetworkError(f"losses: columns {', '.join(missing)} are missing")
    whole = ("loss_id", "rank", "amount_fen")
    columns = {name: np.asarray(given[name], dtype=np.int64 if name in whole else object) for name in NEEDED}
    if (np.diff(columns["loss_id"]) <= 0).any():
        raise NetworkError("losses: loss_id must rise from row to row")
    return columns


class _Walk:
    """Loss rows by party and by cause, looked up on the way back."""

    def __init__(self, columns: dict[str, NDArray[Any]]) -> None:
        self.columns = columns
        self._by_loser: dict[str, list[int]] = {}
        for row, loser in enumerate(columns["to_party"]):
            self._by_loser.setdefault(loser, []).append(row)
        self._causes: dict[str, list[_Group]] = {}

    def of(self, party: str) -> NDArray[np.intp]:
        """Rows of what a party lost."""
        return np.array(self._by_loser.get(party, []), dtype=np.intp)

    def groups(self, rows: NDArray[np.intp]) -> list[_Group]:
        """Rows added up where they have the same step and cause, in the order in which these appear."""
        columns, sums = self.columns, dict[tuple[Step, str], int]()
        for row in rows:
            step = Step(*(columns[name][row] for name in Step._fields))
            key = step._replace(rank=int(step.rank)), columns["cause"][row]
            sums[key] = sums.get(key, 0) + int(columns["amount_fen"][row])
        return [_Group(step, cause, fen) for (step, cause), fen in sums.items()]

    def follow(
        self, groups: list[_Group], fen: int, after: tuple[Step, ...], found: dict[tuple[Step, ...], int]
    ) -> None:
        """Share `fen` among losses, each share among their causes, and so on; add whole chains to `found`."""
        for group, part in zip(groups, largest_remainder(fen, [group.fen for group in groups]), strict=True):
            if not part:
                continue
            steps = (group.step, *after)
            if group.cause == ORIGIN:
                found[steps] = found.get(steps, 0) + part
            else:
                self.follow(self._named(group.cause), part, steps, found)

    def _named(self, cause: str) -> list[_Group]:
        """The losses that a cause names."""
        if cause not in self._causes:
            borne = BORNE.fullmatch(cause)
            first, last = (int(borne["first"]), int(borne["last"])) if borne else (int(cause), int(cause))
            ids = self.columns["loss_id"]
            rows = self.of(borne["party"]) if borne else np.flatnonzero(ids == first)
            rows = rows[(ids[rows] >= first) & (ids[rows] <= last)]
            if not rows.size:
                raise NetworkError(f"losses: cause {cause!r} names no loss of the table")
            self._causes[cause] = self.groups(rows)
        return self._causes[cause]
