"""Every sign of the whole market over twenty seeds: most of an hour of one core, by hand or at night."""

from __future__ import annotations

from typing import Any

import pytest

from sim.studies.signs import paired_signs
from sim.studies.signs_market import SIGNS

pytestmark = pytest.mark.slow
FIRST_SEED = 101
"""The pairs were made while looking at lower ones."""


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, Any]]:
    return {row["sign"]: row for row in paired_signs(SIGNS, 20, FIRST_SEED, workers=None)}


@pytest.mark.parametrize("name", [sign.name for sign in SIGNS])
def test_a_sign_holds_over_twenty_seeds(rows: dict[str, dict[str, Any]], name: str) -> None:
    row = rows[name]
    assert row["holds"], f"{row['difference']} in [{row['low']}, {row['high']}], expected {row['expected']}"
