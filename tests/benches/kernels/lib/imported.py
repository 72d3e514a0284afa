# What imports.py imports: names, constants, functions and a class.
NAMES = ("temperature", "humidity", "pressure", "battery")
LIMITS = {"temperature": 85.0, "humidity": 100.0, "pressure": 1100.5}


class Reading:
    unit = "SI"

    def __init__(self, name, value):
        self.name = name
        self.value = value

    def valid(self):
        return self.value <= LIMITS.get(self.name, 1e9)


def total_of(n):
    return n + len(NAMES)


def readings(values):
    return [Reading(name, value) for name, value in zip(NAMES, values)]
