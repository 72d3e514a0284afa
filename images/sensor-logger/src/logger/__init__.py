"""A logger for slow sensors: fixed-point readings, kept in checked records."""


def directory():
    """The folder that holds this package, and the configuration beside it."""
    parts = __file__.rsplit("/", 2)
    return parts[0] if len(parts) == 3 else "."


class Recorder:
    """Reads every sensor once a period and stores what it says."""

    def __init__(self, sensors, store, period):
        self.sensors = sensors
        self.store = store
        self.period = period
        self.written = 0

    def run(self, rounds, last_time):
        # Time goes on where the store ends, so that records stay in order over restarts.
        time = 0 if last_time is None else last_time + self.period
        for _ in range(rounds):
            for sensor in self.sensors:
                self.store.append(time, sensor.number, sensor.read(time))
                self.written += 1
            self.store.commit()
            time += self.period
