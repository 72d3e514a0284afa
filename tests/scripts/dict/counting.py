# Counting, grouping, inverting and memoising with dicts.
text = "it was the best of times it was the worst of times"
counts = {}
for w in text.split():
    counts[w] = counts.get(w, 0) + 1
print(sorted(counts.items(), key=lambda p: (-p[1], p[0])))
index = {}
for n, w in enumerate(text.split()):
    index.setdefault(w, []).append(n)
print(sorted(index.items()))
memo = {}


def ways(n, coins):
    if n == 0:
        return 1
    if n < 0 or not coins:
        return 0
    key = n, coins
    if key not in memo:
        memo[key] = ways(n - coins[0], coins) + ways(n, coins[1:])
    return memo[key]


print(ways(100, (50, 25, 10, 5, 1)), len(memo), ways(200, (200, 100, 50, 20, 10, 5, 2, 1)))
graph = {"a": ["b", "c"], "b": ["d"], "c": ["d", "e"], "d": ["f"], "e": ["f"], "f": []}
order, seen = [], set()


def visit(n):
    if n in seen:
        return
    seen.add(n)
    for m in graph[n]:
        visit(m)
    order.append(n)


visit("a")
print(order[::-1])
