"""What policies do at the market's own hour, the opening of the day: they are announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_accounts import STATE
from sim.agents.policy_board import subject, tell_policy
from sim.agents.state_payments import pay_fine, pay_subsidy
from sim.calendar import date_of
from sim.regulation.lending_policies import FineTerms

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket


def open_policies(market: SecuritizationMarket) -> None:
    """The policies of a day: those announced on it, fines that fall due, and what the state pays month by month."""
    announce_policies(market)
    today = date_of(market.day)
    for policy in market.given.policies.values():
        if isinstance(policy, FineTerms) and policy.since == today:
            pay_fine(market, policy)
    if today.day == 1:
        for spv in market.deals.values():
            pay_subsidy(spv)


def announce_policies(market: SecuritizationMarket) -> None:
    """Publish each policy whose day has come and that has not been published yet. One announced before the run began,
    or before a branch that adds it, is published on the first day there is."""
    today = date_of(market.day)
    for name, policy in market.given.policies.items():
        if policy.known(today) and market.heard(STATE, subject(name)) is None:
            tell_policy(market, name, policy)
