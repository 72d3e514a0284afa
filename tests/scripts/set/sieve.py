# Sets as working data: sieve, word games, graph search, game of life.
n = 200
composite = {m for p in range(2, 15) for m in range(p * p, n, p)}
print(sorted(set(range(2, n)) - composite))
cells = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for generation in range(8):
    neighbours = {}
    for x, y in cells:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    k = x + dx, y + dy
                    neighbours[k] = neighbours.get(k, 0) + 1
    cells = {k for k, c in neighbours.items() if c == 3 or (c == 2 and k in cells)}
    print(generation, sorted(cells))
walls = {(x, 3) for x in range(6)} | {(6, y) for y in range(1, 4)}
frontier, seen, steps = {(0, 0)}, {(0, 0)}, 0
while (0, 6) not in frontier:
    frontier = {(x + dx, y + dy) for x, y in frontier for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1))}
    frontier = {p for p in frontier if p not in walls and p not in seen and 0 <= p[0] < 9 and 0 <= p[1] < 9}
    seen |= frontier
    steps += 1
print(steps, len(seen))
