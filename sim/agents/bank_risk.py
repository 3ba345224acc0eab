"""How much risk a bank takes and how hard it monitors, chosen on the first working day of a month.

The rule is one for all (`markets.bank_choice`); what differs is the bank: its size, its clientele, how its liquid means
stand to what may leave, what its owners could lose, its joint loans, and what it sold, holds and would get back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.agents import bank_prices
from sim.agents.bank_accounts import MILLION
from sim.agents.bank_month import YEAR
from sim.agents.investor_trades import held_notes
from sim.agents.market_place import BOUND
from sim.agents.note_views import life_days
from sim.agents.spv_life import current_rating
from sim.ledger import Kind
from sim.markets import bank_standing as standing
from sim.markets.bank_choice import Choice, Circumstances, choose
from sim.markets.own_view import rated_default_ppm
from sim.markets.scale import unit_cost

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.bank_sector import Sector
    from sim.agents.bank_terms import BankBalanceTerms


@dataclass(frozen=True)
class Own:
    """What a bank knows of itself and of the economy as it chooses; ppm.

    `spare_ppm`: liquid means beyond what may leave in a month less all banks' at the start, of assets. `stake_ppm`:
    what its owners would lose, of assets. `joint_ppm`: joint loans, of all loans. `joint_loss_ppm`: yearly loss it has
    seen on them.
    """

    securitised_ppm: int = 0
    comes_back_ppm: int = 0
    stress_milli: int = 0
    spare_ppm: int = 0
    stake_ppm: int = 0
    joint_ppm: int = 0
    joint_loss_ppm: int = 0


def circumstances(terms: BankBalanceTerms, own: Own) -> Circumstances:
    """What the choice depends on: the conduct of all banks, as this one's books and place in the market make it."""
    conduct, clientele = terms.conduct, terms.clientele_ppm / MILLION
    given, joint = conduct.loss_given_default, own.joint_ppm / MILLION
    # Those whose borrowers default more often are paid for it, so margins are alike; the loss to be avoided is not.
    default = conduct.risky_default * clientele
    rate = conduct.risky_rate + (default - conduct.risky_default) * given
    joint_loss = own.joint_loss_ppm / MILLION
    return Circumstances(
        rate=standing.blended(rate, joint_loss + conduct.joint_margin_ppm / MILLION, joint),
        default=min(1.0, standing.blended(default, joint_loss / given if given else 0.0, joint)),
        loss_given_default=given, monitoring_effect=conduct.monitoring_effect,
        monitoring_cost=unit_cost(
            conduct.monitoring_cost, terms.system_share_ppm / conduct.usual_share_ppm, conduct.monitoring_scale
        ),
        illiquidity_cost=conduct.illiquidity_cost, illiquidity=conduct.illiquidity,
        liquid_means=max(0.0, conduct.liquid_means + own.spare_ppm / MILLION),
        liquidity_of_sales=conduct.liquidity_of_sales, securitised=own.securitised_ppm / MILLION,
        comes_back=own.comes_back_ppm / MILLION, state=1 + conduct.state_per_stress * max(0, own.stress_milli) / 1000,
        failure=conduct.failure_chance, stake=own.stake_ppm / MILLION,
    )  # fmt: skip


def decide(bank: CommercialBank, seen: Sector) -> Choice:
    """Choose risk share and monitoring from what the bank sold or holds as notes, what may come back, and the state."""
    own, memory = look_at(bank, seen), bank.memory
    facts = circumstances(bank.balance, own)
    choice = choose(facts)
    memory["securitised_ppm"], memory["comes_back_ppm"] = own.securitised_ppm, own.comes_back_ppm
    memory["stake_ppm"], memory["state_ppm"] = own.stake_ppm, round(facts.state * MILLION)
    memory["risk_ppm"], memory["monitoring_ppm"] = choice.risk_ppm, choice.monitoring_ppm
    return choice


def look_at(bank: CommercialBank, seen: Sector) -> Own:
    """A bank's own figures at the start of a month: those of its last closing, and what it has been told since."""
    last, loans = bank.last, max(1, int(bank.last["loans"]))
    sold, held, joint = seen.sold_fen.get(bank.party, 0), int(last["tranches"]), sum(last["partners"].values())
    lost = sum(fen * bank_prices.experienced_loss_ppm(bank, platform) for platform, fen in last["partners"].items())
    return Own(
        securitised_ppm=(sold + held) * MILLION // max(1, sold + held + loans),
        comes_back_ppm=standing.comes_back_ppm(
            sold_fen=sold, bound_ppm=_bound_ppm(bank, sold), supported_ppm=seen.supported_ppm, held_fen=held,
            reached_ppm=_reached_ppm(bank),
        ),
        stress_milli=bank.place.stress_milli, spare_ppm=_spare_ppm(bank), stake_ppm=_stake_ppm(bank),
        joint_ppm=min(MILLION, joint * MILLION // loans), joint_loss_ppm=lost // max(1, joint),
    )  # fmt: skip


def _spare_ppm(bank: CommercialBank) -> int:
    """By how much its liquid means beyond what may leave exceed all banks' at the start, of assets. What came in since,
    sales among it, is not counted here: l1 x sigma counts what sales bring, once."""
    memory = bank.memory
    return min(int(memory["spare_ppm"]), int(memory["opening_spare_ppm"])) - int(memory["usual_spare_ppm"])


def _stake_ppm(bank: CommercialBank) -> int:
    """What its owners could lose, by its equity and the profit of its last twelve months; in its first year the months
    it has not lived count as earning what owners ask."""
    earned: list[int] = bank.memory["profits"]
    equity, asked = int(bank.memory["equity_fen"]), bank_prices.EQUITY_RETURN_PPM
    usual = equity * asked // MILLION * (YEAR - len(earned)) // YEAR
    return standing.owners_stake_ppm(
        equity_fen=equity, profit_fen=sum(earned) + usual, assets_fen=int(bank.last["assets"]), asked_ppm=asked
    )


def _bound_ppm(bank: CommercialBank, sold_fen: int) -> int:
    """What its arms are bound to bear of the losses of what they sold, by their last word, and facilities drawn by
    plans that hold their loans, over its part of what they sold."""
    if not sold_fen:
        return 0
    place, ledger = bank.place, bank.place.ledger
    arms = [arm for arm in place.originators.values() if bank.party in arm.terms.parents]
    told: list[dict[str, int]] = [said for arm in arms if (said := place.heard(arm.party, BOUND))]
    kept = sum(said["sold_fen"] * said["bound_ppm"] for said in told) // max(1, sum(said["sold_fen"] for said in told))
    drawn = sum(
        ledger.nominal(ledger.claim(Kind.LIQUIDITY, bank.party, spv.party, deal=spv.name))
        for spv in place.deals.values()
        if bank.party in spv.originator.terms.parents and spv.party in ledger.party_number
    )
    return min(MILLION, kept + drawn * MILLION // sold_fen)


def _reached_ppm(bank: CommercialBank) -> int:
    """The part of a pool's loss that reaches the notes it holds: the chance of default their letters stand for, over
    that of loans held outright."""
    place, usual = bank.place, max(1, round(bank.balance.conduct.risky_default * MILLION))
    rated = held_notes(place, bank.party)
    held, known = place.ledger.notes_fen(bank.party), sum(note.nominal_fen for note in rated)
    reached = (held - known) * MILLION  # first losses
    for note in rated:
        letter, life = current_rating(note.spv, note.tranche), life_days(note.spv, note.tranche)
        reached += note.nominal_fen * min(MILLION, rated_default_ppm(letter, life) * MILLION // usual)
    return reached // max(1, held)
