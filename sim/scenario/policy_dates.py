"""What the dates of policies mean for a run that begins after them or ends before them."""

from __future__ import annotations

from sim.scenario.schema import Scenario


def policies_outside(scenario: Scenario) -> list[str]:
    """What it means that a policy is dated before the start or after the end of the run, one line for each such."""
    told = []
    for name, policy in scenario.policies.items():
        if policy.until is not None and policy.until < scenario.start:
            told.append(f"policy {name} ended on {policy.until}, before the start: it is never felt")
        elif policy.known_from > scenario.end:
            told.append(f"policy {name} is announced on {policy.known_from}, after the end: it is never felt")
        elif policy.since > scenario.end:
            told.append(
                f"policy {name} takes effect on {policy.since}, after the end: only its announcement on "
                f"{policy.known_from} is felt"
            )
        elif policy.binding_from < scenario.start:
            told.append(
                f"policy {name} takes effect before the start: it is in force throughout, and nobody is seen to adjust"
            )
        elif policy.known_from < scenario.start:
            told.append(f"policy {name} was announced before the start: it is heard of on {scenario.start}")
    return told
