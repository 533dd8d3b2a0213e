"""What the flight computer counts of its link: it reports the sums as an event, at most once a second."""

from perilune.flight import events

_EVERY_TICKS = 50


class LinkWatch:
    """Sums since the parameters were taken: lines that were no frame, sensor frames of a tick already flown."""

    def __init__(self):
        self.forget()

    def forget(self):
        """A new flight: all at zero."""
        self.bad = 0
        self.old = 0
        self.reported = 0
        self.tick = 0

    def report(self, flight, refused):
        """Once a tick. refused: signed frames that were not accepted."""
        total = self.bad + self.old + refused
        if total != self.reported and not 0 <= flight.tick - self.tick < _EVERY_TICKS:
            self.reported = total
            self.tick = flight.tick
            flight.log(events.LINK, self.bad, self.old, refused, 0.0)
