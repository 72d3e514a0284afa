# Generators in pipes: filters, windows, merges, round robin, parsing.
def lines():
    yield from ("# comment", "a = 1", "", "b = two", "  c=3 # tail", "bad line", "d =", "e = 5")


def strip(src):
    for line in src:
        line = line.split("#")[0].strip()
        if line:
            yield line


def pairs(src):
    for n, line in enumerate(src):
        k, eq, v = line.partition("=")
        if not eq:
            yield n, "error", line
        else:
            yield n, k.strip(), v.strip() or None


print(list(pairs(strip(lines()))))


def window(it, n):
    buf = []
    for x in it:
        buf.append(x)
        if len(buf) > n:
            buf.pop(0)
        if len(buf) == n:
            yield tuple(buf)


def merge(a, b):
    a, b = iter(a), iter(b)
    x, y = next(a, None), next(b, None)
    while x is not None or y is not None:
        if y is None or (x is not None and x <= y):
            yield x
            x = next(a, None)
        else:
            yield y
            y = next(b, None)


def robin(*its):
    live = [iter(i) for i in its]
    while live:
        for it in live[:]:
            try:
                yield next(it)
            except StopIteration:
                live.remove(it)


print(list(window(range(6), 3)), list(merge([1, 4, 6, 9], [2, 3, 7, 8, 10])), "".join(robin("abc", "12345", "")))


def tokens(text):
    i = 0
    while i < len(text):
        c = text[i]
        if c.isdigit():
            j = i
            while j < len(text) and text[j].isdigit():
                j += 1
            yield int(text[i:j])
            i = j
        else:
            if c != " ":
                yield c
            i += 1


def evaluate(text):
    toks = list(tokens(text)) + [None]

    def expr():
        v = term()
        while toks[0] in ("+", "-"):
            v = v + term() if toks.pop(0) == "+" else v - term()
        return v

    def term():
        v = atom()
        while toks[0] in ("*", "/"):
            v = v * atom() if toks.pop(0) == "*" else v // atom()
        return v

    def atom():
        t = toks.pop(0)
        if t == "(":
            v = expr()
            toks.pop(0)
            return v
        return -atom() if t == "-" else t

    return expr()


for e in ("1+2*3", "(1+2)*3", "2*(3+4)*5-6/2", "-(4-9)*2", "10", "100/7/2"):
    print(e, "=", evaluate(e))
