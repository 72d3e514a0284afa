# Small text programs: wrap, tables, palindromes, anagrams, run lengths, Roman numerals.
def wrap(text, width):
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = line + " " + word if line else word
    if line:
        yield line


for line in wrap("the quick brown fox jumps over the lazy dog and then sleeps in the warm afternoon sun", 24):
    print("|%-24s|%24s|" % (line, line))


def roman(n):
    out = ""
    for value, digits in ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        count, n = divmod(n, value)
        out += digits * count
    return out


print([roman(n) for n in (1, 4, 9, 14, 40, 90, 400, 1987, 2026, 3999)])
print([w for w in ("level", "radar", "python", "noon", "") if w == "".join(reversed(w))])


def runs(s):
    out, i = [], 0
    while i < len(s):
        j = i
        while j < len(s) and s[j] == s[i]:
            j += 1
        out.append((s[i], j - i))
        i = j
    return out


print(runs("aaabccddddde"), "".join(c + str(n) for c, n in runs("aaabccddddde")))
groups = {}
for w in "listen silent enlist google elgoog abc cab bca xyz".split():
    groups.setdefault("".join(sorted(w)), []).append(w)
print(sorted(groups.values()))
