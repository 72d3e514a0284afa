# A tokenizer and pretty printer for a small language, by hand.
KEYWORDS = ("if", "else", "while", "return", "let")


def tokens(src):
    i, line = 0, 1
    while i < len(src):
        c = src[i]
        if c == "\n":
            line += 1
            i += 1
        elif c in " \t":
            i += 1
        elif c == "#":
            while i < len(src) and src[i] != "\n":
                i += 1
        elif c.isalpha() or c == "_":
            j = i
            while j < len(src) and (src[j].isalpha() or src[j].isdigit() or src[j] == "_"):
                j += 1
            yield ("kw" if src[i:j] in KEYWORDS else "id", src[i:j], line)
            i = j
        elif c.isdigit():
            j = i
            while j < len(src) and (src[j].isdigit() or src[j] == "."):
                j += 1
            yield ("num", float(src[i:j]) if "." in src[i:j] else int(src[i:j]), line)
            i = j
        elif c == '"':
            j = src.find('"', i + 1)
            if j < 0:
                raise SyntaxError("line %d: open string" % line)
            yield ("str", src[i + 1 : j].replace("\\n", "\n"), line)
            i = j + 1
        elif src[i : i + 2] in ("==", "!=", "<=", ">=", "->"):
            yield ("op", src[i : i + 2], line)
            i += 2
        elif c in "+-*/<>=(){};,":
            yield ("op", c, line)
            i += 1
        else:
            raise SyntaxError("line %d: %r" % (line, c))


SOURCE = '''let x = 10; # ten
while x >= 1.5 {
    print("x\\n", x_1 != 2);
  if x == 3 { return -> x } else { x = x - 1; }
}'''
for t in tokens(SOURCE):
    print(t, end=" ")
print()
indent, out = 0, ""
for kind, text, line in tokens(SOURCE):
    if text == "}":
        indent -= 1
        out = out.rstrip(" ") + "  " * indent
    out += ('"%s"' % text if kind == "str" else str(text)) + " "
    if text in ("{", ";", "}"):
        indent += text == "{"
        out += "\n" + "  " * indent
print(out)
for bad in ('a = "open', "x = 1 @ 2", "ok"):
    try:
        print(list(tokens(bad)))
    except SyntaxError as e:
        print("SyntaxError", e)
