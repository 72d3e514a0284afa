# The % operator: types, widths, mappings, and its errors.
print("%s %r %d %i %u %c %c %x %o %e %%" % ("s", "r", 1, 2, 3, "c", 67, 255, 8, 1.5))
print("[%5s][%-5s][%.2s][%5.1s][%05d][%+d][% d][%-5d][%x][%#X]" % ("ab", "ab", "abc", "abc", 42, 42, 42, 42, 48879, 48879))
print("[%*d][%-*d][%.*f]" % (6, 42, 6, 42, 2, 3.14159))
print("%(a)s-%(b)03d-%(a)r" % {"a": "x", "b": 7})
print("%s" % (1,), "%s" % [1, 2], "%s" % None, "%r" % b"x", "%s %s" % ((1, 2), [3]))
class Named:
    def __repr__(self):
        return "<named>"

    def __str__(self):
        return "named"


print("%s %r" % (Named(), Named()), "%10s|%-10s|" % (Named(), Named()))
for f, v in (("%d", "x"), ("%s %s", (1,)), ("%s", (1, 2)), ("%q", 1), ("%c", "ab"), ("%", 1), ("%(k)s", 5), ("%d", None)):
    try:
        print(f % v)
    except (TypeError, ValueError, KeyError) as e:
        print(type(e).__name__, f)
