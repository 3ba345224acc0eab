"""Draws are a function of (seed, decision, when, who) and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from sim.credit import accounts, loan_book, population, seasoning  # noqa: F401  (they declare their decisions)
from sim.draws import REGISTRY, WORD, Clock, Subject, declare, key_of, philox, threshold, words


def _philox(key: list[int], counter: list[int]) -> list[str]:
    return [f"{int(word):08x}" for word in philox(*(np.uint32(v) for v in (*key, *counter)))]


def test_published_known_answers() -> None:
    ones = WORD - 1
    assert _philox([0, 0], [0, 0, 0, 0]) == ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]
    assert _philox([ones, ones], [ones] * 4) == ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    assert _philox([0xA4093822, 0x299F31D0], pi) == ["d16cfe09", "94fdcceb", "5001e420", "24126ea1"]


def test_a_second_decision_of_one_name_is_refused() -> None:
    declare("a decision of this test", Clock.DAY, Subject.DEAL, "nothing")
    with pytest.raises(ValueError, match="declared twice"):
        declare("a decision of this test", Clock.MONTH, Subject.LOAN, "nothing")


def test_every_decision_says_its_clock_and_subject() -> None:
    assert {"pay", "purchase", "household traits", "recovery"} <= set(REGISTRY)
    pay = REGISTRY["pay"]
    assert (pay.clock, pay.subject) == (Clock.MONTH, Subject.HOUSEHOLD)
    assert len({key_of(1, decision) for decision in REGISTRY.values()}) == len(REGISTRY)


def test_keys_follow_seed_and_name_for_ever() -> None:
    # A changed hash would silently change every result of every run ever published.
    assert key_of(1, REGISTRY["pay"]) == (4198786140, 128648325)
    assert key_of(2, REGISTRY["pay"]) != key_of(1, REGISTRY["pay"])


def test_words_depend_on_their_address_only() -> None:
    pay = REGISTRY["pay"]
    assert words(5, pay, 84, 17) == words(5, pay, 84, 17)
    assert len({words(5, pay, when, who) for when in range(20) for who in range(20)}) == 400


def test_thresholds_reach_both_ends() -> None:
    assert threshold(0) == 0
    assert threshold(1_000_000) == WORD
    assert threshold(500_000) == WORD // 2
    assert threshold(-5) == 0
    assert threshold(2_000_000) == WORD
