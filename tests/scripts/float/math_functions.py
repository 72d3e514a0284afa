# The math module at points where the last digit is not in doubt.
import math

print([round(f(x), 9) for f in (math.sin, math.cos, math.tan, math.atan, math.exp, math.sinh, math.tanh, math.asinh) for x in (-1.0, 0.0, 0.5, 2.0)])
print([round(f(x), 9) for f in (math.sqrt, math.log, math.log2, math.log10, math.gamma, math.lgamma, math.erf, math.erfc) for x in (0.5, 1.0, 2.0, 9.0)])
print([round(math.atan2(y, x), 9) for y in (-1, 0, 1) for x in (-1, 0, 1)])
print(math.pow(2, 10), math.fmod(-7, 3), math.modf(3.25), math.modf(-3.25), math.frexp(48.0), math.ldexp(0.75, 6), math.copysign(3, -1))
print(math.floor(-2.5), math.ceil(-2.5), math.trunc(-2.5), math.fabs(-3), math.degrees(math.pi), math.radians(180) == math.pi)
print(round(math.e, 12), round(math.pi, 12), math.log(8, 2), math.log(1000, 10) > 2.99, math.isclose(0.1 + 0.2, 0.3), math.isclose(1, 1.1))
print(math.factorial(20), math.factorial(0), round(math.expm1(1e-5), 15), round(math.acosh(2), 9), round(math.atanh(0.5), 9), round(math.asin(1) + math.acos(1), 9))
for bad in (lambda: math.sqrt(-1), lambda: math.log(0), lambda: math.log(-1), lambda: math.asin(2), lambda: math.factorial(-1), lambda: math.fmod(1, 0), lambda: math.pow(0, -1), lambda: math.log(4, 1)):
    try:
        print(bad())
    except (ValueError, ZeroDivisionError) as e:
        print(type(e).__name__, e)
