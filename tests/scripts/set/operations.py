# Set algebra through methods and operators, with the in-place forms.
a, b = {1, 2, 3, 4}, {3, 4, 5}
print(sorted(a | b), sorted(a & b), sorted(a - b), sorted(a ^ b), sorted(a.union(b)), sorted(a.intersection(b)), sorted(a.difference(b)), sorted(a.symmetric_difference(b)))
print(a < b, {3} < a, {3, 4} <= a, a >= {1}, a > a, a == {4, 3, 2, 1}, a != b, a.issubset({1, 2, 3, 4, 5}), a.issuperset({1}), a.isdisjoint({9}))
c = a.copy()
c |= {10}
c &= {1, 2, 10}
c -= {2}
c ^= {1, 7}
print(sorted(c), sorted(a), c.add(8), c.discard(99), c.remove(8), sorted(c), c.update([5, 6]), sorted(c), len(c), 5 in c)
print(set(), {1}, set("a"), frozenset(), frozenset([1]), bool(set()), len(set("mississippi")), sorted(set([3, 1, 3])), sorted(frozenset("ba")))
c.intersection_update({5, 6, 7})
c.difference_update({5})
c.symmetric_difference_update({1})
print(sorted(c))
f = frozenset((1, 2))
print({f: "frozen"}[frozenset((2, 1))], f | {3} == {1, 2, 3}, hash(f) == hash(frozenset([2, 1])), f == {1, 2}, 1 in f)
for bad in (lambda: c.remove(99), lambda: set().pop(), lambda: {[]}, lambda: a + b, lambda: a | [1], lambda: f.add(1), lambda: set(5), lambda: {set()}):
    try:
        print(bad())
    except (KeyError, TypeError, AttributeError) as e:
        print(type(e).__name__, e)
x = {7}
print(x.pop(), x, sorted(x for x in {n % 5 for n in range(30)}))
