"""What policies and shocks do at the market's own hour, the opening of the day: they are announced, they strike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_accounts import STATE
from sim.agents.policy_board import subject, tell_policy
from sim.agents.shock_terms import OnceTerms
from sim.agents.shocks import strike
from sim.agents.state_payments import pay_fine, pay_subsidy
from sim.calendar import date_of
from sim.regulation.lending_policies import FineTerms

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket


def open_policies(market: SecuritizationMarket) -> None:
    """The policies of a day: those announced on it, fines that fall due, what the state pays month by month; and the
    shocks of the day, in the order of their names."""
    announce_policies(market)
    today = date_of(market.day)
    for policy in market.given.policies.values():
        if isinstance(policy, FineTerms) and policy.since == today:
            pay_fine(market, policy)
    for _, shock in sorted(market.given.shocks.items()):
        if isinstance(shock, OnceTerms) and shock.strikes(today):
            strike(shock, market)
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
