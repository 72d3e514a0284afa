# Indices and slices of text, ASCII and not, with every sign of step.
for s in ("abcdefgh", "añøbç€d𝄞", ""):
    print(len(s), [s[a:b] for a in (None, 0, 2, -3, 99) for b in (None, 0, 3, -1, 99)])
    print(s[1:-1], s[1:], s[:-1])
    for i in (0, 3, -1, -8, 8, 99, -99):
        try:
            print(i, s[i], end=" ")
        except IndexError as e:
            print(i, e, end=" ")
    print()
s = "abcdefgh"
print(s[5:2], s[2:5], s[-3:-1], s[:-20], s[20:])
print("ab" * 3, "ab" * 0, "ab" * -1, 2 * "xy", "a" + "b" "c", "abc" < "abd", "abc" < "abcd", "Z" < "a", "" < "a")
for bad in (lambda: s["a"], lambda: s[1.0], lambda: "a" + 1, lambda: "a" * "b", lambda: -"a"):
    try:
        print(bad())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
