"""The on-board elevation profile along the approach: a degraded map, not the truth.

Uprange of its first sample the ground is expected to go back to the mean of what is mapped. Taking it to stay as high
as that sample errs by 490 m rms over relief of 350 m, this by 380 m; both altimeters lost there, an altitude taken from
ground by the edge of the map met the ground of the site 450 m early.
"""

from array import array

_FADE_M = 20000.0  # from the first sample, over which half of its height above the mean is left


class Profile:
    """Ground elevation above the reference sphere by downrange distance, linear between samples."""

    def __init__(self, parts):
        self.start = parts[0].start_m
        self.spacing = parts[0].spacing_m
        samples = []
        for part in parts:
            samples += part.elevation_m
        self.samples = array("f", samples)  # one object to a collection instead of eighty
        self.mean = sum(samples) / len(samples)
        self.near = self.far = 0.0  # the stretch looked up last
        self.low = self.slope = 0.0

    def elevation(self, downrange_m):
        """Metres above the reference sphere; uprange of the profile fading to its mean, beyond its end as there."""
        if self.near <= downrange_m < self.far:
            return self.low + (downrange_m - self.near) * self.slope
        t = (downrange_m - self.start) / self.spacing
        if t <= 0.0:
            return self.mean + (self.samples[0] - self.mean) * _FADE_M / (_FADE_M + self.start - downrange_m)
        last = len(self.samples) - 1
        if t >= last:
            return self.samples[last]
        i = int(t)
        self.near = self.start + i * self.spacing
        self.far = self.near + self.spacing
        self.low = self.samples[i]
        self.slope = (self.samples[i + 1] - self.low) / self.spacing
        return self.low + (downrange_m - self.near) * self.slope
