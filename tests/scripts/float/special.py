# Infinities, not-a-number and signed zero.
import math

inf, nan = float("inf"), float("nan")
print(inf, -inf, nan, inf + 1, inf - inf, inf * 0, inf * -2, 1 / inf, -1 / inf)
print(inf == inf, inf > 10**100, nan == nan, nan != nan, nan < 1, inf < nan, -inf < inf)
print(0.0 == -0.0, str(-0.0), 1 / -inf, math.copysign(1, -0.0), abs(-0.0))
print(math.isnan(nan), math.isinf(-inf), math.isfinite(1.0), math.isfinite(inf), math.isnan(inf))
print(max(1.0, inf), min(1.0, -inf), sorted([3.0, inf, -inf, 0.0]))
print([5 % inf, -5 % 7.5, 5.0 % -3, -5.0 % 3, 5.5 // 2, -5.5 // 2])
print(bool(0.0), bool(-0.0), bool(nan), bool(0.1))
print(1e308 * 10, -1e308 * 10, 1e-320 / 1e10, 2.0**1023 * 2)
