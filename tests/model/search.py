"""Explicit-state search: every state that can be reached, breadth first, with the shortest way to each."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

S = TypeVar("S", bound=Hashable)
Step = tuple[str, S]  # what was done, and where it led


class Broken(AssertionError):
    """A property does not hold; the message is the shortest way there."""


@dataclass
class Explored(Generic[S]):
    """The graph of what was reached."""

    came: dict[S, tuple[S | None, str]] = field(default_factory=dict)
    follows: dict[S, list[S]] = field(default_factory=dict)

    def way(self, state: S) -> str:
        """The actions that lead to a state."""
        words: list[str] = []
        here: S | None = state
        while here is not None:
            here, word = self.came[here]
            words.append(word)
        return " > ".join(reversed(words))

    def never_reaching(self, goal: Callable[[S], bool]) -> list[S]:
        """States from which no goal can be reached any more."""
        before: dict[S, list[S]] = {}
        for state, nexts in self.follows.items():
            for after in nexts:
                before.setdefault(after, []).append(state)
        waiting = deque(state for state in self.came if goal(state))
        good = set(waiting)
        while waiting:
            for state in before.get(waiting.popleft(), []):
                if state not in good:
                    good.add(state)
                    waiting.append(state)
        return [state for state in self.came if state not in good]


def explore(
    start: S, steps: Callable[[S], Iterable[Step]], holds: Callable[[S], str | None], limit: int = 200_000
) -> Explored[S]:
    """All states reachable from `start`. Broken at the first for which `holds` names what is wrong."""
    found = Explored[S]()
    found.came[start] = (None, "start")
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        wrong = holds(state)
        if wrong:
            raise Broken(f"{wrong}: {found.way(state)}")
        found.follows[state] = []
        for word, after in steps(state):
            found.follows[state].append(after)
            if after not in found.came:
                found.came[after] = (state, word)
                waiting.append(after)
        assert len(found.came) < limit, "the model is not finite enough"
    return found
