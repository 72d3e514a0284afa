# deque: both ends, bounds, iteration, indices.
from collections import deque

d = deque((), 5)
for i in range(8):
    d.append(i)
print(list(d), len(d), d.popleft(), d.pop(), list(d), bool(d), bool(deque((), 1)))
d.appendleft(99)
d.extend([1, 2])
print(list(d), d[0], d[-1], d[2])
d[1] = "mid"
print([x for x in d], len(d))
f = deque([1, 2], 2, 1)
try:
    f.append(3)
except IndexError as e:
    print("IndexError", e)
e = deque((), 2)
for op in (e.pop, e.popleft, lambda: e[0]):
    try:
        op()
    except IndexError as err:
        print("IndexError", err)
queue = deque([(0, 0)], 100)
dist = {(0, 0): 0}
while len(queue):
    x, y = queue.popleft()
    for nx, ny in ((x + 1, y + 2), (x + 2, y + 1), (x - 1, y + 2), (x + 2, y - 1), (x - 2, y + 1), (x + 1, y - 2), (x - 1, y - 2), (x - 2, y - 1)):
        if 0 <= nx < 8 and 0 <= ny < 8 and (nx, ny) not in dist:
            dist[nx, ny] = dist[x, y] + 1
            queue.append((nx, ny))
for y in range(8):
    print(" ".join(str(dist[x, y]) for x in range(8)))
