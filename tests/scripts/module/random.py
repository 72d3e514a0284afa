# random with a seed: the generator is a fixed one, so that its values are part of the contract.
import random

random.seed(42)
print([random.getrandbits(8) for _ in range(10)], [random.getrandbits(32) for _ in range(3)], random.getrandbits(1))
random.seed(1)
a = [random.randint(1, 6) for _ in range(20)]
random.seed(1)
print(a == [random.randint(1, 6) for _ in range(20)], a, min(a) >= 1, max(a) <= 6)
print([random.randrange(10) for _ in range(8)], [random.randrange(5, 8) for _ in range(8)], [random.randrange(0, 100, 10) for _ in range(8)])
print([random.choice("abcdef") for _ in range(8)], random.choice([7]), all(0 <= random.random() < 1 for _ in range(100)), all(2 <= random.uniform(2, 5) <= 5 for _ in range(50)))
for bad in (lambda: random.randint(5, 1), lambda: random.choice([]), lambda: random.randrange(0), lambda: random.getrandbits(-1), lambda: random.getrandbits(33), lambda: random.randrange(1, 9, 0)):
    try:
        print(bad())
    except (ValueError, IndexError) as e:
        print(type(e).__name__)
random.seed(7)
items = list(range(10))
for i in range(len(items) - 1, 0, -1):
    j = random.randrange(i + 1)
    items[i], items[j] = items[j], items[i]
print(items, sorted(items) == list(range(10)))
