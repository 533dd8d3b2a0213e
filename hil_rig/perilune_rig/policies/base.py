"""What the logic of lost missions has in common: plain guidance that flies on whatever height it is given.

Nothing here is flashed: the rig sets such a policy in place of `perilune.flight.flight.Flight`. The laws are written
out again, without any of the flight software's protections, and what is under them is frozen in
perilune_rig.baseline, so that a policy does not change when the flight software does. It runs on MicroPython too,
where the rig executes this source followed by the policy's.
"""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false

from math import sqrt

from perilune.wire.schema import VALID
from perilune_rig.baseline.flight import modes
from perilune_rig.baseline.flight.flight import Flight

TICK_S = 0.02
CYCLE_S = 0.1
MOON_G = 1.62
NOTHING = (0, 65535, 0.0, 0.0)  # what a silent altimeter sends: status, age ms, range m, rate m/s
_ENABLE = 5  # place of the engines' enable bits in the actuator frame; the throttles follow


class View:
    """Attributes of its own before those of what it stands for."""

    def __init__(self, of):
        self.of = of

    def __getattr__(self, name):
        return getattr(self.of, name)


class PlainGuidance(View):
    """Braking and approach by the classic polynomial laws, then a descent at a rate by height; believes its height."""

    def __init__(self, guidance, gains, seen):
        View.__init__(self, guidance)
        self.gains = gains
        self.seen = seen  # navigation as the policy has it
        self.accel = guidance.accel
        self.tgo = 0.0

    def update(self, nav, craft, mode, *rest):
        """One cycle at 10 Hz; returns the mode that follows."""
        if mode == modes.BRAKING:
            mode = self.braking(craft)
        elif mode == modes.APPROACH or mode == modes.HOLD:
            mode = self.approach()
        elif mode == modes.TERMINAL:
            self.terminal()
        else:
            mode = self.waiting(craft, mode)
        self.bound(craft)
        return mode

    def waiting(self, craft, mode):
        """Before ignition: the braking law as if it began now. Nothing is checked but the moment."""
        self.braking(craft)
        u, a, b = self.accel
        needed = sqrt(u * u + a * a + b * b)
        ready = mode == modes.ARMED and needed >= self.gains.ignition_fraction * craft.accel_max
        return modes.BRAKING if ready else mode

    def bound(self, craft):
        """No more than the thrust there is, in the same direction."""
        u, a, b = self.accel
        k = min(1.0, craft.accel_max / max(1e-3, sqrt(u * u + a * a + b * b)))
        self.accel = u * k, a * k, b * k

    def to_go(self):
        """Distance to the target: downrange, left, m."""
        x, y = self.target
        return x - self.seen.downrange, y - self.seen.crossrange

    def height(self):
        """Above the site's level far out, above the ground near the site, m."""
        nav = self.seen
        near = min(1.0, max(0.0, (40000.0 + nav.downrange) / 30000.0))
        return nav.altitude + near * (nav.agl - nav.altitude)

    def braking(self, craft):
        """To the gate with linear acceleration (Cherry 1964)."""
        nav = self.seen
        g = self.gains
        ahead, left = self.to_go()
        distance = ahead + g.gate_downrange_m
        b = 2.0 * nav.v_ahead + 4.0 * g.gate_forward_m_s
        af = g.braking_end_accel_m_s2
        self.tgo = t = max(1.0, (b - sqrt(max(0.0, b * b - 24.0 * af * distance))) / (2.0 * af))
        if t < 3.0 or nav.v_ahead < g.gate_forward_m_s + 1.0:
            fall = 1.9 * (nav.agl - g.approach_end_m) / max(8.0, 2.0 - nav.v_up)
            self.tgo = min(g.approach_max_s, max(g.approach_min_s, fall))
            return modes.APPROACH
        tv = max(t, 15.0)
        rise = g.gate_altitude_m + g.gate_descent_m_s * (tv - t) - self.height()
        up = (6.0 * rise / tv - 4.0 * nav.v_up - 2.0 * g.gate_descent_m_s) / tv - nav.gravity
        along = (6.0 * distance / t - 4.0 * nav.v_ahead - 2.0 * g.gate_forward_m_s) / t
        self.accel = (
            max(up, 0.5 if t < 25.0 else -0.2 * abs(along)),
            along,
            (6.0 * left / t - 4.0 * nav.v_left) / t,
        )
        return modes.BRAKING

    def approach(self):
        """To rest above the target."""
        nav = self.seen
        g = self.gains
        self.tgo -= CYCLE_S
        t = self.tgo
        if t < 4.0 or nav.agl < g.approach_end_m + 5.0:
            return modes.TERMINAL
        ahead, left = self.to_go()
        rise = g.approach_end_m - nav.agl
        up = (12.0 * rise / t - 6.0 * (nav.v_up + g.approach_end_m_s)) / t - nav.gravity
        along = (12.0 * ahead / t - 6.0 * nav.v_ahead) / t
        self.accel = tilted(max(0.4, up), along, (12.0 * left / t - 6.0 * nav.v_left) / t, 1.2)
        return modes.APPROACH

    def terminal(self):
        """Sink rate by height, horizontal velocity nulled (Apollo's P66)."""
        nav = self.seen
        up = (-self.sink_rate(nav.agl) - nav.v_up) / 1.5 - nav.gravity
        self.accel = tilted(max(0.3, up), -nav.v_ahead / 3.0, -nav.v_left / 3.0, 0.2)

    def sink_rate(self, height_m):
        """Wanted sink rate at a height, m/s."""
        g = self.gains
        return sqrt(
            g.touchdown_m_s * g.touchdown_m_s + 2.0 * g.terminal_decel_m_s2 * max(0.0, height_m - 2.0)
        )


def tilted(up, ahead, left, ratio):
    """Horizontal acceleration held to `ratio` of the upward one."""
    level = sqrt(ahead * ahead + left * left)
    k = min(1.0, ratio * up / max(1e-6, level))
    return up, ahead * k, left * k


class PlainTouchdown(View):
    """Contact sensing of the flight software, on the policy's height."""

    def __init__(self, touchdown, seen):
        View.__init__(self, touchdown)
        self.seen = seen

    def update(self, nav, *rest):
        """One tick of terminal descent."""
        self.of.update(self.seen, *rest)


class NoQuestions:
    """In place of the flight software's checks before ignition: there were none."""

    start_kpa = 0

    def unfit(self, *arguments):
        """Never."""
        return False


class AsFlown(Flight):
    """The flight computer with navigation's outputs, guidance and contact sensing open to a policy.

    `seen` stands for navigation: what a policy sets there, guidance and contact sensing believe.
    """

    def __init__(self, parameters):
        super().__init__(parameters)
        sensors = parameters.sensors
        self.heads = sensors.lrf_head, sensors.radar_head
        self.mount_m = sensors.altimeter_height_m
        self.frame = None
        self.cut = False  # engines off for good
        self.seen = View(self.nav)
        self.navigate = self.nav.update
        self.nav.update = self.observe
        self.guidance = PlainGuidance(self.guidance, parameters.guidance, self.seen)
        self.touchdown = PlainTouchdown(self.touchdown, self.seen)
        self.readiness = NoQuestions()

    def step(self, frame):
        """One tick."""
        self.frame = frame
        super().step(frame)

    def observe(self, *arguments):
        """Navigation's update, and then what the policy makes of it."""
        self.navigate(*arguments)
        self.estimate(self.nav, self.frame)

    def estimate(self, nav, frame):
        """Set in `seen` what the policy believes; every tick."""

    def enter(self, mode):
        """No second thoughts: what flew then did not wave off by itself."""
        if mode != modes.WAVE_OFF:
            super().enter(mode)

    def flying(self):
        """Whether an engine mode is on."""
        return self.mode in modes.ENGINE_MODES

    def slant_height(self, sample, heads):
        """Height of the footpads by a range sample (status, age, range, ...) of level ground, or None."""
        if not sample[0] & VALID:
            return None
        a, b, c = heads[3:6] if sample[0] & 0x10 else heads[0:3]
        m = self.nav.attitude.axes
        up = self.nav.strapdown.up
        x = a * m[0] + b * m[3] + c * m[6]
        y = a * m[1] + b * m[4] + c * m[7]
        z = a * m[2] + b * m[5] + c * m[8]
        cosine = -(x * up[0] + y * up[1] + z * up[2])
        return sample[2] * cosine - self.mount_m if cosine > 0.3 else None

    def outputs(self, floats, whole):
        """What the actuators shall do; engines off once cut."""
        super().outputs(floats, whole)
        if self.cut:
            for i in range(_ENABLE, _ENABLE + 7):
                whole[i] = 0


class OwnHeight(AsFlown):
    """Keeps a height above level ground by itself: falls with the vertical velocity, corrected by what it accepts."""

    GAIN = 0.35  # of a correction, each new sample; as Apollo's, without its fading with height
    AGREE_M = 200.0  # first samples must agree to this, three in a row

    def __init__(self, parameters):
        super().__init__(parameters)
        self.height = None
        self.first_m = 0.0
        self.agreeing = 0

    def sink(self):
        """Move the height along by one tick."""
        if self.height is not None:
            self.height += self.nav.v_up * TICK_S

    def take(self, measured):
        """Correct the height, or begin with it once three samples agree."""
        if self.height is not None:
            self.height += self.GAIN * (measured - self.height)
            return
        self.agreeing = self.agreeing + 1 if abs(measured - self.first_m) < self.AGREE_M else 0
        self.first_m = measured
        if self.agreeing >= 2:
            self.height = measured

    def believe(self, height, sigma=0.5):
        """Guidance flies on this height."""
        self.seen.agl = height
        self.seen.sigma_agl = sigma
