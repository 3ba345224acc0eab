"""Shocks of a stress test: read from text, checked against the names of a day, turned into losses and failures.

    originator:ant_xiaowei=default     it fails; so may bank:, investor:, guarantor:, manager:, dealer:
    bank:large_1=-5%                   it loses 5 % of what it owns outside the network
    pool:huabei_2017_1=+300%pd         a year's defaults of a plan's loans are four times the last year's
    book:ant_xiaowei=+100%pd           the same of loans of a lender that are not in plans, joint ones included
    liquidity:investor:wealth_1=20%    it has to pay back 20 % of its callable money at once

A `*` in a name stands for any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from sim.errors import ScenarioError
from sim.scenario.messages import did_you_mean, listing
from sim.scenario.nodes import UnreadableError, parse
from sim.studies.stress_network import Network

Sort = Literal["default", "loss", "pd", "liquidity"]
_FORMS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("default", re.compile(r"(?P<target>[a-z]+:[^=]+)=default")),
    ("pd", re.compile(r"(?P<target>(pool|book):[^=]+)=\+(?P<size>\d+(\.\d+)?)%pd")),
    ("liquidity", re.compile(r"liquidity:(?P<target>[^=]+)=(?P<size>\d+(\.\d+)?)%")),
    ("loss", re.compile(r"(?P<target>[a-z]+:[^=]+)=-(?P<size>\d+(\.\d+)?)%")),
)
HOW = "write originator:NAME=default, NAME=-5%, pool:*=+300%pd, book:NAME=+100%pd, or liquidity:NAME=20%"


@dataclass(frozen=True)
class Shock:
    """One shock: what happens (`sort`), to which names (a pattern), and how strongly (a share; 3.0 is +300 %)."""

    sort: Sort
    target: str
    size: float = 1.0

    def scaled(self, by: float) -> Shock:
        """The same, so many times as strong; a failure has no strength, and nobody loses or pays more than all."""
        if self.sort == "default":
            return self
        return replace(self, size=self.size * by if self.sort == "pd" else min(1.0, self.size * by))

    def hit(self, network: Network) -> list[str]:
        """The institutions, pools or books it names.

        Raises:
            ScenarioError: there are none of that name; the message lists the valid ones.
        """
        names = valid_names(network, self.sort, self.target)
        found = [name for name in names if fnmatchcase(name, self.target)]
        if not found:
            told = (
                f"; this day has {listing(names)}"
                if names
                else "; nothing of that kind lives on this day, choose another"
            )
            raise ScenarioError(
                f"shock '{self.target}': unknown{did_you_mean(self.target, names)}{told}",
            )
        return found


def valid_names(network: Network, sort: Sort, target: str) -> list[str]:
    """What a shock of a sort can name on a day, sorted."""
    if sort != "pd":
        return [name for name in network.system.names if not name.startswith("spv:")]
    pools = target.startswith("pool:")
    owners = {
        f"pool:{owner.removeprefix('spv:')}" if owner.startswith("spv:") else f"book:{lender}"
        for owner, lender in network.loans
    }
    return sorted(name for name in owners if name.startswith("pool:") == pools)


def parse_shocks(texts: Sequence[str]) -> list[Shock]:
    """Shocks from texts; one that ends in `.yaml` is a file with a list of shocks, or a list under `shocks`.

    Raises:
        ScenarioError: a text is no shock, or a file cannot be read.
    """
    return [shock for text in texts for shock in (_from_file(text) if text.endswith(".yaml") else [_parsed(text)])]


def _parsed(text: str) -> Shock:
    for sort, form in _FORMS:
        found = form.fullmatch(text.strip())
        if found is not None:
            size = found.groupdict().get("size")
            share = 1.0 if size is None else float(size) / 100
            if sort != "pd" and share > 1.0:
                raise ScenarioError(f"shock '{text}': more than 100 % of it cannot be lost or called")
            return Shock(sort, found["target"], share)
    raise ScenarioError(f"shock '{text}': not understood; {HOW}")


def _from_file(name: str) -> Iterable[Shock]:
    path = Path(name)
    if not path.is_file():
        raise ScenarioError(f"{name}: no such file of shocks")
    try:
        tree, findings = parse(path.read_text(encoding="utf-8"), name)
    except (UnreadableError, UnicodeDecodeError) as error:
        raise ScenarioError(str(error)) from None
    if findings:
        raise ScenarioError("\n".join(str(finding) for finding in findings))
    plain = tree.plain() if tree is not None else None
    texts = plain.get("shocks") if isinstance(plain, dict) else plain
    if not isinstance(texts, list) or not texts:
        raise ScenarioError(f'{name}: a list of shocks is wanted, for example ["pool:*=+300%pd"]')
    return [_parsed(str(text)) for text in texts]
