# strip, split, partition, splitlines, join.
for s in ("  pad  ", "xxhixx", "", "   ", "\t\n mixed \r\n", "nopad"):
    print([s.strip(), s.lstrip(), s.rstrip(), s.strip("x"), s.lstrip("xh "), s.rstrip("xi ")])
for s in ("a b  c", " lead trail ", "a,b,,c,", "", "one", "   ", "k=v=w"):
    print(s.split(), s.split(" "), s.split(","), s.split(",", 1), s.rsplit(",", 1), s.split(None, 1), s.rsplit("=", 1))
    print(s.partition("="), s.rpartition("="), s.partition(","), s.rpartition(" "))
print("a\nb\r\nc\n\nd".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "x".splitlines())
print("-".join(["a", "b", "c"]), "".join(()), ", ".join(str(i) for i in range(5)), "ab".join("xyz"))
for bad in (lambda: "a".split(""), lambda: "a".partition(""), lambda: ",".join([1, 2]), lambda: ",".join(3)):
    try:
        print(bad())
    except (ValueError, TypeError) as e:
        print(type(e).__name__, e)
