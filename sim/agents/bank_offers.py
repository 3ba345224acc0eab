"""What banks decide on the first working day of a month: how much risk to take, how hard to monitor, and what to offer
each platform."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sim.agents import bank_prices as prices
from sim.agents import bank_risk
from sim.agents.bank_accounts import BUFFER_PPM, MILLION
from sim.agents.bank_credit import MEAN_RISK
from sim.agents.bank_sector import Sector, sector
from sim.agents.compliance import BANKING, under
from sim.agents.market_place import ASKS_ALONE, CALLS_LINES
from sim.agents.policy_board import hear_of_rules
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.ledger import Code, Kind
from sim.markets import bank_lending
from sim.regulation.rules import (
    OTHER_LOAN_WEIGHT_BP,
    RETAIL_LOAN_WEIGHT_BP,
    AllPartnersCap,
    BankPosition,
    SinglePartnerCap,
)
from sim.regulation.timeline import Grace

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.market_place import MarketPlace

PANEL = declare("bank panel", Clock.LIFE, Subject.INSTITUTION, "which platforms a bank knows well enough to lend to")


def plan_month(place: MarketPlace, banks: list[CommercialBank]) -> None:
    """Every bank's month, in the order of founding."""
    seen = sector(place)
    for bank in banks:
        bank_risk.decide(bank, seen)
        _shed(bank)
        _offer(bank, seen)


# -- below the minimum -----------------------------------------------------------------------------------------------


def _shed(bank: CommercialBank) -> None:
    """Below its minimum a bank stops offering, then wants to sell notes, and in the second month calls its lines: what
    is not drawn ends, what is drawn it takes back month by month until it has its capital again.

    A bank that grants no lines at all (`line_share_ppm` of nothing) rolls none over and calls lenders' lines likewise.
    """
    months, last = bank.memory["short_months"], bank.last
    missing = last["risk_weighted"] - last["capital"] * MILLION // bank.minimum_ppm
    bank.memory["for_sale_fen"] = min(last["tranches"], max(0, missing) * 5) if months >= 1 else 0
    if months >= 2:
        ledger = bank.place.ledger
        for row in np.flatnonzero(ledger.table.column("creditor") == ledger.party_number[bank.party]):
            key = ledger.table.keys[row]
            if key is not None and key.kind in (Kind.WAREHOUSE, Kind.LIQUIDITY) and ledger.undrawn(int(row)):
                ledger.commit(int(row), 0)
    _say_whether_it_calls(bank, calls=months >= 2 or not bank.balance.conduct.line_share_ppm)


def _say_whether_it_calls(bank: CommercialBank, *, calls: bool) -> None:
    """Lenders are told when a bank begins to take back what they drew, and when it ceases to."""
    if calls == bank.place.heard(bank.party, CALLS_LINES, default=False):
        return
    capital = int(bank.last["capital_ppm"])
    why = f"capital {capital} ppm" if bank.balance.conduct.line_share_ppm else "it grants lenders no lines"
    bank.place.tell(bank.party, CALLS_LINES, value=calls)
    bank.place.note_event(
        deal="", institution=bank.party, family="funding", event="lines_called" if calls else "lines_kept",
        detail=why, measured_ppm=capital, threshold_ppm=bank.minimum_ppm,
        effect="lenders repay what they drew, part by part",
    )  # fmt: skip


def offer_anew(bank: CommercialBank) -> None:
    """Offers within a month, for a bank whose capital has fallen short: new limits by what it carries now."""
    _offer(bank, sector(bank.place))


# -- offers to platforms ---------------------------------------------------------------------------------------------


def knows(bank: CommercialBank, platform: str) -> bool:
    """Whether a bank knows a platform well enough to lend to it or to buy its notes: an old partner, or by chance, for
    life."""
    if platform in bank.last["partners"]:
        return True
    return _panel_draw_ppm(bank.place.seed_number, bank.party, platform) < bank.balance.conduct.panel_ppm


@cache
def _panel_draw_ppm(seed_number: int, bank: str, platform: str) -> int:
    return words(seed_number, PANEL, 0, subject_number(bank), subject_number(platform))[0] * MILLION >> 32


def _offer(bank: CommercialBank, seen: Sector) -> None:
    room = 0
    if not bank.short_of_capital:
        room = bank_lending.capital_room_fen(
            capital_fen=bank.last["capital"], risk_weighted_fen=bank.last["risk_weighted"],
            wanted_ppm=bank.minimum_ppm + BUFFER_PPM, weight_bp=OTHER_LOAN_WEIGHT_BP,
        )  # fmt: skip
    for platform in bank.place.originators:
        known = knows(bank, platform)
        if platform != bank.name and (known or has_line(bank, platform)):
            _say(bank, f"line:{platform}", line_offer(bank, platform, seen, room))
        if platform != bank.name and known:
            joint = joint_offer(bank, platform, room)
            _say(bank, f"joint:{platform}", joint)
            asked: int | None = bank.place.heard(f"originator:{platform}", ASKS_ALONE, default=None)
            if asked is not None:
                _say(bank, f"alone:{platform}", alone_offer(bank, platform, joint, bank.place.day - asked))


def _say(bank: CommercialBank, subject: str, offer: dict[str, int]) -> None:
    """Tell an offer that differs from the last one; the first is told even of nothing: silence would mean no limit."""
    if offer["limit_fen"] == 0:
        offer = {"limit_fen": 0, "rate_ppm": 0}
    if offer != bank.memory["offered"].get(subject):
        bank.place.tell(bank.party, subject, dict(offer))
        bank.memory["offered"][subject] = offer


def line_offer(bank: CommercialBank, platform: str, seen: Sector, room_fen: int) -> dict[str, int]:
    """Limit and rate of a line to a platform: by its net assets and debts as it shows them to a bank that knows it, or
    by what a stranger can look up; by whether it failed, and by how much of the capital it means to keep the bank
    has."""
    conduct, place, party = bank.balance.conduct, bank.place, f"originator:{platform}"
    known = knows(bank, platform)
    equity, debt = accounts_shown(place, seen, platform) if known else accounts_looked_up(place, seen, platform)
    if place.heard(party, "failed", default=False):
        room_fen = 0
    limit = bank_lending.line_limit_fen(
        tier1_fen=bank.last["tier1"], share_ppm=conduct.line_share_ppm,
        appetite_ppm=bank.memory["risk_ppm"] * bank.slack_ppm(int(bank.last["capital_ppm"])) // MEAN_RISK,
        capital_room_fen=room_fen,
        borrower_equity_fen=equity, leverage_ppm=round(conduct.line_leverage * MILLION),
    )  # fmt: skip
    rate = bank_lending.line_rate_ppm(
        cost_ppm=prices.marginal_cost_ppm(bank, OTHER_LOAN_WEIGHT_BP), leverage_spread_ppm=conduct.leverage_spread_ppm,
        spread_ppm=conduct.line_spread_ppm + (0 if known else conduct.stranger_spread_ppm),
        debt_fen=debt, equity_fen=equity,
    )  # fmt: skip
    return {"limit_fen": limit, "rate_ppm": rate}


def has_line(bank: CommercialBank, platform: str) -> bool:
    """Whether a contract makes it a lender of a platform at arm's length."""
    terms = bank.place.originators[platform].terms
    return terms.kind != "bank_arm" and any(
        debt.kind == "warehouse" and debt.lender == bank.party for debt in terms.debts.values()
    )


def accounts_shown(place: MarketPlace, seen: Sector, platform: str) -> tuple[int, int]:
    """(net assets, debts) of a platform as it shows them to banks that know it, fen."""
    party = f"originator:{platform}"
    return place.ledger.equity(party), seen.debt_fen[party]


def accounts_looked_up(place: MarketPlace, seen: Sector, platform: str) -> tuple[int, int]:
    """(net assets, debts) of a platform as far as a stranger knows them, fen: paid-in capital of the register of
    companies, debts that the credit register shows, and no less than the mean of all lenders on that capital, since
    what has been lost of it stands in no register."""
    originator = place.originators[platform]
    paid_in = originator.terms.equity_fen + place.ledger.income(originator.party).get(Code.ISSUE, 0)
    usual = paid_in * seen.leverage_ppm // MILLION
    return paid_in, max(seen.debt_fen[originator.party], usual)


def joint_offer(bank: CommercialBank, platform: str, room_fen: int) -> dict[str, int]:
    """Quota of joint loans with a platform, and the rate it asks to keep of what they earn: by appetite, capital, rules
    in force and its own experience. No quota where the loans earn less than it asks."""
    conduct, last, place = bank.balance.conduct, bank.last, bank.place
    held = last["partners"].get(platform, 0)
    single, every = partner_caps(bank)
    loss = prices.experienced_loss_ppm(bank, platform)
    asked = prices.joint_rate_ppm(bank, RETAIL_LOAN_WEIGHT_BP, loss)
    if told_price_ppm(place, platform) < asked:
        return {"limit_fen": 0, "rate_ppm": 0}
    ended = place.heard(f"originator:{platform}", "failed", default=False)
    if ended or under(place, BANKING, bank.party, "joint lending"):
        room_fen, held = 0, 0
    limit = bank_lending.joint_limit_fen(
        appetite_fen=prices.joint_appetite_fen(bank),
        capital_room_fen=room_fen * OTHER_LOAN_WEIGHT_BP // RETAIL_LOAN_WEIGHT_BP,
        held_fen=held, others_fen=sum(last["partners"].values()) - held, loss_ppm=loss,
        expected_loss_ppm=conduct.joint_default_ppm, single_cap_fen=single, all_cap_fen=every,
        slack_ppm=bank.slack_ppm(int(last["capital_ppm"])),
    )  # fmt: skip
    return {"limit_fen": limit, "rate_ppm": asked}


def told_price_ppm(place: MarketPlace, platform: str) -> int:
    """What a platform's loans earn a year, as it last said; of one that has said nothing yet, enough for anybody."""
    price: int = place.heard(f"originator:{platform}", "price", {"ppm": MILLION})["ppm"]
    return price


def alone_offer(bank: CommercialBank, platform: str, joint: dict[str, int], days: int) -> dict[str, int]:
    """Quota and rate of loans it makes alone where a platform finds, scores and collects them: it must judge each too.

    Nothing where they earn less than the rate it asks.
    """
    conduct = bank.balance.conduct
    rate = joint["rate_ppm"] + conduct.alone_cost_ppm
    if told_price_ppm(bank.place, platform) < rate:
        return {"limit_fen": 0, "rate_ppm": 0}
    limit = bank_lending.alone_limit_fen(
        joint_limit_fen=joint["limit_fen"], share_ppm=conduct.alone_share_ppm, days=days,
        ready_days=conduct.alone_ready_days,
    )  # fmt: skip
    return {"limit_fen": limit, "rate_ppm": rate}


def partner_caps(bank: CommercialBank) -> tuple[int | None, int | None]:
    """The rules' caps on one partner and on all of them, fen; None where no rule is in force."""
    place, measured = bank.place, _partners_measured(bank)
    starts = hear_of_rules(place, bank.memory, "bank", bank.party, lambda: measured)
    single: int | None = None
    every: int | None = None
    for rule, limit in place.rulebook.planned(place.day, "bank", measured, bank.party, Grace(starts)):
        if isinstance(rule, SinglePartnerCap):
            single = limit if single is None else min(single, limit)
        elif isinstance(rule, AllPartnersCap):
            every = limit if every is None else min(every, limit)
    return single, every


def _partners_measured(bank: CommercialBank) -> BankPosition:
    last, partners = bank.last, bank.last["partners"].values()
    return BankPosition(
        tier1_fen=last["tier1"], loans_fen=last["loans"], partners_fen=sum(partners),
        largest_partner_fen=max(partners, default=0),
    )  # fmt: skip
