"""A sensor that stands in for real ones: the same readings at the same times, on any machine."""


def hundredths(value):
    """The text of a fixed-point reading."""
    sign = "-" if value < 0 else ""
    return "%s%d.%02d" % (sign, abs(value) // 100, abs(value) % 100)


class Sensor:
    """A daily triangle wave with noise; values are integers, in hundredths of the unit."""

    def __init__(self, number, entry):
        self.number = number
        self.name = entry["name"]
        self.unit = entry["unit"]
        self.mean = entry["mean"]
        self.swing = entry["swing"]
        self.cycle = entry["cycle"]
        self.noise = entry["noise"]
        self.limits = (entry["low"], entry["high"])
        self.alarms = []
        self._outside = None

    def read(self, time):
        value = self.mean + self._wave(time // 60) + self._jitter(time)
        self._watch(time, value)
        return value

    def _wave(self, minute):
        # Up in the first half of a cycle, down in the second: -swing .. +swing.
        phase = minute % self.cycle
        half = self.cycle // 2
        if phase >= half:
            phase = self.cycle - phase
        return 2 * self.swing * phase // half - self.swing

    def _jitter(self, time):
        # A hash of time and sensor instead of a generator's state: readings can be repeated.
        x = (time * 2654435761 + self.number * 40503 + 12345) & 0xFFFFFFFF
        x ^= x >> 15
        x = (x * 739982445) & 0xFFFFFFFF
        x ^= x >> 12
        return x % (2 * self.noise + 1) - self.noise

    def _watch(self, time, value):
        low, high = self.limits
        outside = "low" if value < low else "high" if value > high else None
        # One alarm each time that a limit is crossed, not one a reading.
        if outside and outside != self._outside:
            self.alarms.append((time, self.name, outside, hundredths(value)))
        self._outside = outside
