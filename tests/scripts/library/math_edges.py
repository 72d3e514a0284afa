# Functions of math at the edges of their domains.
import math


def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)


for f in (math.sqrt, math.log, math.acos, math.atanh, math.gamma, math.lgamma, math.floor):
    for x in (0, 1, -1, 0.5, 1e308, float("inf"), float("-inf"), float("nan")):
        show(f, x)
show(math.log, 8, 2)
show(math.log, 8, 1)
show(math.log, 8, 0)
show(math.pow, 0, -1)
show(math.pow, 2, 0.5)
show(math.fmod, 7.5, -2)
show(math.fmod, 1, 0)
show(math.copysign, 3, -0.0)
show(math.frexp, 10)
show(math.ldexp, 0.625, 4)
show(math.modf, -2.5)
show(math.isclose, 1, 1 + 1e-10)
show(math.isclose, 1, 1.1)
show(math.trunc, -2.7)
show(math.ceil, 2.1)
show(math.factorial, 30)
show(math.factorial, -1)
show(math.sqrt, "4")
