"""Public deposits that move between banks once a month: toward each bank's share, by chance, and away from doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.bank_accounts import DEPOSITORS, MILLION
from sim.agents.bank_credit import standard_normal_milli
from sim.agents.market_place import HOUSEHOLDS
from sim.calendar import month_index
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.ledger import Code, largest_remainder

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.market_place import MarketPlace

DEPOSIT_SHOCK = declare("bank deposit shock", Clock.MONTH, Subject.INSTITUTION, "deposits that come to or leave a bank")


def move_deposits(place: MarketPlace, memory: dict[str, Any]) -> None:
    """What households' purse gained or lost to lending returns as deposits of all banks, by size; then the public
    moves some of its deposits between banks."""
    banks = [bank for bank in place.commercial_banks() if bank.works]
    _level_purse(place, memory, banks)
    held = [place.ledger.cash(bank.account(DEPOSITORS)) for bank in banks]
    changes = flows_fen(
        held,
        [bank.memory["size_fen"] for bank in banks],
        [_shock_ppm(place, bank) for bank in banks],
        [bank.balance.conduct.run_ppm if _doubted(place, bank) else 0 for bank in banks],
        banks[0].balance.conduct.deposit_mobility_ppm if banks else 0,
    )
    _settle(place, banks, changes)


def run_on(place: MarketPlace, bank: CommercialBank, share_ppm: int) -> int:
    """The public takes a share of its deposits from one bank to all others, by size; returns fen that left."""
    banks = [other for other in place.commercial_banks() if other.works]
    leaving = place.ledger.cash(bank.account(DEPOSITORS)) * share_ppm // MILLION
    sizes = [0 if other is bank else max(1, int(other.memory["size_fen"])) for other in banks]
    if not sum(sizes):
        return 0
    gains = largest_remainder(leaving, sizes)
    _settle(place, banks, [-leaving if other is bank else fen for other, fen in zip(banks, gains, strict=True)])
    return leaving


def flows_fen(
    held: list[int], sizes: list[int], shocks_ppm: list[int], run_ppm: list[int], mobility_ppm: int
) -> list[int]:
    """Net inflow of each bank, adding to 0: mobility x (size share of all deposits - own) + shock x own - run x own,
    less what is needed to balance, in proportion to deposits; no bank loses more than it has."""
    total, size = sum(held), max(1, sum(sizes))
    raw = [
        (total * s // size - h) * mobility_ppm // MILLION + h * (shock - run) // MILLION
        for h, s, shock, run in zip(held, sizes, shocks_ppm, run_ppm, strict=True)
    ]
    excess = sum(raw)
    back = largest_remainder(abs(excess), held) if total else [0] * len(held)
    sign = 1 if excess > 0 else -1
    return [max(-h, r - sign * b) for r, b, h in zip(raw, back, held, strict=True)]


def _settle(place: MarketPlace, banks: list[CommercialBank], changes: list[int]) -> None:
    """Pay from banks that lose deposits to banks that gain them, both in the order of founding. A bank that cannot
    raise the reserves borrows at the emergency window on its way out, so the public always gets its money."""
    gaining = [(bank, fen) for bank, fen in zip(banks, changes, strict=True) if fen > 0]
    for bank, fen in zip(banks, changes, strict=True):
        leaving = -fen
        if leaving > 0:
            bank.make_liquid(leaving)
        while leaving > 0 and gaining:
            other, room = gaining.pop(0)
            part = min(leaving, room)
            place.ledger.pay(bank.account(DEPOSITORS), other.account(DEPOSITORS), part, Code.TRANSFER)
            leaving -= part
            if room > part:
                gaining.insert(0, (other, room - part))


def _level_purse(place: MarketPlace, memory: dict[str, Any], banks: list[CommercialBank]) -> None:
    ledger = place.ledger
    purse = ledger.cash(HOUSEHOLDS)
    if memory["purse_fen"] < 0:
        memory["purse_fen"] = purse
    change = purse - memory["purse_fen"]
    weights = [ledger.cash(bank.account(DEPOSITORS)) for bank in banks]
    if not sum(weights):
        return
    for bank, part in zip(banks, largest_remainder(min(abs(change), sum(weights)), weights), strict=True):
        if change > 0:
            ledger.pay(HOUSEHOLDS, bank.account(DEPOSITORS), part, Code.GIFT)
        else:
            ledger.pay(bank.account(DEPOSITORS), HOUSEHOLDS, part, Code.GIFT)


def _shock_ppm(place: MarketPlace, bank: CommercialBank) -> int:
    drawn = words(place.seed_number, DEPOSIT_SHOCK, month_index(place.day), subject_number(bank.party))
    return standard_normal_milli(drawn) * bank.balance.conduct.deposit_shock_ppm // 1000


def _doubted(place: MarketPlace, bank: CommercialBank) -> bool:
    """Whether the public has heard a capital ratio below the minimum; a bridge has the state behind it."""
    if bank.bridge:
        return False
    told = place.heard(bank.party, "capital")
    return told is not None and told < bank.minimum_ppm
