"""The health word: each bit by itself."""

from types import SimpleNamespace as Part

import pytest

from perilune.flight import health

TICK = 10_000
OLD = TICK - 25


def parts(**changes):
    """Everything bad, with changes by name."""
    nav = Part(
        inertial=Part(a=Part(good=False, samples=100), b=Part(good=False, samples=101)),
        attitude=Part(corrected=OLD, known=False),
        lrf=Part(used_tick=OLD),
        radar=Part(used_tick=OLD),
        doppler=Part(used_tick=OLD),
    )
    all_parts = {"nav": nav, "touchdown": Part(armed=False), "guidance": Part(stopping=False)}
    for path, value in changes.items():
        *where, name = path.split("__")
        part = Part(**all_parts)
        for step in where:
            part = getattr(part, step)
        setattr(part, name, value)
    return all_parts["nav"], all_parts["touchdown"], all_parts["guidance"], TICK


def test_nothing_good_is_zero():
    assert health.word(*parts()) == 0


@pytest.mark.parametrize(
    ("changes", "bits"),
    [
        ({"nav__inertial__a__good": True}, 0x01),
        ({"nav__inertial__b__good": True}, 0x02),
        ({"nav__attitude__corrected": OLD + 1}, 0x04),
        ({"nav__lrf__used_tick": OLD + 1}, 0x08),
        ({"nav__radar__used_tick": OLD + 1}, 0x10),
        ({"nav__doppler__used_tick": OLD + 1}, 0x20),
        ({"nav__attitude__known": True}, 0x40),
        ({"nav__inertial__a__samples": 101}, 0x80),
        ({"nav__inertial__a__samples": 101, "nav__inertial__b__samples": 100}, 0),
        ({"touchdown__armed": True}, 0x100),
        ({"guidance__stopping": True}, 0x200),
        ({"nav__inertial__a__good": True, "nav__inertial__b__good": True, "touchdown__armed": True}, 0x103),
    ],
)
def test_each_bit(changes, bits):
    assert health.word(*parts(**changes)) == bits
