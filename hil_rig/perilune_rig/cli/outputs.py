"""Several outputs of one result, each by itself: what cannot be written costs no other."""

from collections.abc import Iterator
from contextlib import contextmanager

from perilune_host.errors import PeriluneError, RigError


class Outputs:
    """`with outputs.one(): ...` for each; then `check`, which raises what went wrong."""

    def __init__(self) -> None:
        self._failed: list[PeriluneError] = []

    @contextmanager
    def one(self) -> Iterator[None]:
        """Keep an error for later. A reader of a pipe that has gone is none: it is left to the command line."""
        try:
            yield
        except PeriluneError as error:
            self._failed.append(error)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._failed.append(RigError(f"the output cannot be written: {error.strerror or error}"))

    def check(self) -> None:
        """Raise the first error, with the words of all."""
        if self._failed:
            raise type(self._failed[0])("; ".join(dict.fromkeys(map(str, self._failed))))
