# Graphs: breadth first, topological order, Floyd, minimum spanning tree, colouring, strongly connected parts.
edges = [("a", "b", 4), ("a", "c", 2), ("b", "c", 5), ("b", "d", 10), ("c", "e", 3), ("e", "d", 4), ("d", "f", 11), ("e", "f", 15)]
nodes = sorted({n for e in edges for n in e[:2]})
INF = 10**9
d = {(i, j): 0 if i == j else INF for i in nodes for j in nodes}
for a, b, w in edges:
    d[a, b] = d[b, a] = w
for k in nodes:
    for i in nodes:
        for j in nodes:
            d[i, j] = min(d[i, j], d[i, k] + d[k, j])
for i in nodes:
    print(i, [d[i, j] for j in nodes])
parent = {n: n for n in nodes}


def root(n):
    return n if parent[n] == n else root(parent[n])


tree = []
for a, b, w in sorted(edges, key=lambda e: (e[2], e[0], e[1])):
    if root(a) != root(b):
        parent[root(a)] = root(b)
        tree.append((a, b, w))
print(tree, sum(w for _, _, w in tree))
needs = {"shoes": ["socks", "trousers"], "trousers": ["pants"], "jacket": ["shirt", "tie"], "tie": ["shirt"], "socks": [], "pants": [], "shirt": [], "belt": ["trousers"]}
done, order = set(), []
while len(order) < len(needs):
    ready = sorted(n for n in needs if n not in done and all(m in done for m in needs[n]))
    order += ready
    done.update(ready)
    print(ready)
adj = {n: sorted({b for a, b, _ in edges if a == n} | {a for a, b, _ in edges if b == n}) for n in nodes}
colour = {}
for n in sorted(nodes, key=lambda n: (-len(adj[n]), n)):
    used = {colour[m] for m in adj[n] if m in colour}
    colour[n] = min(c for c in range(9) if c not in used)
print(sorted(colour.items()))
succ = {1: [2], 2: [3, 4], 3: [1], 4: [5], 5: [6], 6: [4], 7: [6, 8], 8: []}
index, low, stack, parts, counter = {}, {}, [], [], [0]


def strong(v):
    index[v] = low[v] = counter[0]
    counter[0] += 1
    stack.append(v)
    for w in succ[v]:
        if w not in index:
            strong(w)
            low[v] = min(low[v], low[w])
        elif w in stack:
            low[v] = min(low[v], index[w])
    if low[v] == index[v]:
        part = []
        while True:
            w = stack.pop()
            part.append(w)
            if w == v:
                break
        parts.append(sorted(part))


for v in sorted(succ):
    if v not in index:
        strong(v)
print(parts)
