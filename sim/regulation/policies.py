"""Every kind of policy a scenario may announce, as one union told apart by `policy`."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field

from sim.regulation.bank_policies import BankPolicy
from sim.regulation.issuance_policies import IssuancePolicy
from sim.regulation.lending_policies import LendingPolicy
from sim.regulation.rule_policies import RulePolicy

Policy: TypeAlias = Annotated[RulePolicy | BankPolicy | IssuancePolicy | LendingPolicy, Field(discriminator="policy")]


def first_announced(policies: Mapping[str, Policy]) -> datetime.date | None:
    """The earliest day on which a world with these policies can differ from one without them: the day the first is
    announced. None where there are none."""
    return min((policy.known_from for policy in policies.values()), default=None)
