import gc

# Characters are decoded as they are read: no more of the file than was asked for.
f = open("/rom/data/text.txt")
print([f.read(1) for _ in range(6)], f.tell(), f.read(3), f.tell())
with open("/mixed", "wb") as f:
    f.write("a\u00fc\u20ac\U0001f600z".encode() + b"\n" + b"good\n" + b"bad \xff\xfe\n" + b"tail\n")
f = open("/mixed")
print(f.read(2), f.tell(), len(f.read(2)), f.tell(), f.read(1), repr(f.readline()), f.readline())
try:
    print(f.readline())
except UnicodeError:
    print("UnicodeError")
f.seek(0)
print(f.readline() == "a\u00fc\u20ac\U0001f600z\n", f.readline())
print(open("/mixed", "rb").read()[-10:])
# Cut within a character.
with open("/cut", "wb") as f:
    f.write(b"ab\xe2\x82")
f = open("/cut")
print(f.read(2))
try:
    print(repr(f.read(1)))
except UnicodeError:
    print("UnicodeError")
# A long file costs what is read of it.
with open("/long", "w") as f:
    for i in range(1000):
        f.write("line %d \u00fc\n" % i)
f = open("/long")
gc.collect()
before = gc.mem_alloc()
first = f.read(10)
gc.collect()
print(first, gc.mem_alloc() - before < 1000)
print(sum(len(line) for line in open("/long")), sum(len(line) for line in open("/long", "rb")))
# Lines end where they end, not where a piece does.
f = open("/long")
text = ""
while part := f.read(7):
    text += part
print(text == "".join("line %d \u00fc\n" % i for i in range(1000)))
# prints:
# ['g', 'r', 'ü', 'n', '\n', 'z'] 7 wei 10
# aü 3 2 10 z '\n' good
#
# UnicodeError
# True good
#
# b'd \xff\xfe\ntail\n'
# ab
# UnicodeError
# line 0 ü
# l True
# 10890 11890
# True
