# Texts grown in loops, and what stays equal and hashed the same.
s = ""
for i in range(30):
    s += chr(65 + i % 26)
print(s, len(s), hash(s) == hash("".join(list(s))))
d = {s: 1, s[:5]: 2}
print(d["ABCDE"], d["".join(chr(65 + i % 26) for i in range(30))], s[:5] == "ABCDE", s[:5] is not None)
print("".join(str(i) for i in range(15)), "a" "b" + "c" * 3, ("x" * 1000).count("x"))
lines = ["%2d: %s" % (i, "#" * i) for i in range(1, 6)]
print("\n".join(lines))
acc = []
for c in "running lengths":
    acc.append((acc[-1] if acc else "") + c)
print([len(a) for a in acc], acc[-1])
