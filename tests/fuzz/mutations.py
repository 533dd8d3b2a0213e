"""Inputs that were right once: files of the corpus, bent by Hypothesis. A find is kept by saving it in corpus/."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

CORPUS = Path(__file__).resolve().parent / "corpus"
EXAMPLES = int(os.environ.get("PERILUNE_FUZZ_EXAMPLES", "60"))  # `make fuzz` asks for more

fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 60,
    suppress_health_check=list(HealthCheck),
    database=None,
)


def corpus(suffix: str) -> list[bytes]:
    """The contents of all kept files of that kind."""
    found = [path.read_bytes() for path in sorted(CORPUS.glob(f"*{suffix}"))]
    assert found, f"no {suffix} in {CORPUS}"
    return found


@st.composite
def mutated(draw: st.DrawFn, suffix: str) -> bytes:
    """A file of the corpus after some cuts, flips, insertions and splices; or anything at all."""
    kept = corpus(suffix)
    data = draw(st.sampled_from(kept))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, len(data)))
        how = draw(st.sampled_from(("flip", "cut", "insert", "splice", "repeat")))
        if how == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]
        elif how == "cut":
            data = data[:at] + data[at + draw(st.integers(0, 40)) :]
        elif how == "insert":
            data = data[:at] + draw(st.binary(max_size=20)) + data[at:]
        elif how == "splice":
            other = draw(st.sampled_from(kept))
            data = data[:at] + other[draw(st.integers(0, len(other))) :]
        else:
            data = data[:at] + data[at : at + 30] * draw(st.integers(2, 40)) + data[at + 30 :]
    return data
