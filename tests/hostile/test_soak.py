"""The codec soak, in small; `make soak` runs ten million frames."""

import pytest

from perilune_rig.hostile import soak as module
from perilune_rig.hostile.soak import main, soak
from perilune_rig.rungs import RUNGS

if RUNGS["vm"].available():
    pytest.skip("rung vm is not available", allow_module_level=True)


def test_nothing_damaged_is_accepted_nothing_good_is_lost_and_no_memory_grows():
    counts = soak(6_000)
    assert counts.sound, counts
    assert counts.damaged > 2000 < counts.whole
    assert counts.refused_by_board > 800 < counts.refused_by_host
    assert soak(900) == soak(900)


def test_a_codec_without_its_crc_is_found(monkeypatch: pytest.MonkeyPatch):
    blind = module._MIRROR + "import perilune.wire.frame as f\nf._RESIDUE = None\n"
    blind = blind.replace(
        "length = unframe(inbuf, n)", "length = n - 5 if decode(inbuf, n) and n > 5 else -1"
    )
    blind = blind.replace("frame, unframe", "frame, unframe, decode")
    monkeypatch.setattr(module, "_MIRROR", blind)
    counts = soak(3000)
    assert counts.accepted > 0
    assert not counts.sound


def test_memory_that_grows_is_found(monkeypatch: pytest.MonkeyPatch):
    leaky = module._MIRROR.replace(
        "    length = unframe", "    if n & 1:\n        kept.append([n])\n    length = unframe"
    )
    monkeypatch.setattr(module, "_MIRROR", "kept = []\n" + leaky)
    assert soak(5000).board_growth_bytes > module._FLAT_BYTES


def test_the_command_says_what_it_counted(capsys):
    assert main(["--frames", "400"]) == 0
    said = capsys.readouterr().out
    assert "accepted             0" in said
    assert said.endswith("sound\n")
    assert main(["--frames", "1"]) == 3
