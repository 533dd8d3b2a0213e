"""Velocity sources sample by sample: which are used, with what noise, and every count and gate at its limit."""

from types import SimpleNamespace

import numpy as np
import pytest

from perilune.flight import events
from perilune.flight.covariance import V_UP, Covariance
from perilune.flight.doppler import Doppler
from perilune.flight.doppler_watch import NoiseFactor, Silence, Versus, mix
from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID
from tests.firmware import kit
from tests.firmware.kit import axes, turn

GOOD = VALID | FRESH
BEAMS = (0.6, 0.0, -0.8, -0.3, 0.5, -0.8, -0.3, -0.5, -0.8)
RADAR = (0.0, 0.0, -1.0, 0.6, 0.0, -0.8)
SENSORS = SimpleNamespace(
    velocimeter_beam=BEAMS,
    velocimeter_noise_m_s=0.02,
    velocimeter_noise_ratio=0.001,
    velocimeter_max_m=5000.0,
    altimeter_height_m=2.5,
    imu_height_m=1.0,
    radar_head=RADAR,
)
UPRIGHT = axes(np.eye(3))


class Nav:
    """Navigation that takes nothing in, and remembers what it was given. The level frame is (z, x, y)."""

    def __init__(self, velocity=(0.0, 0.0, 0.0), variance=1.0, body=UPRIGHT, rate=(0.0, 0.0, 0.0)):
        self.told: list[tuple] = []
        self.velocity = velocity
        self.tick, self.speed = 1000, 50.0
        self.covariance = Covariance([100.0] * 4 + [variance] * 3 + [1e-6] * 3)
        self.attitude = SimpleNamespace(axes=body, rate=rate)
        self.inertial = SimpleNamespace(suspect=False, blind=False)
        self.strapdown = SimpleNamespace(to_level=lambda x, y, z: (z, x, y))
        self.sigma_v_up, self.sigma_v_level = 0.11, 0.22
        self.pull = self.bias = (0.0, 0.0, 0.0)
        self.renounced: list[tuple] = []
        self.asked: list[float] = []
        self.taken_in: list[tuple] = []
        self.settled = 0
        self.owed = 0.0
        self.doppler = Doppler(SENSORS, lambda *event: self.told.append(event))
        self.unit = SimpleNamespace(isolated=False, same=0, heads=(RADAR[0:3], RADAR[3:6]))
        self.v_ahead, self.v_left = 2.0, -1.0
        self.lrf, self.radar = kit.altimeter(used_tick=0), kit.altimeter(used_tick=0)
        self.n = 0

    def velocity_at(self, age_s):
        self.asked.append(age_s)
        return self.velocity

    def taken(self, _direction):
        return self.owed

    def take_velocity(self, *values):
        self.taken_in.append(values)

    correct_velocity = take_velocity

    def settle(self):
        self.settled += 1

    def renounce(self, *values):
        self.renounced.append(values)

    def beams(self, off=0.0, status=GOOD, which=7, age_ms=0, ticks=5):
        """A velocimeter sample `ticks` later, each beam `off` (one number or three) from what is expected."""
        self.tick += ticks
        self.n += 1
        off = np.broadcast_to(off, 3) + 1e-9 * self.n
        body = np.reshape(self.attitude.axes, (3, 3)).T
        expected = np.reshape(BEAMS, (3, 3)) @ body.T @ np.array(self.velocity)
        self.doppler.velocimeter((status, which, age_ms, *(expected + off)), self)
        return self

    def echo(self, off=0.0, status=GOOD, age_ms=0, ticks=5):
        """A radar sample `ticks` later."""
        self.tick += ticks
        head = 1 if status & HEAD else 0
        body = np.reshape(self.attitude.axes, (3, 3)).T
        expected = body @ np.array(self.unit.heads[head]) @ np.array(self.velocity)
        self.doppler.radar((status, age_ms, 900.0, expected + off), self.unit, self)
        return self

    def codes(self):
        return [event[0] for event in self.told]

    def believed(self):
        self.doppler.isolated = False
        return self


# Which samples are used


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        ({}, True),
        ({"status": VALID}, False),
        ({"status": FRESH}, False),
        ({"status": GOOD | STALE}, False),
        ({"status": GOOD | SATURATED}, False),
        ({"age_ms": 300}, True),
        ({"age_ms": 301}, False),
    ],
)
def test_which_samples_are_used(changes, used):
    nav = Nav().believed().beams(**changes)
    assert len(nav.taken_in) == (3 if used else 0)
    assert (nav.doppler.silence.heard_tick == nav.tick) is used
    assert (nav.settled == 1) is used
    nav = Nav().echo(**changes)
    assert len(nav.taken_in) == (1 if used else 0)
    assert (nav.doppler.radar_heard_tick == nav.tick) is used


@pytest.mark.parametrize("which", [1, 2, 4, 3, 6, 7, 0])
def test_each_beam_that_speaks_is_used_and_all_three_are_whole(which):
    nav = Nav().believed().beams(which=which)
    assert len(nav.taken_in) == bin(which).count("1")
    assert (nav.doppler.whole_tick == nav.tick) is (which == 7)


def test_three_repetitions_are_a_frozen_velocimeter():
    nav = Nav().believed()
    for n in range(5):
        nav.tick += 5
        nav.doppler.velocimeter((GOOD, 7, 0, 0.01, 0.0, 0.0), nav)
        assert len(nav.taken_in) == 3 * min(n + 1, 3)


@pytest.mark.parametrize("changes", [{"isolated": True}, {"same": 1}])
def test_a_radar_whose_range_is_not_believed_tells_no_velocity(changes):
    nav = Nav()
    vars(nav.unit).update(changes)
    assert nav.echo().taken_in == []


# What a sample says


@pytest.mark.parametrize("head", [0, HEAD])
def test_a_beam_measures_the_closing_speed_along_it(head):
    """Turning adds w x lever along the beam."""
    body, rate = turn((0.3, -0.2, 0.9)), (0.01, -0.02, 0.5)
    velocity = (3.0, -40.0, -7.0)
    nav = Nav(velocity, body=axes(body), rate=rate).believed()
    lever = 2.5 - 1.0
    beam = np.array(RADAR[3:6] if head else RADAR[0:3])
    turning = np.cross(rate, (0.0, 0.0, lever)) @ beam
    nav.echo(off=0.5 + turning, status=GOOD | head, age_ms=40)
    ((direction, innovation, _r),) = nav.taken_in
    x, y, z = body @ beam
    assert direction == pytest.approx((z, x, y))
    assert innovation == pytest.approx(0.5)
    assert nav.asked == [0.04]


def test_each_beam_of_the_velocimeter_too():
    velocity = (3.0, -40.0, -7.0)
    nav = Nav(velocity).believed().beams(off=(0.01, -0.02, 0.03), age_ms=100)
    assert [innovation for _d, innovation, _r in nav.taken_in] == pytest.approx([0.01, -0.02, 0.03], abs=1e-7)
    assert [d for d, _i, _r in nav.taken_in] == [
        pytest.approx((BEAMS[3 * i + 2], BEAMS[3 * i], BEAMS[3 * i + 1])) for i in range(3)
    ]
    assert nav.asked == [0.1]


def test_noise_is_the_specified_one_its_factor_and_pointing():
    nav = Nav().believed()
    nav.doppler.noise.factor = 1.0
    nav.beams()
    noise = 0.02 + 0.001 * 50.0
    assert [r for _d, _i, r in nav.taken_in] == pytest.approx([noise**2 + (1e-3 * 50.0) ** 2] * 3)
    nav = Nav().echo()
    assert nav.taken_in[0][2] == pytest.approx(0.4**2 + (2e-3 * 50.0) ** 2)
    nav = Nav()
    nav.doppler.radar_noise.factor = 10.0
    nav.echo()
    assert nav.taken_in[0][2] == pytest.approx((0.4 * 9.3) ** 2 + 0.01)  # it calms by 7 % a sample


def test_what_the_beams_before_have_said_is_not_said_again():
    nav = Nav().believed()
    nav.owed = 0.03
    nav.beams(off=0.05)
    assert [innovation for _d, innovation, _r in nav.taken_in] == pytest.approx([0.02] * 3, abs=1e-7)


def gate(nav, r) -> float:
    return 5.0 * (nav.covariance.velocity_variance((-0.8, 0.6, 0.0)) + r) ** 0.5


@pytest.mark.parametrize(("share", "used"), [(0.99, True), (1.01, False), (-1.01, False)])
def test_the_gate_is_five_sigma(share, used):
    nav = Nav(variance=0.01).believed()
    nav.doppler.noise.factor = 1.0
    r = 0.07**2 + 0.05**2
    nav.doppler.innovations = [share * gate(nav, r)] * 3  # no change: no noise
    nav.beams(off=share * gate(nav, r), which=1)
    assert len(nav.taken_in) == int(used)
    assert nav.doppler.rejected == (0 if used else 1)
    nav = Nav(variance=0.01)
    r = 0.4**2 + 0.1**2
    nav.doppler.radar_innovation = share * gate(nav, r)
    nav.echo(off=share * gate(nav, r), status=GOOD | HEAD)
    assert len(nav.taken_in) == int(used)
    assert nav.doppler.radar_rejected == (0 if used else 1)


def test_what_a_radar_says_for_long_is_no_better_than_its_pointing():
    """Its 2 mrad were averaged as noise: 2.3 m/s of vertical velocity at 1.1 km/s, of which 0.3 were owned up to."""
    nav = Nav(variance=25.0)
    nav.speed = 1000.0
    nav.correct_velocity = lambda *values: nav.covariance.observe_velocity(*values)
    for _ in range(600):
        nav.echo(status=GOOD | HEAD)
    along = nav.covariance.velocity_variance((-0.8, 0.6, 0.0))
    assert 0.25 * (2e-3 * 1000.0) ** 2 < along <= 0.5 * (2e-3 * 1000.0) ** 2


@pytest.mark.parametrize(("variance", "used"), [(1.9, False), (2.1, True)])
def test_a_radar_that_knows_no_better_says_nothing_but_counts_as_heard(variance, used):
    nav = Nav(variance=variance)
    nav.speed, nav.covariance.considered = 1000.0, 0.5
    nav.echo()
    assert (len(nav.taken_in), nav.doppler.radar_tick) == (int(used), nav.tick)


# Belief and isolation


def test_a_velocimeter_is_believed_after_sixty_beams_that_the_radar_confirms():
    nav = Nav()
    nav.doppler.versus.agreed = 20
    nav.doppler.radar_heard_tick = nav.tick
    for _ in range(19):
        nav.beams(ticks=1)
    nav.beams(ticks=1, which=3)
    assert nav.doppler.isolated and nav.taken_in == []
    nav.beams(ticks=1, which=1)
    assert not nav.doppler.isolated and len(nav.taken_in) == 1
    assert nav.told == []


@pytest.mark.parametrize(("sigmas", "suspect", "counted"), [(2.9, False, 1), (3.1, False, 0), (3.1, True, 1)])
def test_one_beyond_three_sigma_is_not_to_be_believed_unless_the_prior_is_in_doubt(sigmas, suspect, counted):
    """3 m/s off from its first word, 4.7 sigma for half a minute: believed, and 4.8 m/s at the ground."""
    nav = Nav(variance=0.01)
    nav.inertial.suspect = suspect
    nav.doppler.noise.factor = 1.0
    off = sigmas / 5.0 * gate(nav, 0.07**2 + 0.05**2)
    nav.doppler.innovations = [off] * 3
    nav.beams(off=off, which=1)
    assert (nav.doppler.consistent, nav.doppler.rejected) == (counted, 0)


@pytest.mark.parametrize(("agreed", "heard", "beams"), [(19, 0, 600), (19, 101, 60), (20, 0, 60)])
def test_what_the_radar_does_not_confirm_takes_longer(agreed, heard, beams):
    nav = Nav()
    nav.doppler.versus.agreed = agreed
    for n in range(beams):
        assert nav.doppler.isolated, n
        nav.doppler.radar_heard_tick = nav.tick - heard
        nav.beams(ticks=0, which=1)
    assert not nav.doppler.isolated


def test_thirty_beams_in_a_row_outside_the_gate_isolate():
    nav = Nav(variance=0.01).believed()
    nav.doppler.anchors = ((1.0, 2.0, 3.0), (9.0, 9.0, 9.0))
    nav.doppler.forces = ((4.0, 5.0, 6.0), (9.0, 9.0, 9.0))
    nav.pull = (1.5, 2.0, 2.0)
    nav.doppler.versus.agreed = 50
    for n in range(29):
        nav.beams(off=100.0, which=1)
        assert (nav.doppler.rejected, nav.doppler.isolated) == (n + 1, False)
    before = np.diagonal(nav.covariance.rows).copy()
    nav.beams(off=100.0, which=1)
    assert nav.doppler.isolated and nav.doppler.blamed
    assert nav.renounced == [((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))] and nav.doppler.isolations == 1
    ((code, innovation, up, level, _),) = nav.told
    assert (code, up, level) == (events.DOPPLER_REJECTED, 0.11, 0.22)
    assert innovation == pytest.approx(100.0, abs=1e-6)
    opened = np.diagonal(nav.covariance.rows) - before
    share = 1e-6 * innovation**2 * np.array([0.8**2, 0.6**2, 0.0])
    assert opened[V_UP : V_UP + 3] == pytest.approx(np.array([0.25, 0.0, 1.0]) + share)
    assert (nav.doppler.consistent, nav.doppler.versus.agreed) == (0, 0)
    nav.beams(off=100.0, which=1)
    assert len(nav.told) == 1


@pytest.mark.parametrize(
    ("off", "before", "taken", "rejected", "isolated"),
    [
        ((9.0, 0.0, 0.0), 0, 0, 3, False),
        ((0.0, 9.0, 0.0), 0, 1, 2, False),
        ((0.0, 0.0, 9.0), 0, 2, 1, False),
        ((0.0, 9.0, 0.0), 28, 1, 30, True),
        ((0.0, 0.0, 9.0), 28, 2, 29, False),
    ],
)
def test_a_beam_outside_its_gate_spoils_those_after_it(off, before, taken, rejected, isolated):
    """One that lied was taken by the beams that fitted into the velocity known least, and never counted as rejected."""
    nav = Nav(variance=0.01).believed()
    nav.doppler.rejected = before
    nav.beams(off=off)
    assert len(nav.taken_in) == taken
    assert (nav.doppler.rejected, nav.doppler.isolated) == (rejected, isolated)
    nav.beams(off=0.0)
    assert nav.doppler.rejected == (rejected if isolated else 0)


@pytest.mark.parametrize(("isolations", "beams"), [(0, 60), (1, 120), (3, 480), (4, 960), (9, 960)])
def test_each_isolation_doubles_the_time_to_be_consistent_for(isolations, beams):
    """One that lies by its age agrees with all others whenever the thrust is low: back after 2 s it did harm again."""
    nav = Nav()
    nav.doppler.isolations, nav.doppler.versus.agreed = isolations, 20
    for n in range(beams):
        assert nav.doppler.isolated, n
        nav.beams(ticks=0, which=1)
    assert not nav.doppler.isolated


def test_back_is_told_after_blame_alone():
    nav = Nav()
    nav.doppler.blamed, nav.doppler.rejected, nav.doppler.consistent = True, 7, 59
    nav.doppler.versus.agreed = 20
    nav.beams(off=0.01, which=1)
    ((code, innovation, sigma, rejected, _),) = nav.told
    assert (code, rejected) == (events.DOPPLER_BACK, 7)
    assert (innovation, sigma) == pytest.approx((0.01, (0.07**2 + 0.05**2) ** 0.5), abs=1e-6)
    assert (nav.doppler.blamed, nav.doppler.isolated, nav.doppler.rejected) == (False, False, 0)


@pytest.mark.parametrize(
    ("changes", "radar_rejected", "share"),
    [
        ({}, 0, 1e-6),
        ({}, 4, 1e-6),
        ({}, 5, 0.02),
        ({"suspect": True}, 0, 0.02),
        ({"blind": True}, 0, 0.02),
    ],
)
def test_a_rejected_beam_opens_the_gate_a_little_or_more_with_the_prior_in_doubt(
    changes, radar_rejected, share
):
    nav = Nav(variance=0.01).believed()
    vars(nav.inertial).update(changes)
    nav.doppler.radar_rejected = radar_rejected
    nav.doppler.consistent = 9
    nav.beams(off=10.0, which=1)
    opened = np.diagonal(nav.covariance.rows)[V_UP : V_UP + 3] - 0.01
    assert opened == pytest.approx(share * 100.0 * np.array([0.64, 0.36, 0.0]), rel=1e-6)
    assert nav.doppler.consistent == 0


@pytest.mark.parametrize(("ago", "used"), [(24, False), (25, True)])
def test_the_radar_counts_where_the_velocimeter_has_not_for_half_a_second(ago, used):
    nav = Nav()
    nav.doppler.used_tick = nav.tick + 5 - ago
    nav.echo()
    assert len(nav.taken_in) == int(used)
    assert (nav.doppler.radar_tick == nav.tick) is used


@pytest.mark.parametrize(("ago", "alone"), [(250, False), (251, True)])
def test_the_radar_is_alone_after_five_seconds(ago, alone):
    nav = Nav()
    nav.doppler.used_tick = 1000 - ago
    assert nav.doppler.alone(1000) is alone


def parting(pulled, gap=3.0):
    """The radar finds the believed velocimeter `gap` apart, by which corrections along its beam were `pulled`."""
    nav = Nav(variance=25.0).believed().beams()
    nav.doppler.versus.gap = gap
    # straight down in the level frame is (-1, 0, 0)
    nav.doppler.anchors = ((0.5, 0.0, 0.0), (0.0, 0.0, 0.0))
    nav.pull = (0.5 - pulled, 40.0, 0.0)
    nav.echo(off=gap, ticks=1)
    return nav


@pytest.mark.parametrize(("share", "blamed"), [(0.51, True), (0.49, False), (-0.51, True)])
def test_who_has_pulled_the_velocity_by_half_of_the_gap_is_wrong(share, blamed):
    nav = parting(share * 3.0)
    assert nav.doppler.isolated is blamed
    code, gap, noise, pointing, moved = nav.told[0]
    assert code == events.DOPPLER_APART
    assert (gap, moved) == pytest.approx((3.0, share * 3.0), rel=1e-3)
    assert pointing == pytest.approx(2e-3 * 50.0)
    assert noise == pytest.approx(0.4 * nav.doppler.radar_noise.factor)
    assert nav.doppler.parted


@pytest.mark.parametrize(
    ("changes", "outvoted"),
    [
        ({}, True),
        ({"used_tick": 982}, True),
        ({"used_tick": 981}, False),
        ({"heard": 99}, False),
        ({"isolated": True}, False),
        ({"fast": 10.7}, False),  # less than 0.4 of what the radar says
        ({"fast": -12.0}, False),  # of the other sign
        ({"fast": -12.0, "slow": -24.0}, True),
        ({"own": 1.75**2}, True),  # 3 sigma beside the 6.7 m that ground explains at 3 m/s
        ({"own": 1.78**2}, False),
        ({"fast": 53.0}, True),
        ({"fast": 55.0}, False),  # twice what the radar says and more
    ],
)
@pytest.mark.parametrize("name", ["lrf", "radar"])
def test_an_altimeter_that_sides_with_the_radar_outvotes_the_velocimeter(name, changes, outvoted):
    """1.4 m/s off, the velocimeter was believed with the radar against it: it hovered until its tank was dry."""
    nav = parting(0.0)
    assert not nav.doppler.isolated
    nav.doppler.versus.gap = (
        -3.0
    )  # the radar: rising by 3 m/s more than the filter has it, along a beam straight down
    values = {"used_tick": 992, "heard": 100, "fast": 12.0, "slow": 0.0, "own": 0.4**2} | changes
    vars(getattr(nav, name)).update(values)
    nav.tick = 990
    nav.beams().echo(off=-3.0, ticks=1)
    assert nav.doppler.isolated is outvoted


@pytest.mark.parametrize("way", [(7.0, 0.0), (-4.0, -3.0)])
@pytest.mark.parametrize(("times", "outvoted"), [(1.0, True), (1.1, False)])
def test_ground_explains_more_the_faster_it_goes_by(way, times, outvoted):
    """0.9 m of a drift for every m/s across, beside 4 m and 3 sigma."""
    nav = parting(0.0)
    nav.doppler.versus.gap = -3.0
    nav.v_ahead, nav.v_left = times * way[0], times * way[1]
    vars(nav.lrf).update({"used_tick": 992, "heard": 100, "fast": 12.0, "slow": 0.0, "own": 0.5**2})
    assert nav.doppler._outvoted(-1.0, nav) is outvoted
    nav.doppler.versus.gap, nav.lrf.fast = 3.0, -12.0
    assert nav.doppler._outvoted(-1.0, nav) is outvoted


def test_a_parting_is_told_once_until_they_agree_again():
    nav = parting(0.0)
    nav.doppler.versus.gap = 3.0
    nav.beams(off=0.0).echo(off=3.0, ticks=1)
    assert nav.codes() == [events.DOPPLER_APART]
    nav.doppler.versus.gap, nav.doppler.versus.agreed = 0.0, 18
    nav.beams().echo(ticks=1)
    assert nav.doppler.parted
    nav.beams().echo(ticks=1)
    assert not nav.doppler.parted


@pytest.mark.parametrize(("ticks", "compared"), [(5, True), (6, False)])
def test_only_whole_samples_of_the_last_tenth_of_a_second_are_compared(ticks, compared):
    nav = Nav().believed().beams()
    nav.doppler.versus.agreed = 3
    nav.echo(ticks=ticks)
    assert nav.doppler.versus.agreed == (4 if compared else 3)


def test_pulls_of_five_to_ten_seconds_ago_are_remembered():
    doppler = Nav().doppler
    one, two, three = ((x, x, x) for x in (1.0, 2.0, 3.0))
    doppler.resume(one, three)
    assert (doppler.anchors, doppler.forces) == ((one, one), (three, three))
    doppler.tend(1000, 100.0, two, one)
    assert (doppler.anchors, doppler.forces) == ((one, two), (three, one))
    doppler.tend(1249, 100.0, three, two)
    assert (doppler.anchors, doppler.forces) == ((one, two), (three, one))
    doppler.tend(1250, 100.0, three, two)
    assert (doppler.anchors, doppler.forces) == ((two, three), (one, two))


@pytest.mark.parametrize(
    ("isolated", "agreed", "heard_ago", "rejected", "vouched"),
    [
        (False, 20, 0, 0, True),
        (False, 19, 0, 0, False),
        (False, 19, 101, 0, True),
        (False, 20, 0, 1, False),
        (True, 0, 0, 9, True),
    ],
)
def test_what_nobody_vouches_for_is_not_gone_back_to(isolated, agreed, heard_ago, rejected, vouched):
    """One that told the velocity of a second ago had spoilt all that was remembered by the time it was found out."""
    doppler = Nav().doppler
    doppler.isolated, doppler.versus.agreed, doppler.rejected = isolated, agreed, rejected
    doppler.radar_heard_tick = 1000 - heard_ago
    doppler.tend(1000, 100.0, (2.0, 2.0, 2.0), (1.0, 1.0, 1.0))
    assert (doppler.anchors[1] == (2.0, 2.0, 2.0)) is vouched
    assert (doppler.forces[1] == (1.0, 1.0, 1.0)) is vouched


def test_a_new_velocimeter_is_not_believed_yet_and_not_blamed():
    doppler = Nav().doppler
    assert doppler.isolated and not doppler.blamed and not doppler.parted
    assert (doppler.rejected, doppler.consistent, doppler.radar_rejected, doppler.same) == (0, 0, 0, 0)
    assert max(doppler.used_tick, doppler.radar_tick, doppler.radar_heard_tick, doppler.whole_tick) < -1000
    assert doppler.silence.height_m == 2000.0  # 0.4 of its reach


# Noise, comparison, silence


def test_the_noise_factor_steps_up_outside_its_quantile_and_down_inside():
    """Seven tenths of differences lie outside 0.545 sigma x factor for the noise it stands for."""
    factor = NoiseFactor(events.RADAR, lambda *_: None)
    factor.factor = 2.0
    assert factor.update(2.0 * 0.544) == pytest.approx(2.0 * 0.93)
    factor.factor = 2.0
    assert factor.update(2.0 * 0.546) == pytest.approx(2.0 * 1.03)
    factor.factor = 2.0
    assert factor.update(-2.0 * 0.546) == pytest.approx(2.0 * 1.03)
    factor.factor = 1.0
    assert factor.update(0.0) == 1.0
    factor.factor = 199.0
    assert factor.update(1e6) == 200.0


def test_noise_is_told_beyond_six_and_again_after_calming_below_three():
    told = []
    factor = NoiseFactor(events.RADAR, lambda *event: told.append(event))
    factor.factor = 5.8
    factor.update(100.0)
    assert told == []
    factor.update(100.0)
    factor.update(100.0)
    assert told == [(events.DOPPLER_NOISY, events.RADAR, pytest.approx(5.8 * 1.03**2), 6.0, 0.0)]
    factor.factor = 3.3
    factor.update(0.0)
    assert factor.noisy
    factor.update(0.0)
    assert not factor.noisy
    factor.factor = 7.0
    factor.update(100.0)
    assert len(told) == 2


def test_beams_and_radar_are_compared_along_the_radars_beam():
    beams = [BEAMS[0:3], BEAMS[3:6], BEAMS[6:9]]
    versus = Versus(beams, RADAR)
    velocity = np.array([0.3, -0.2, 0.5])
    speeds = np.array(beams) @ velocity
    for head in (0, 1):
        versus.gap = 0.0
        radar = np.array(RADAR[3 * head : 3 * head + 3]) @ velocity
        assert not versus.update(head, radar + 0.1, speeds, 1.0, 0.0)
        assert versus.gap == pytest.approx(0.1 * 0.1)
    assert versus.agreed == 2


@pytest.mark.parametrize(("difference", "step"), [(4.9, 0.49), (5.1, 0.5), (-5.1, -0.5)])
def test_a_lone_difference_moves_the_gap_by_a_bounded_step(difference, step):
    versus = Versus([BEAMS[0:3], BEAMS[3:6], BEAMS[6:9]], RADAR)
    versus.update(0, difference, (0.0, 0.0, 0.0), 1.0, 1.0)  # 4 sigma of noise, and the pointing
    assert versus.gap == pytest.approx(step)


@pytest.mark.parametrize(
    ("share", "apart", "agreed"),
    [(0.49, False, 8), (0.51, False, 0), (0.99, False, 0), (1.01, True, 0), (-1.01, True, 0)],
)
def test_they_are_apart_beyond_four_sigma_of_the_mean_and_agree_within_two(share, apart, agreed):
    """What told the velocity of a second ago stayed within three sigma of the radar's, and was believed for it."""
    versus = Versus([BEAMS[0:3], BEAMS[3:6], BEAMS[6:9]], RADAR)
    versus.gap = share * 4.0 * (0.0526 * 0.5**2 + 0.2**2) ** 0.5
    versus.agreed = 7
    assert versus.update(0, versus.gap, (0.0, 0.0, 0.0), 0.5, 0.2) is apart
    assert versus.agreed == agreed


def test_beams_that_do_not_span_space_cannot_be_compared():
    flat = [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.6, 0.8, 0.0009)]
    assert mix(flat, (0.0, 0.0, 1.0)) is None
    assert mix([*flat[:2], (0.6, 0.8, 0.0011)], (0.0, 0.0, 1.0)) is not None
    assert mix([*flat[:2], (0.6, 0.8, -0.0011)], (0.0, 0.0, 1.0)) is not None
    versus = Versus(flat, (0.0, 0.0, 1.0) * 2)
    assert not versus.update(0, 100.0, (0.0, 0.0, 0.0), 0.1, 0.0)
    assert (versus.gap, versus.agreed) == (0.0, 0)


class Listening:
    def __init__(self):
        self.told: list[tuple] = []
        self.silence = Silence(1000.0, lambda *event: self.told.append(event))

    def watch(self, *ticks, agl=999.0, isolated=False):
        for tick in ticks:
            self.silence.watch(tick, agl, isolated)
        return self.told


def test_two_seconds_of_silence_where_it_should_speak_are_told_and_cycle_it():
    ear = Listening()
    assert ear.watch(500, 600) == []
    assert ear.watch(601) == [
        (events.DOPPLER_SILENT, pytest.approx(2.02), 999.0, 0.0, 0.0),
        (events.POWER_CYCLED, events.VELOCIMETER, 1, 0, 0),
    ]
    assert [ear.silence.power_off(tick) for tick in (601, 625, 626)] == [True, True, False]


def test_after_its_power_cycle_it_has_three_seconds_to_warm_up():
    ear = Listening()
    ear.watch(500, 601)
    assert len(ear.watch(602, 851)) == 2
    assert [event[0] for event in ear.watch(852, 900)[2:]] == [events.DOPPLER_SILENT]


def test_what_has_been_heard_is_not_silent():
    ear = Listening()
    ear.watch(500)
    ear.silence.heard_tick = 590
    assert ear.watch(690) == []
    assert len(ear.watch(691)) == 2
    ear.silence.heard_tick = 700
    ear.watch(701)
    assert not ear.silence.told


@pytest.mark.parametrize(("agl", "told"), [(1000.0, True), (1000.1, False)])
def test_too_high_it_need_not_speak(agl, told):
    assert bool(Listening().watch(500, 700, agl=agl)) is told


def test_going_high_again_makes_it_due_anew():
    ear = Listening()
    ear.watch(500)
    ear.watch(550, agl=2000.0)
    assert ear.watch(560, 660) == []
    assert ear.watch(661) != []


def test_five_seconds_of_blame_cycle_it_once():
    ear = Listening()
    ear.silence.heard_tick = 10_000
    assert ear.watch(500, 750, isolated=True) == []
    assert ear.watch(751, isolated=True) == [(events.POWER_CYCLED, events.VELOCIMETER, 0, 0, 1)]
    assert len(ear.watch(2000, 5000, isolated=True)) == 1
    ear = Listening()
    ear.silence.heard_tick = 10_000
    ear.watch(500, isolated=True)
    ear.watch(600)
    assert ear.watch(700, 950, isolated=True) == []


def test_the_reference_vehicles_beams_are_those_it_was_given():
    sensors = kit.loaded().sensors
    doppler = Doppler(sensors, lambda *_: None)
    assert [x for beam in doppler.beams for x in beam] == list(sensors.velocimeter_beam)
    assert doppler.lever == sensors.altimeter_height_m - sensors.imu_height_m
