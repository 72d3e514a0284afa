# heapq, and the generator of random: the same numbers from the same seed.
import heapq
import random

random.seed(42)
print([random.getrandbits(8) for _ in range(6)], random.getrandbits(32), random.getrandbits(0))
print(random.randint(1, 100), random.randrange(10), random.randrange(3, 30, 3), random.choice("abcdef"))
print(random.random(), random.uniform(2, 3))
numbers = [random.randrange(1000) for _ in range(50)]
heap = []
for n in numbers:
    heapq.heappush(heap, n)
print([heapq.heappop(heap) for _ in range(len(heap))] == sorted(numbers))
heap = list(numbers)
heapq.heapify(heap)
print(all(heap[(i - 1) // 2] <= heap[i] for i in range(1, len(heap))))
print([heapq.heappop(heap) for _ in range(5)])
for f in (lambda: heapq.heappop([]), lambda: heapq.heappush((), 1), lambda: random.randrange(0), lambda: random.choice([]), lambda: random.getrandbits(33)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
