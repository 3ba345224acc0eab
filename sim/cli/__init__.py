"""The `sim` command."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `sim` command; heavy packages load only inside the commands that need them."""
    from sim.cli.commands import app

    app(prog_name="sim")
