"""The Makefile: what its verbs install is there to be installed."""

import re
from pathlib import Path

from perilune_rig.scenario.toml_file import read

ROOT = Path(__file__).resolve().parents[1]
OWN = {"report", "world", "stubs"}  # stamps with rules of their own


def test_every_extra_that_a_verb_installs_is_an_extra_of_the_project():
    """pip only warns of one that there is not: the browser's tests were skipped wherever make had set them up."""
    rule = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "$(STAMPS)/%:" in line)
    wanted = set(re.findall(r"\$\(STAMPS\)/(\w+)", rule)) - OWN
    assert "test" in wanted
    assert wanted <= set(read(ROOT / "pyproject.toml")["project"]["optional-dependencies"])
