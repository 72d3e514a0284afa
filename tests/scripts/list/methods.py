# Every list method, with its return value and its errors.
l = [3, 1, 2]
print(l.append(4), l, l.extend((5, 6)), l, l.insert(0, 0), l, l.insert(99, 7), l, l.insert(-1, 6.5), l)
print(l.pop(), l.pop(0), l.pop(-2), l, l.remove(3), l, l.index(2), l.count(2), l.reverse(), l, l.sort(), l)
c = l.copy()
c.clear()
print(c, l, l + [9], l * 2, [0] * 3, 2 in l, 42 not in l, l == [1, 2, 4, 5, 6.5], [1, 2] < [1, 3], [1] < [1, 0], [] < [0])
l += "ab"
l *= 1
print(l, len(l))
for bad in (lambda: [].pop(), lambda: l.pop(99), lambda: l.remove("zz"), lambda: l.index("zz"), lambda: [1, "a"].sort(), lambda: l[99], lambda: l + (1,), lambda: [1] * 2.0, lambda: l.extend(5)):
    try:
        print(bad())
    except (IndexError, ValueError, TypeError) as e:
        print(type(e).__name__, e)
nested = [[0] * 2 for _ in range(3)]
nested[1][0] = 5
alias = [[0]] * 3
alias[0].append(1)
print(nested, alias, [1, [2, [3, []]]], list("abc"), list({5: 1}), list(range(3)), list())
r = [1]
r.append(r)
print(len(r), r[1] is r)
