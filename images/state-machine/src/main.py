"""A lift with two cars: state machines driven by generators, on a scheduler with simulated time."""

from lift.car import Car
from lift.control import Control
from lift.scheduler import Scheduler, sleep

# When, from which floor, to which floor.
CALLS = (
    (0, 0, 5),
    (2, 3, 0),
    (4, 6, 1),
    (5, 2, 4),
    (20, 0, 6),
    (21, 0, 2),
    (22, 5, 3),
    (40, 4, 0),
)


class Passenger:
    """Someone who calls a car, rides and leaves; waits are counted."""

    def __init__(self, number, start, goal):
        self.number = number
        self.start = start
        self.goal = goal
        self.called = self.boarded = self.arrived = None

    def __repr__(self):
        return "P%d(%d->%d)" % (self.number, self.start, self.goal)


def arrivals(scheduler, control, passengers):
    """The task that lets each passenger call at its time."""
    for (when, _, _), passenger in zip(CALLS, passengers):
        yield from sleep(when - scheduler.now)
        passenger.called = scheduler.now
        car = control.call(passenger)
        print("%4d  %r calls, %s comes" % (scheduler.now, passenger, car.name))


def blackout(scheduler, cars):
    """A power failure while cars are moving: each stops where it is and goes on afterwards."""
    yield from sleep(12)
    print("%4d  power fails" % scheduler.now)
    for car in cars:
        car.fire("halt")
    yield from sleep(6)
    print("%4d  power is back" % scheduler.now)
    for car in cars:
        car.fire("resume")


def main():
    scheduler = Scheduler()
    cars = [Car("A", scheduler, 0), Car("B", scheduler, 6)]
    control = Control(cars)
    passengers = [Passenger(number, start, goal) for number, (_, start, goal) in enumerate(CALLS, 1)]
    for car in cars:
        scheduler.spawn(car.run())
    scheduler.spawn(arrivals(scheduler, control, passengers))
    scheduler.spawn(blackout(scheduler, cars))
    scheduler.run(until=200)

    print("-- %d steps of %d tasks" % (scheduler.steps, scheduler.spawned))
    for car in cars:
        print("%s: %s" % (car.name, ", ".join("%s %d" % item for item in sorted(car.time_in.items()))))
    for passenger in passengers:
        waited = passenger.boarded - passenger.called
        rode = passenger.arrived - passenger.boarded
        print("%r waited %d, rode %d" % (passenger, waited, rode))
    longest = max(passengers, key=lambda p: p.arrived - p.called)
    print("longest: %r, %d s" % (longest, longest.arrived - longest.called))
    try:
        cars[0].fire("resume")
    except ValueError as error:
        print("refused:", error)


if __name__ == "__main__":
    main()
