"""One altimeter as navigation sees it: slant range to height, gate, and health that never latches.

Apollo's Luminary skipped failing samples one at a time and never shut a sensor out; HAKUTO-R M1 shut its own out
at a crater rim. Here a rejected sample only raises a counter, and persistent, self-consistent rejection re-opens
the height's uncertainty, after which the sensor is believed again.
"""

from perilune.wire.schema import FRESH, HEAD, SATURATED, STALE, VALID

GATE = 25.0  # innovation squared over its variance: 5 sigma
_USABLE = VALID | FRESH
_FROZEN_AFTER = 3  # identical readings in a row: noise never repeats


class Altimeter:
    """Geometry and noise of one unit, and what became of its samples."""

    def __init__(self, heads, maximum_m, noise_m, noise_ratio, height_m):
        self.heads = (heads[0:3], heads[3:6])  # body unit vectors: hover, descent
        self.maximum_m = maximum_m
        self.noise_m = noise_m
        self.noise_ratio = noise_ratio
        self.height_m = height_m  # of the unit above the footpads
        self.last_m = -1.0
        self.same = 0
        self.rejected = 0  # in a row
        self.accepted = 0
        self.used_tick = -100000
        self.cosine = 0.0

    def height(self, sample, axes, up):
        """Height of the footpads above the ground where the beam falls, or None.

        sample (status, age ms, slant range m, ...), body axes in the site frame, local up in the site frame.
        Sets range_m, cosine (beam against the vertical) and offset_m (footprint ahead of the vehicle).
        """
        status = sample[0]
        if status & (_USABLE | STALE | SATURATED) != _USABLE:
            return None
        slant = sample[2]
        if not 0.0 < slant <= self.maximum_m:
            return None
        self.same = self.same + 1 if slant == self.last_m else 0
        self.last_m = slant
        if self.same >= _FROZEN_AFTER:
            return None
        x, y, z = self.beam(1 if status & HEAD else 0, axes)
        self.cosine = -(x * up[0] + y * up[1] + z * up[2])
        if self.cosine < 0.5:
            return None
        self.range_m = slant
        self.offset_m = slant * x  # the site's x axis is downrange to 1 % wherever altimeters reach
        deck = axes[6] * up[0] + axes[7] * up[1] + axes[8] * up[2]
        return slant * self.cosine - self.height_m * deck

    def beam(self, head, axes):
        """Beam direction of a head in the site frame."""
        a, b, c = self.heads[head]
        return (
            a * axes[0] + b * axes[3] + c * axes[6],
            a * axes[1] + b * axes[4] + c * axes[7],
            a * axes[2] + b * axes[5] + c * axes[8],
        )

    def best_head(self, axes, up):
        """The head that points closer to the ground."""
        hover = self.beam(0, axes)
        descent = self.beam(1, axes)
        a = hover[0] * up[0] + hover[1] * up[1] + hover[2] * up[2]
        b = descent[0] * up[0] + descent[1] * up[1] + descent[2] * up[2]
        return 1 if b < a else 0

    def variance(self, sigma_attitude_rad, roughness):
        """Noise variance of the height: the instrument's own, pointing, and ground between vehicle and footprint."""
        noise = self.noise_m + self.noise_ratio * self.range_m
        across2 = self.range_m * self.range_m * (1.0 - self.cosine * self.cosine)
        pointing = sigma_attitude_rad * sigma_attitude_rad + 1e-6  # beam alignment to the body: 1 mrad
        return noise * noise * self.cosine * self.cosine + across2 * (pointing + roughness * roughness) + 0.09
