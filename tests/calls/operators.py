def in_place(operator):
    def f(a, b):
        if operator == "+=":
            a += b
        elif operator == "*=":
            a *= b
        elif operator == "|=":
            a |= b
        elif operator == "-=":
            a -= b
        elif operator == "a[b] = 1":
            a[b] = 1
        elif operator == "del a[b]":
            del a[b]
        elif operator == "a[0:1] = b":
            a[0:1] = b
        elif operator == "a[::2] = b":
            a[::2] = b
        elif operator == "x, y = a":
            x, y = a
            a = (x, y)
        elif operator == "x, *y = a":
            x, *y = a
            a = (x, y)
        return a

    return f


def is_huge(v):
    return isinstance(v, int) and v > 1000


def small(f):
    # No number repeats or shifts by 2**70.
    return lambda a, b: None if is_huge(a) or is_huge(b) else f(a, b)


binary("+", lambda a, b: a + b)
binary("-", lambda a, b: a - b)
binary("*", small(lambda a, b: a * b))
binary("/", lambda a, b: a / b)
binary("//", lambda a, b: a // b)
binary("%", lambda a, b: a % b)
binary("**", small(lambda a, b: a**b))
binary("<<", small(lambda a, b: a << b))
binary(">>", lambda a, b: a >> b)
binary("&", lambda a, b: a & b)
binary("|", lambda a, b: a | b)
binary("^", lambda a, b: a ^ b)
binary("<", lambda a, b: a < b)
binary("==", lambda a, b: a == b)
binary("in", lambda a, b: a in b)
binary("[]", lambda a, b: a[b])
binary("[:]", lambda a, b: a[b:])
for operator in ("+=", "*=", "|=", "-=", "a[b] = 1", "del a[b]", "a[0:1] = b", "a[::2] = b"):
    binary(operator, small(in_place(operator)))
for operator in ("x, y = a", "x, *y = a"):
    unary(operator, lambda a: in_place(operator)(a, None))
unary("-", lambda a: -a)
unary("~", lambda a: ~a)
unary("not", lambda a: not a)
unary("f(*a)", lambda a: (lambda *b: b)(*a))
unary("f(**a)", lambda a: (lambda **b: b)(**a))
for letter in "dxsrcefg%5":
    unary("%" + letter, lambda a: ("%" + letter) % (a,))
for spec in ("", "5", ">9", "=9", "+", "x", "08.3f", "e", "c", "s", ",", "5d"):
    unary("format " + spec, lambda a: ("{:" + spec + "}").format(a))
