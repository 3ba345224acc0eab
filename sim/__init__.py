"""A discrete-event, agent-based simulation of the securitization market."""

__version__ = "0.1.0"
