# Views of a dict: live, iterable, and what happens to a dict that grows.
d = {i: i * i for i in range(5)}
keys, values, items = d.keys(), d.values(), d.items()
d[10] = 100
print(sorted(keys), sorted(values), sorted(items), len(list(keys)), 10 in keys, 77 in keys)
for k in sorted(d):
    d[k] += 1
print(sorted(d.items()))
total = 0
for k, v in d.items():
    total += k * v
print(total, sum(d.values()), max(d, key=lambda k: d[k]), min(d.values()))
inverse = {v: k for k, v in d.items()}
print(sorted(inverse.items()), sorted(x for x in d if x % 2), [d[k] for k in (0, 1, 2)])
