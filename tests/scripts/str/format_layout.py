# What a format specification can lay out: numbers, str and bytes. All else has no layout of its own.
def attempt(f):
    try:
        print(repr(f()))
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)


values = (None, [1], (1,), {1: 2}, {1}, object, len, True, 7, 1.5, "text", b"bytes", bytearray(b"x"))
for v in values:
    attempt(lambda: "{:9}|".format(v))
    attempt(lambda: "{!s:>4}|".format(v) if v is None else "{!r:>20.3}|".format(v))
    attempt(lambda: "{}".format(v) if v is not object and v is not len else "")

for letter in "xXo":
    for v in (255, True, 2.5, "a", None):
        attempt(lambda: ("%" + letter) % (v,))
for v in (255, True, 2.5, -2.5, "a", None):
    attempt(lambda: "%d %%" % (v,))
