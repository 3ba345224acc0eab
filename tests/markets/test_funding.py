"""The greedy plan is exact: against a linear programme, against brute force, and by hand."""

from __future__ import annotations

import random
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from sim.markets.funding import Cap, FundingPlan, Source, plan

UNMET = 500_000


def microlender(own: int = 20) -> tuple[list[Source], list[Cap]]:
    """Net assets 100: standardised <= 400, non-standardised <= 100 (bank line a <= 60), combined <= 230."""
    sources = [
        Source("own", 0, own),
        Source("line_a", 45_000, 80, ("bank_a",)),
        Source("shareholder", 60_000, 70, ("nonstandardised",)),
        Source("abs", 52_000, 300, ("standardised",)),
        Source("bond", 70_000, 100, ("standardised",)),
    ]
    caps = [
        Cap("combined", 230, 0, None),
        Cap("standardised", 400, 250, "combined"),
        Cap("nonstandardised", 100, 0, "combined"),
        Cap("bank_a", 60, 0, "nonstandardised"),
    ]
    return sources, caps


def solve(need: int, sources: list[Source], caps: list[Cap]) -> FundingPlan:
    return plan(need, sources, caps, unmet_cost_ppm=UNMET, unit_fen=1)


def cost_of(found: FundingPlan, sources: list[Source]) -> int:
    return sum(s.cost_ppm * found.amounts[s.name] for s in sources) + UNMET * found.unmet_fen


def test_a_plan_worked_by_hand() -> None:
    found = solve(250, *microlender())
    assert found.amounts == {"own": 20, "line_a": 60, "shareholder": 20, "abs": 150, "bond": 0}
    assert found.unmet_fen == 0
    assert found.binding == ("combined", "standardised", "bank_a")
    # one more yuan of abs replaces the shareholders' (60,000 -> 52,000), one more of line a too (-> 45,000)
    assert found.bite_ppm == {"combined": 0, "standardised": 8_000, "nonstandardised": 0, "bank_a": 15_000}


def test_what_no_cap_leaves_room_for_is_unmet_and_the_outer_cap_bites() -> None:
    found = solve(300, *microlender())
    assert (found.unmet_fen, sum(found.amounts.values())) == (50, 250)
    assert found.bite_ppm["combined"] == UNMET - 60_000  # one more yuan: the shareholders lend it


def test_a_source_dearer_than_not_lending_is_left_alone() -> None:
    found = plan(100, [Source("dear", 300_000, 100)], [], unmet_cost_ppm=200_000)
    assert (found.amounts, found.unmet_fen) == ({"dear": 0}, 100)


def test_a_cap_already_passed_lets_nothing_in() -> None:
    found = plan(10, [Source("a", 1, 100, ("c",))], [Cap("c", 50, 80)], unit_fen=1)
    assert (found.unmet_fen, found.binding, found.bite_ppm) == (10, ("c",), {"c": 0})


def random_case(rng: random.Random) -> tuple[int, list[Source], list[Cap]]:
    """A random tree of caps with random sources hung on it."""
    caps = []
    for number in range(rng.randint(1, 6)):
        parent = rng.choice([None, *(cap.name for cap in caps)])
        caps.append(Cap(f"c{number}", rng.randint(0, 120), rng.randint(0, 40), parent))
    sources = [
        Source(f"s{k}", rng.randint(0, 400_000), rng.randint(0, 60), rng.choice([(), *((c.name,) for c in caps)]))
        for k in range(rng.randint(1, 7))
    ]
    return rng.randint(0, 250), sources, caps


def members_of(cap: Cap, sources: list[Source], caps: list[Cap]) -> list[int]:
    parent = {c.name: c.parent for c in caps}

    def under(name: str | None) -> bool:
        return name is not None and (name == cap.name or under(parent[name]))

    return [k for k, source in enumerate(sources) if any(under(name) for name in source.caps)]


def test_greedy_equals_a_linear_programme_on_random_nested_caps() -> None:
    rng, unmet = random.Random(20170630), 0
    for _ in range(400):
        need, sources, caps = random_case(rng)
        found = solve(need, sources, caps)
        rows = np.zeros((len(caps), len(sources) + 1))
        for row, cap in zip(rows, caps, strict=True):
            row[members_of(cap, sources, caps)] = 1
        programme = linprog(
            [*(s.cost_ppm for s in sources), UNMET],
            A_ub=rows,
            b_ub=[c.headroom_fen for c in caps],
            A_eq=np.ones((1, len(sources) + 1)),
            b_eq=[need],
            bounds=[*((0, s.room_fen) for s in sources), (0, None)],
        )
        assert cost_of(found, sources) == pytest.approx(programme.fun, abs=0.5)
        assert sum(found.amounts.values()) + found.unmet_fen == need
        unmet += found.unmet_fen > 0
    assert 50 < unmet < 350  # both kinds of case were met


def test_with_minimum_sizes_the_plan_equals_brute_force() -> None:
    rng, opened = random.Random(5), 0
    for _ in range(120):
        caps = [Cap("all", rng.randint(3, 14)), Cap("inner", rng.randint(2, 9), 0, "all")]
        sources = [
            Source(f"s{k}", rng.randint(1, 9) * 10_000, rng.randint(0, 7), rng.choice([("all",), ("inner",), ()]), low)
            for k, low in enumerate((0, rng.randint(2, 5), rng.randint(2, 5)))
        ]
        need = rng.randint(0, 14)
        best = min(
            sum(s.cost_ppm * x for s, x in zip(sources, xs, strict=True)) + UNMET * (need - sum(xs))
            for xs in product(*(range(s.room_fen + 1) for s in sources))
            if sum(xs) <= need
            and all(x == 0 or x >= s.minimum_fen for s, x in zip(sources, xs, strict=True))
            and all(sum(xs[k] for k in members_of(c, sources, caps)) <= c.limit_fen for c in caps)
        )
        found = solve(need, sources, caps)
        assert cost_of(found, sources) == best
        opened += any(found.amounts[s.name] for s in sources if s.minimum_fen)
    assert opened > 30


def test_a_pool_too_small_for_the_market_stays_in_the_warehouse() -> None:
    sources = [Source("abs", 40_000, 500, minimum_fen=100), Source("line", 60_000, 500)]
    assert solve(99, sources, []).amounts == {"abs": 0, "line": 99}
    assert solve(100, sources, []).amounts == {"abs": 100, "line": 0}


@given(st.integers(0, 10_000), st.integers(0, 300), st.integers(0, 60))
def test_more_need_never_costs_less_nor_leaves_less_unmet(seed: int, need: int, more: int) -> None:
    _, sources, caps = random_case(random.Random(seed))
    less, greater = solve(need, sources, caps), solve(need + more, sources, caps)
    assert cost_of(less, sources) <= cost_of(greater, sources)
    assert less.unmet_fen <= greater.unmet_fen
    assert all(less.amounts[s.name] <= greater.amounts[s.name] for s in sources)


@given(st.integers(0, 10_000))
def test_a_bite_is_never_negative_and_only_binding_caps_bite(seed: int) -> None:
    need, sources, caps = random_case(random.Random(seed))
    found = solve(need, sources, caps)
    assert all(bite >= 0 for bite in found.bite_ppm.values())
    assert {cap for cap, bite in found.bite_ppm.items() if bite} <= set(found.binding)


def test_what_has_no_plan_is_refused_by_name() -> None:
    crossing = [Source("x", 1, 1, ("a",)), Source("y", 1, 1, ("a", "b")), Source("z", 1, 1, ("b",))]
    with pytest.raises(ValueError, match=r"'a' and 'b' overlap .*y"):
        plan(1, crossing, [Cap("a", 1), Cap("b", 1)])
    with pytest.raises(ValueError, match="'nowhere', which is no cap"):
        plan(1, [Source("x", 1, 1, ("nowhere",))], [])
    with pytest.raises(ValueError, match="within itself"):
        plan(1, [], [Cap("a", 1, 0, "b"), Cap("b", 1, 0, "a")])
    with pytest.raises(ValueError, match="given twice: x"):
        plan(1, [Source("x", 1, 1), Source("x", 2, 1)], [])
    with pytest.raises(ValueError, match="negative"):
        plan(-1, [], [])
    with pytest.raises(ValueError, match="minimum size"):
        plan(1, [Source(f"s{k}", 1, 1, (), 1) for k in range(9)], [])
