# deque: a ring that drops or refuses.
from collections import deque

d = deque((1, 2, 3, 4), 3)
print(list(d), len(d), d[0], d[-1], 3 in d, 1 in d)
d.append(5)
d.appendleft(0)
print(list(d))
print(d.pop(), d.popleft(), list(d))
for i in range(20):
    d.append(i)
    if i % 3 == 0:
        d.popleft()
print(list(d))
d[1] = "x"
print(list(d))
for f in (lambda: d[7], lambda: deque((), 2).pop(), lambda: deque((), 2).popleft()):
    try:
        f()
    except IndexError as e:
        print("IndexError")
full = deque((), 2, 1)
full.append(1)
full.append(2)
for f in (full.append, full.appendleft):
    try:
        f(3)
    except IndexError as e:
        print("IndexError", e)
full.extend([])
print(list(full), bool(full), bool(deque((), 1)))
none = deque((), 0)
none.append(1)
print(len(none))
