"""Commands are due at their moment, once, whatever the pace at which the timeline is asked."""

from perilune_rig.scenario.model import Command, Trigger
from perilune_rig.scenario.timeline import Timeline


def flown(timeline: Timeline, states, every: int = 1) -> list[tuple[int, str]]:
    """(tick, command) of all that became due over (tick, height, mode) states."""
    return [(state[0], command.command) for state in states[::every] for command in timeline.due(*state)]


def descent(mode_at=lambda tick: "braking"):
    """1000 ticks from 1000 m at 1 m a tick."""
    return [(tick, 1000.0 - tick, mode_at(tick)) for tick in range(1000)]


def test_by_time():
    timeline = Timeline([Command(command="arm", when=Trigger(time_s=5.0))])
    assert flown(timeline, descent()) == [(250, "arm")]
    assert timeline.empty


def test_by_height_with_a_delay():
    timeline = Timeline([Command(command="wave_off", when=Trigger(altitude_m=800.0, delay_s=2.0))])
    assert flown(timeline, descent()) == [(300, "wave_off")]


def test_by_mode_even_if_the_mode_has_passed_before_the_delay_has():
    timeline = Timeline([Command(command="release_payload", when=Trigger(mode="armed", delay_s=1.0))])
    modes = lambda tick: "armed" if 100 <= tick < 110 else "coast"  # noqa: E731
    assert flown(timeline, descent(modes)) == [(150, "release_payload")]


def test_asked_at_10_hz_nothing_is_lost():
    timeline = Timeline([Command(command="arm", when=Trigger(time_s=5.02))])
    assert flown(timeline, descent(), every=5) == [(255, "arm")]


def test_several_at_once_keep_the_order_of_the_file():
    names = ("release_payload", "arm")
    timeline = Timeline([Command(command=name, when=Trigger(time_s=1.0)) for name in names])
    assert flown(timeline, descent()) == [(50, "release_payload"), (50, "arm")]


def test_what_never_happens_stays_waiting():
    timeline = Timeline([Command(command="arm", when=Trigger(mode="hold"))])
    assert flown(timeline, descent()) == []
    assert not timeline.empty
