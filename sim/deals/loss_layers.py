"""What a layer of a pool's losses is expected to come to, by the published method's loss distribution.

A layer takes the losses between an attachment a and a detachment d, both shares of the pool after trapped spread and
reserve: a class of notes, or a guarantor's promise. Its expected loss is the area under the chance of losses beyond x,

    E[min(max(L - a, 0), d - a)] = integral from a to d of P(L > x) dx,

by the midpoint rule. Shares of the pool over the life of the deal.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from typing import Final

from sim.deals.pool_view import PoolView
from sim.deals.rating_method import RatingMethod, Structure, probability_of_loss

_PARTS: Final = 40
_LAYERS_AT_HAND: Final = 1_024


@lru_cache(_LAYERS_AT_HAND)
def layer_loss_ppm(
    view: PoolView, structure: Structure, attachment_ppm: int, detachment_ppm: int, method: RatingMethod | None = None
) -> int:
    """Expected loss of a layer over the life of the deal, ppm of the pool; nothing for an empty layer."""
    width = detachment_ppm - attachment_ppm
    if width <= 0:
        return 0
    middles = (attachment_ppm + width * (2 * k + 1) // (2 * _PARTS) for k in range(_PARTS))
    chances = sum(probability_of_loss(view, structure, middle, method) for middle in middles)
    return chances * width // (_PARTS * 1_000_000)


@lru_cache(_LAYERS_AT_HAND)
def layer_reached_ppm(
    view: PoolView, structure: Structure, attachment_ppm: int, detachment_ppm: int, chance_ppm: int
) -> int:  # fmt: skip
    """Part of a layer that losses of a given chance reach: of its parts those where P(L > x), which falls with x, is
    not below it; ppm."""
    width = detachment_ppm - attachment_ppm

    def short(part: int) -> bool:
        middle = attachment_ppm + width * (2 * part + 1) // (2 * _PARTS)
        return probability_of_loss(view, structure, middle) < chance_ppm

    return bisect_left(range(_PARTS), True, key=short) * 1_000_000 // _PARTS
