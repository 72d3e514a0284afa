# `|=` takes what update() takes.
d = {"a": 1}
d |= {"b": 2}
d |= [("c", 3), ("a", 0)]
d |= zip("xy", (8, 9))
print(sorted(d.items()))
for wrong in (5, "ab", [(1, 2, 3)], None):
    try:
        d |= wrong
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
print(sorted(d))
