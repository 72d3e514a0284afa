# heapq: pushes and pops against sorting, Dijkstra, merging, top k.
import heapq

x, data = 7, []
for _ in range(60):
    x = (x * 16807) % 2147483647
    data.append(x % 1000)
heap = []
for v in data:
    heapq.heappush(heap, v)
    assert heap[0] == min(heap)
print([heapq.heappop(heap) for _ in range(len(heap))] == sorted(data), heap)
h = data[:]
heapq.heapify(h)
print(all(h[i] <= h[j] for i in range(len(h)) for j in (2 * i + 1, 2 * i + 2) if j < len(h)), [heapq.heappop(h) for _ in range(8)])
edges = {"a": (("b", 7), ("c", 9), ("f", 14)), "b": (("c", 10), ("d", 15)), "c": (("d", 11), ("f", 2)), "d": (("e", 6),), "f": (("e", 9),), "e": ()}
dist, queue = {}, [(0, "a", "")]
while queue:
    d, node, path = heapq.heappop(queue)
    if node in dist:
        continue
    dist[node] = (d, path + node)
    for n, w in edges[node]:
        heapq.heappush(queue, (d + w, n, path + node))
print(sorted(dist.items()))
tasks = [(5, "low"), (1, "urgent"), (3, "mid"), (1, "also urgent")]
heapq.heapify(tasks)
while tasks:
    print(heapq.heappop(tasks))
for bad in (lambda: heapq.heappop([]), lambda: heapq.heappush((), 1), lambda: heapq.heapify(5)):
    try:
        bad()
    except (IndexError, TypeError) as e:
        print(type(e).__name__, e)
