# Range objects: length, membership, slices, equality, reversal.
ranges = [range(5), range(2, 9), range(0, 20, 6), range(5, 0, -1), range(10, -10, -7), range(0), range(3, 3), range(1, 2, 100)]
for r in ranges:
    print(r, len(r), list(r), list(reversed(list(r))), bool(r))
r = range(3, 40, 4)
print(r[0], r[-1], r[4], r[1:4], r[::2], r[::-1], r[10:2:-3], list(r[-3:]))
print([n in r for n in (3, 4, 7, 39, 40, -1)], r.start, r.stop, r.step)
print(range(0) == range(2, 2), range(0, 10, 3) == range(0, 12, 3), range(5) == [0, 1, 2, 3, 4], range(1, 5) == range(1, 6))
for bad in (lambda: r[99], lambda: r[-99], lambda: range(1, 2, 0), lambda: range()):
    try:
        print(bad())
    except (IndexError, ValueError, TypeError) as e:
        print(type(e).__name__, e)
print(sum(range(1, 101)), (lambda *a: a)(*range(3), *range(7, 5, -1)))
