"""Boards behind terminals, ended after each test."""

from collections.abc import Callable, Iterator

import pytest

from tests.boards.kit import ScriptedBoard


@pytest.fixture
def scripted() -> Iterator[Callable[[Callable[[bytes], bytes]], ScriptedBoard]]:
    boards: list[ScriptedBoard] = []

    def make(answer: Callable[[bytes], bytes]) -> ScriptedBoard:
        boards.append(ScriptedBoard(answer))
        return boards[-1]

    yield make
    for board in boards:
        board.close()
