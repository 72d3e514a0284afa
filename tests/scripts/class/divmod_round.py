# divmod() asks for __divmod__, round() for __float__; a number before an instance does not repeat it.
class Clock:
    def __init__(self, minutes):
        self.minutes = minutes

    def __divmod__(self, other):
        return ("h", self.minutes // other), ("min", self.minutes % other)

    def __float__(self):
        return self.minutes / 60

    def __mul__(self, n):
        return "{} x {}".format(self.minutes, n)


print(divmod(Clock(135), 60), divmod(17, 5), divmod(-7.5, 2))
print(round(Clock(135)), round(Clock(135), 1), round(1250, -2), round(True), round(2.5))
print(Clock(3) * 2)
for f in (lambda: 2 * Clock(3), lambda: divmod(1, Clock(3)), lambda: round("x"), lambda: round(None)):
    try:
        print(f())
    except TypeError as e:
        print(e)
