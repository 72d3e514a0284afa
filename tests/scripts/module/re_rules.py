# Patterns as rules: groups, repeats, classes, anchors, substitutions with functions.
import re

CASES = (
    (r"^(\w+)\s*=\s*(.*)$", "key = some value"),
    (r"([a-c]+)([^a-c]+)", "abcxyzabc"),
    (r"(a|ab)(c|bcd)(d*)", "abcd"),
    (r"a*?b", "aaab"),
    (r"(x+?)(x*)", "xxxx"),
    (r"(\d+)-(\d+)?", "12-"),
    (r"(?:ab)+c", "ababc"),
    (r"[-+]?\d+(\.\d+)?", "-12.50kg"),
    (r"\bword", "a word"),
    (r"[\w.]+@[\w.]+", "mail to me@here.org now"),
    (r"()|x", "x"),
    (r"(a)|(b)", "b"),
    (r"[]]", "]"),
    (r"[^]]+", "abc]"),
    (r"\S+\s\S+", "  two words "),
    (r"$", ""),
    (r".", "\n"),
)
for pattern, text in CASES:
    for find in (re.match, re.search):
        try:
            m = find(pattern, text)
        except Exception as e:
            print(pattern, type(e).__name__)
            break
        if m is None:
            print(pattern, "-", None)
            continue
        groups = []
        n = 0
        while True:
            try:
                groups.append(m.group(n))
            except IndexError:
                break
            n += 1
        print(pattern, groups)

for bad in ("(", ")", "[a", "*", "a**", "(?P<n>x)", "a{2}", "\\"):
    try:
        re.compile(bad)
        print(bad, "compiles")
    except ValueError as e:
        print(bad, "ValueError")

print(re.sub("[aeiou]", lambda m: m.group(0).upper(), "substitution"))
print(re.sub(r"(\w+) (\w+)", r"\2 \1", "hello world"), re.sub(r"(a)(b)?", r"[\g<1>]", "ab a"))
print(re.sub("b", "x", "abbb", 2), re.sub("x*", "-", "abc"), re.sub(b"a", b"\\\\", b"banana"))
counter = []
print(re.sub(r"\d", lambda m: counter.append(m.group(0)) or str(len(counter)), "a9b8c7"), counter)
splitter = re.compile(r"\s*[,;]\s*")
print(splitter.split("a , b;c ;d"), splitter.split("a,b,c", 1), re.compile("x").split(""))
print(re.compile(b"[^a-z]+").split(b"one2two33three"))
m = re.match("(a)(b)", "abc")
for f in (lambda: m.group(3), lambda: m.group(-1), lambda: re.match("a", 5), lambda: re.compile(5)):
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__)
