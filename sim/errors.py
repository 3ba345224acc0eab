"""The errors a user can meet, one class for each exit code of the command line."""

from __future__ import annotations


class SimError(Exception):
    """Base of every error this package raises on purpose."""

    exit_code = 1


class InvariantError(SimError):
    """An identity of the model failed: the run stops, since its figures can no longer be trusted (exit code 1)."""


class ScenarioError(SimError):
    """The input is wrong; the message lists every fault found, one per line (exit code 2)."""

    exit_code = 2


class StoppedError(SimError):
    """The run stopped on a condition of its surroundings, such as a full disk, and can be resumed (exit code 3)."""

    exit_code = 3
