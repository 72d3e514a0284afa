"""Gives each call to the car that will be there first."""


class Control:
    def __init__(self, cars):
        self.cars = cars

    def call(self, passenger):
        car = min(self.cars, key=lambda car: (self._cost(car, passenger.start), car.name))
        car.waiting.append(passenger)
        return car

    @staticmethod
    def _cost(car, floor):
        """Floors to travel, and three for each stop that is already promised."""
        return abs(car.floor - floor) + 3 * len(car.stops())
