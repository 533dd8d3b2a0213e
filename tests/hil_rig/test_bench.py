"""What speeds are measured in: a loop that no build changes, and a peer's."""

from perilune_rig.bench import peers, reference
from perilune_sim.world.native import lib


def test_the_reference_loop_always_does_the_same_work():
    assert lib.pl_reference(1000) == 204.62561912967442
    assert reference._in_python(1000) == reference._in_python(1000)
    assert reference.cpu_s() > 0.0


def test_without_basilisk_the_comparison_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setitem(__import__("sys").modules, "Basilisk.architecture", None)
    assert peers.main(["--rounds", "1"]) == 3
    assert "pip install 'perilune[validate]'" in capsys.readouterr().err
