"""The on-board elevation profile along the approach: a degraded map, not the truth."""


class Profile:
    """Ground elevation above the reference sphere by downrange distance, linear between samples."""

    def __init__(self, parts, site_elevation_m):
        self.start = parts[0].start_m
        self.spacing = parts[0].spacing_m
        self.samples = []
        for part in parts:
            self.samples += part.elevation_m
        self.site = site_elevation_m

    def elevation(self, downrange_m):
        """Metres above the reference sphere; beyond the profile its nearest end."""
        t = (downrange_m - self.start) / self.spacing
        if t <= 0.0:
            return self.samples[0]
        last = len(self.samples) - 1
        if t >= last:
            return self.samples[last]
        i = int(t)
        low = self.samples[i]
        return low + (t - i) * (self.samples[i + 1] - low)
