# A backtracking matcher: characters, dot, classes, star, plus, question, alternation and groups.
def parse(p):
    pos = [0]

    def alt():
        branches = [seq()]
        while pos[0] < len(p) and p[pos[0]] == "|":
            pos[0] += 1
            branches.append(seq())
        return ("alt", branches)

    def seq():
        items = []
        while pos[0] < len(p) and p[pos[0]] not in "|)":
            a = atom()
            if pos[0] < len(p) and p[pos[0]] in "*+?":
                a = (p[pos[0]], a)
                pos[0] += 1
            items.append(a)
        return items

    def atom():
        c = p[pos[0]]
        pos[0] += 1
        if c == "(":
            a = alt()
            pos[0] += 1
            return a
        if c == ".":
            return ("any",)
        if c == "[":
            end = p.index("]", pos[0])
            body = p[pos[0] : end]
            pos[0] = end + 1
            return ("set", body)
        return ("chr", c)

    return alt()


def m(node, s, i, k):
    kind = node[0]
    if kind == "alt":
        return any(mseq(b, 0, s, i, k) for b in node[1])
    if kind in "*+?":
        if kind == "+":
            return m(node[1], s, i, lambda j: m(("*", node[1]), s, j, k))
        if m(node[1], s, i, lambda j: j > i and (m(node, s, j, k) if kind == "*" else k(j))):
            return True
        return k(i)
    if i >= len(s):
        return False
    if kind == "any" or (kind == "chr" and s[i] == node[1]) or (kind == "set" and s[i] in node[1]):
        return k(i + 1)
    return False


def mseq(items, n, s, i, k):
    if n == len(items):
        return k(i)
    return m(items[n], s, i, lambda j: mseq(items, n + 1, s, j, k))


def full(p, s):
    return m(parse(p), s, 0, lambda i: i == len(s))


for p, texts in (("ab*c", ("ac", "abbbc", "abb")), ("(a|b)+c?", ("abab", "c", "bac", "abca")), ("[0123]*.x", ("012ax", "x", "9x", "ax")), ("(ab|a)(bc|c)", ("abc", "abbc", "ac", "ab")), ("", ("", "a")), ("(x+x+)+y", ("xxxxxxy", "xxxxxxx"))):
    print(p, [(t, full(p, t)) for t in texts])
