"""A car of the lift: moves, opens its doors, and can be halted in any state."""

from .machine import Machine
from .scheduler import sleep

_SECONDS_A_FLOOR = 2
_SECONDS_OF_DOORS = 3


class Car(Machine):
    initial = "idle"
    table = {
        ("idle", "start"): "moving",
        ("idle", "arrive"): "open",
        ("moving", "arrive"): "open",
        ("open", "close"): "idle",
        ("*", "halt"): "halted",
        ("halted", "resume"): None,
    }

    def __init__(self, name, scheduler, floor):
        super().__init__()
        self.name = name
        self.floor = floor
        self.aboard = []
        self.waiting = []
        self.time_in = {}
        self._scheduler = scheduler
        self._since = 0

    def changed(self, event):
        now = self._scheduler.now
        left = self._before
        self.time_in[left] = self.time_in.get(left, 0) + now - self._since
        self._since = now
        print("%4d  %s %-6s %s -> %s at floor %d" % (now, self.name, event, left, self.state, self.floor))

    def enter_open(self):
        now = self._scheduler.now
        for passenger in [p for p in self.aboard if p.goal == self.floor]:
            self.aboard.remove(passenger)
            passenger.arrived = now
        for passenger in [p for p in self.waiting if p.start == self.floor]:
            self.waiting.remove(passenger)
            self.aboard.append(passenger)
            passenger.boarded = now

    def stops(self):
        """The floors that the car has to visit, as a set."""
        return {p.goal for p in self.aboard} | {p.start for p in self.waiting}

    def run(self):
        """The task of the car: serves its nearest stop, again and again."""
        while True:
            yield from self._while_halted()
            stops = self.stops()
            if not stops:
                yield from sleep(1)
                continue
            target = min(sorted(stops), key=lambda floor: abs(floor - self.floor))
            if target != self.floor:
                self.fire("start")
                yield from self._travel(target)
            self.fire("arrive")
            yield from sleep(_SECONDS_OF_DOORS)
            yield from self._while_halted()
            self.fire("close")

    def _travel(self, target):
        step = 1 if target > self.floor else -1
        while self.floor != target:
            yield from sleep(_SECONDS_A_FLOOR)
            yield from self._while_halted()
            self.floor += step
            # Someone on the way may have called since.
            if self.floor in self.stops():
                return

    def _while_halted(self):
        while self.state == "halted":
            yield from sleep(1)
