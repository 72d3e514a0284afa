# Ordering between ints, bools, floats and bigger ints.
values = [-(2**65), -3, -1, 0, 1, 3, 2**30, 2**31, 2**64, 2.5, -0.5, True, False]
for a in values:
    print(a, "".join("<=>"[(a > b) - (a < b) + 1] for b in values), "".join("01"[a == b] for b in values))
print(sorted(values))
print(max(values), min(values), max(3, 7, 5), min([4]), max([], default="none"), min("hello"), max(2, -5, key=abs))
print(1 < 2 < 3, 1 < 3 < 2, 3 > 2 >= 2 == 2 != 1)
for pair in ((1, "1"), (None, 0), ([], ())):
    print(pair[0] == pair[1], pair[0] != pair[1], end=" ")
    try:
        pair[0] < pair[1]
    except TypeError as e:
        print("TypeError", e)
