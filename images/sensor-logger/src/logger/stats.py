"""What the readings of one sensor come to."""

from .sensor import hundredths


class Summary:
    def __init__(self, name, unit):
        self.name = name
        self.unit = unit
        self.count = 0
        self.total = 0
        self.low = None
        self.high = None
        self._first = None
        self._last = None

    def add(self, time, value):
        if self.low is None or value < self.low:
            self.low = value
        if self.high is None or value > self.high:
            self.high = value
        if self._first is None:
            self._first = (time, value)
        self._last = (time, value)
        self.count += 1
        self.total += value

    def trend(self):
        """The change an hour between the first and the last reading, in hundredths."""
        if self.count < 2:
            return 0
        (t0, v0), (t1, v1) = self._first, self._last
        return (v1 - v0) * 3600 // (t1 - t0)

    def line(self):
        if not self.count:
            return "%-12s nothing recorded" % self.name
        trend = self.trend()
        return "%-12s %6d %8s %8s %8s  %s%s %s/h" % (
            self.name,
            self.count,
            hundredths(self.low),
            hundredths(self.total // self.count),
            hundredths(self.high),
            "+" if trend > 0 else "",
            hundredths(trend),
            self.unit,
        )
