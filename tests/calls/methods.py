# Methods of a fresh object each time; the object is shown as well.
OBJECTS = (
    lambda: 300, lambda: "abc abc", lambda: b"abc abc", lambda: bytearray(b"abc"), lambda: [3, 1, 2], lambda: (1, 2, 1), lambda: {1: 2, "a": 3},
    lambda: {1, 2}, lambda: frozenset((1,)), lambda: generator(), lambda: memoryview(bytearray(b"abc")),
)
NAMES = (
    "append clear copy count extend index insert pop remove reverse sort get items keys popitem setdefault update values "
    "fromkeys add difference difference_update discard intersection isdisjoint issubset issuperset symmetric_difference union "
    "find rfind rindex join split rsplit startswith endswith strip replace partition rpartition upper isspace encode decode "
    "format to_bytes from_bytes send throw close hex"
).split()
SECOND = ("NoneType", "int", "str", "bytes", "list")

for make in OBJECTS:
    for name in NAMES:
        if not hasattr(make(), name):
            continue

        def call(*given):
            thing = make()
            return getattr(thing, name)(*given), thing

        label = type(make()).__name__ + "." + name
        attempt(call, label)
        unary(label, call)
        if name != "to_bytes":
            binary(label, call, SECOND)
