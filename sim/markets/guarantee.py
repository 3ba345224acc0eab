"""What a guarantor asks for a promise to fill shortfalls, and how much it can promise; ppm, whole fen.

It is paid on the most it can be called for (`AGT21`, `LVR23`), whatever is called.
"""

from __future__ import annotations

PPM = 1_000_000


def fee_ppm(
    *, expected_loss_ppm: int, comes_back_ppm: int, own_funds_ppm: int, return_ppm: int, risk_free_ppm: int,
    cost_ppm: int, least_ppm: int,
) -> int:  # fmt: skip
    """Fee a year on the maximum (LVR23): expected loss x (1 - what comes back of calls) + own funds behind a yuan x
    (return shareholders ask - what they earn at the risk-free yield) + running cost; at least the list's.

    Args:
        expected_loss_ppm: calls expected a year, of the maximum.
        comes_back_ppm: part of a call that the originator is expected to pay back.
        own_funds_ppm: own funds that a yuan promised binds.
        return_ppm: return a year that shareholders ask.
        risk_free_ppm: what the funds earn meanwhile.
        cost_ppm: cost a year of looking at the deal and watching it, of the maximum.
        least_ppm: the least fee of its list.

    >>> fee_ppm(expected_loss_ppm=4_000, comes_back_ppm=500_000, own_funds_ppm=100_000, return_ppm=100_000,
    ...         risk_free_ppm=30_000, cost_ppm=3_000, least_ppm=5_000)  # 2,000 + 7,000 + 3,000
    12000
    """
    lost = expected_loss_ppm * (PPM - comes_back_ppm) // PPM
    bound = max(0, return_ppm - risk_free_ppm) * own_funds_ppm // PPM
    return max(least_ppm, lost + bound + cost_ppm)


def own_funds_ppm(*, multiple: int, called_ppm: int, comes_back_ppm: int) -> int:
    """Own funds that a yuan promised binds, ppm: 1 / multiple as the law has it for promises of all kinds, or what a
    year as bad as one in a thousand would cost of it, if that is more: calls x (1 - what comes back of them).

    >>> [own_funds_ppm(multiple=10, called_ppm=called, comes_back_ppm=500_000) for called in (100_000, 800_000)]
    [100000, 400000]
    """
    return max(PPM // multiple, called_ppm * (PPM - comes_back_ppm) // PPM)


def room_fen(
    *, net_assets_fen: int, multiple: int, of_one_ppm: int, promised_fen: int, of_originator_fen: int
) -> int:  # fmt: skip
    """How much more it can promise for an originator's deals: the smaller of what the multiple of its net assets leaves
    of all promises and its share for one originator of that; never negative.

    >>> room_fen(net_assets_fen=100, multiple=10, of_one_ppm=100_000, promised_fen=970, of_originator_fen=80)
    20
    """
    most = max(0, net_assets_fen) * multiple
    return max(0, min(most - promised_fen, most * of_one_ppm // PPM - of_originator_fen))
