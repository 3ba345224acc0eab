"""The notice board: nothing is heard in the hour it is said, and a checkpoint keeps every notice."""

from __future__ import annotations

import json

from sim.agents.board import KEPT, NoticeBoard


def test_a_notice_is_heard_from_the_next_hour_on() -> None:
    board = NoticeBoard()
    board.tell(100, "bank:a", "line", 7)
    assert board.heard(100, "bank:a", "line") is None
    assert board.heard(101, "bank:a", "line") == 7


def test_the_last_word_before_the_hour_counts() -> None:
    board = NoticeBoard()
    board.tell(100, "bank:a", "line", 7)
    board.tell(124, "bank:a", "line", 9)
    assert [board.heard(now, "bank:a", "line") for now in (110, 124, 125)] == [7, 7, 9]
    assert board.all_heard(124, "line") == {"bank:a": 7}
    assert board.heard(999, "bank:b", "line", 3) == 3


def test_a_checkpoint_keeps_the_board_and_old_notices_go() -> None:
    board, other = NoticeBoard(), NoticeBoard()
    for k in range(2 * KEPT):
        board.tell(k, "originator:x", "need", {"fen": k})
    other.restore(json.loads(json.dumps(board.state())))
    assert other.state() == board.state()
    assert other.heard(2 * KEPT, "originator:x", "need") == {"fen": 2 * KEPT - 1}
    board.withdraw("need")
    assert board.heard(999, "originator:x", "need") is None
