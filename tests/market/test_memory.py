"""Markets that nobody uses any more are freed: a session may make hundreds of them."""

from __future__ import annotations

import gc
import weakref

from tests.worlds import market


def test_a_market_out_of_use_is_freed() -> None:
    place = market(end="2017-03-31")
    place.step()
    gone = weakref.ref(place)
    numbers = [agent.unique_id for agent in place.agents]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    del place
    gc.collect()
    assert gone() is None
