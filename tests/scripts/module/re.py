# Regular expressions: classes, repeats, groups, anchors, sub and split.
import re

cases = (
    ("a+b", "caaab"), ("^a", "ba"), ("[0-9]+", "abc123def"), ("(a)(b)?", "ac"), ("x*", "aaa"), ("\\d+\\.\\d*", "v3.14"), ("[^a-c]+", "abcdefabc"), ("a|b|cd", "xcd"), ("(\\w+)@(\\w+)\\.com", "mail bob@site.com now"),
    ("^$", ""), ("a.c", "abc adc"), ("a?b??", "ab"), (".*?,", "one,two"), ("(ab)+", "ababab"), ("(?:ab)+c", "ababc"), ("\\s+", "a \t b"), ("[\\w.]+$", "file.txt"), ("q", "none"), ("X", "X"),
)
for pattern, text in cases:
    m = re.search(pattern, text)
    if m:
        print(pattern, "->", m.group(0), [m.group(i) for i in range(1, pattern.count("(") - pattern.count("(?:") + 1)])
    else:
        print(pattern, "-> no match")
    print("match", bool(re.match(pattern, text)))
r = re.compile("([a-z])([0-9])")
print(r.match("a1b2").group(2), r.search("..z9").group(0), re.sub("[0-9]+", "#", "a1b22c333"), re.sub("(\\w)(\\w)", "\\2\\1", "abcdef"), re.sub("a", lambda m: m.group(0).upper(), "banana"), re.sub("a", "o", "banana", 2), re.sub("x", "y", "none"))
print(re.compile(",").split("a,b,,c"), re.compile("\\s*;\\s*").split("x ; y;z"), re.compile(",").split("a,b,c,d", 2), re.compile("-").split("none"))
for bad in ("(", "[a", "*", "a**", ")"):
    try:
        re.compile(bad)
        print("compiled", bad)
    except Exception as e:
        print(bad, type(e).__name__)
m = re.match("(a)(x)?", "a")
print(m.group(0), m.group(1), m.group(2))
for i in (3, -1):
    try:
        m.group(i)
    except IndexError as e:
        print("IndexError", e)
