# A log parser and a template engine built with re.
import re

LOG = """2026-11-23 04:05:06 INFO  net: up in 12 ms
2026-11-23 04:05:09 WARN  fs: 3 blocks left
bad line
2026-11-23 04:06:00 ERROR net: lost peer 10.0.0.7:8080"""
line = re.compile("^(\\d+)-(\\d+)-(\\d+) (\\d+):(\\d+):(\\d+) ([A-Z]+) +(\\w+): (.*)$")
for text in LOG.split("\n"):
    m = line.match(text)
    if m:
        print([int(m.group(i)) for i in range(1, 7)], m.group(7), m.group(8), repr(m.group(9)))
        n = re.search("(\\d+)\\.(\\d+)\\.(\\d+)\\.(\\d+):(\\d+)", m.group(9))
        if n:
            print("  address", [n.group(i) for i in range(1, 6)])
    else:
        print("skipped", text)


def render(template, **values):
    return re.sub("\\$(\\w+)", lambda m: str(values.get(m.group(1), "<%s?>" % m.group(1))), template)


print(render("Hello $name, $n new messages, $$ $missing.", name="Ann", n=3))


def findall(pattern, s):
    r, out = re.compile(pattern), []
    while s:
        m = r.search(s)
        if not m:
            break
        g = m.group(0)
        out.append(g)
        s = s[s.find(g) + max(1, len(g)) :]
    return out


print(findall("[a-z]+", "one, two; three"), findall("-?\\d+", "1 -2 33 x-4"), findall("[A-Z][a-z]*", "CamelCaseName"))
print(re.sub("\\s+", " ", "  a \t b\n\nc "), re.sub("^\\s+", "", "   left"), re.sub("([aeiou])", "<\\1>", "education"), re.compile("[,;] *").split("a, b;c,  d"))
for s in ("ann@example.org", "bad@", "@x.y", "a.b-c@d.ef", "two@at@x.y"):
    print(s, bool(re.match("^[\\w.\\-]+@[\\w\\-]+\\.[a-z]+$", s)))
print(bool(re.match("^(a+)+$", "a" * 12)), re.match("a*?b", "aaab").group(0), re.match("[^0-9]*", "abc123").group(0), bool(re.search("end$", "the end")), bool(re.search("end$", "ends")))
