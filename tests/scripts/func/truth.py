# Truth values, short circuits, chained comparisons, conditional expressions, assignment expressions.
def say(v):
    print("eval", v, end=" ")
    return v


print(say(0) and say(1), say(1) and say(2), say(0) or say(3), say(4) or say(5), not say(0))
print(say(1) < say(2) < say(3), say(3) < say(2) < say(9), say(1) if say(0) else say(2))
for v in (0, 1, -1, 0.0, 0.1, "", "0", [], [0], (), (0,), {}, {0: 0}, set(), None, False, True, range(0), range(1), b"", b"0", bytearray(), object()):
    print(int(bool(v)), end=" ")
print()


class L:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


class B(L):
    def __bool__(self):
        return self.n == 7


print(bool(L(0)), bool(L(2)), bool(B(0)), bool(B(7)), not L(0), 1 if B(1) else 2)
if (n := len("abc")) > 2:
    print("walrus", n)
print([y for x in range(5) if (y := x * x) > 3], y)
data = [3, 1, 2]
while (v := data.pop()) != 3:
    print(v)
print(None is None, 1 is not None, [] is [], () == (), not not 5, not "", 1 == 1.0 == True, 0 == False != None)
assert True, "never shown"
try:
    assert 1 > 2, "one is not more"
except AssertionError as e:
    print("AssertionError", e)
try:
    assert 0
except AssertionError as e:
    print("AssertionError", e.args)
