# Parts of time that do not depend on the clock.
import time

print(time.ticks_diff(time.ticks_add(100, 50), 100), time.ticks_diff(5, 10), time.ticks_add(0, 0))
a = time.ticks_ms()
time.sleep_ms(2)
b = time.ticks_ms()
print(time.ticks_diff(b, a) >= 1, time.ticks_diff(time.ticks_us(), time.ticks_us()) <= 0, time.time() > 0, len(time.localtime()) >= 8)
top = time.ticks_add(0, -1)
print(time.ticks_add(top, 1), time.ticks_diff(0, top), time.ticks_diff(top, 0))
print(time.gmtime(0)[1:3], time.gmtime(86400)[2] - time.gmtime(0)[2], time.gmtime(951782400 - 946684800 if time.gmtime(0)[0] == 2000 else 951782400)[:6])
print([time.mktime((2024, m, 1, 0, 0, 0, 0, 0)) - time.mktime((2024, 1, 1, 0, 0, 0, 0, 0)) for m in (2, 3, 12)])
