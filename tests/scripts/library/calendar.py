# The calendar of time, and ticks that wrap.
import time

for t in (0, 946684800, 951782399, 951782400, 1709164800, 4102444799):
    date = time.gmtime(t)
    print(date[:8], time.mktime(date) == t)
print(time.mktime((2000, 13, 1, 0, 0, 0, 0, 0)), time.mktime((2024, 2, 30, 25, 61, 61, 0, 0)))
a = time.ticks_ms()
b = time.ticks_add(a, 100)
print(time.ticks_diff(b, a), time.ticks_diff(a, b))
try:
    time.mktime((2000, 1, 1))
except TypeError as e:
    print("TypeError")
