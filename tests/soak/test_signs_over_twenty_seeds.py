"""Every sign of the whole market over twenty seeds: hours of work, by hand or at night."""

from __future__ import annotations

import pytest

from sim.studies.signs import Sign, paired_signs
from sim.studies.signs_market import SIGNS


@pytest.mark.slow
@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.name)
def test_a_sign_holds_over_twenty_seeds(sign: Sign) -> None:
    (row,) = paired_signs([sign], seeds=20, workers=None)
    assert row["holds"], f"{row['difference']} in [{row['low']}, {row['high']}], expected {row['expected']}"
