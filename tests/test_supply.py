"""What the project is built from is pinned: actions and images by digest, packages by hash, ranges by a bound."""

import re
from pathlib import Path

import pytest

tomllib = pytest.importorskip("tomllib")  # Python 3.11 on

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCK = (ROOT / ".ci/requirements.txt").read_text()
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def asked_for():
    wanted = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    for extra in PROJECT["project"]["optional-dependencies"].values():
        wanted += extra
    return [one for one in wanted if not one.startswith("perilune[")]


@pytest.mark.parametrize("requirement", asked_for())
def test_every_requirement_has_an_upper_bound(requirement):
    assert re.search(r"<\s*\d|==|~=", requirement.partition(";")[0]), requirement


def test_actions_are_pinned_by_commit_and_images_by_digest():
    for path in WORKFLOWS:
        for line in path.read_text().splitlines():
            used = re.search(r"\buses:\s*(\S+)", line)
            if used and not used.group(1).startswith("./"):
                assert re.fullmatch(r"\S+@[0-9a-f]{40}", used.group(1)), f"{path.name}: {line.strip()}"
            image = re.search(r"\b(?:container|image):\s*(\S+)", line)
            if image:
                assert re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", image.group(1)), (
                    f"{path.name}: {line.strip()}"
                )


def test_the_lock_names_every_package_by_version_and_hash():
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    for block in blocks:
        assert re.match(r"[a-z0-9-]+==[^ ]+", block) and "--hash=sha256:" in block, block[:60]
    locked = {re.match(r"[a-z0-9-]+", block).group() for block in blocks}
    extras = PROJECT["project"]["optional-dependencies"]
    installed = PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"]
    for extra in (
        re.search(r"^LOCKED_EXTRAS := (.*)$", (ROOT / "Makefile").read_text(), re.M).group(1).split()
    ):
        installed += extras[extra]
    names = {re.match(r"[A-Za-z0-9._-]+", one).group().lower().replace("_", "-") for one in installed}
    assert names - {"perilune"} <= locked
