# A Forth with loops, conditionals and user words.
class Forth:
    def __init__(self):
        self.stack, self.words, self.out = [], {}, []
        for name, f in (("+", lambda a, b: a + b), ("-", lambda a, b: a - b), ("*", lambda a, b: a * b), ("/", lambda a, b: a // b), ("mod", lambda a, b: a % b), ("<", lambda a, b: -int(a < b)), ("=", lambda a, b: -int(a == b))):
            self.words[name] = lambda f=f: self.push(f(*self.pop(2)))
        self.words.update({"dup": lambda: self.push(self.stack[-1]), "drop": lambda: self.pop(1), "swap": lambda: self.stack.extend(reversed(self.pop(2))), "over": lambda: self.push(self.stack[-2]), ".": lambda: self.out.append(str(self.stack.pop())), "emit": lambda: self.out.append(chr(self.stack.pop()))})

    def push(self, x):
        self.stack.append(x)

    def pop(self, n):
        if len(self.stack) < n:
            raise IndexError("stack underflow")
        r = self.stack[-n:]
        del self.stack[-n:]
        return r

    def run(self, toks, i=0, index=()):
        while i < len(toks):
            t = toks[i]
            if t == ":":
                end = toks.index(";", i)
                body = toks[i + 2 : end]
                self.words[toks[i + 1]] = lambda body=body: self.run(body)
                i = end
            elif t == "if":
                other, end = self.match(toks, i, "if", "then", "else")
                if self.stack.pop():
                    self.run(toks[i + 1 : other or end], 0, index)
                elif other:
                    self.run(toks[other + 1 : end], 0, index)
                i = end
            elif t == "do":
                _, end = self.match(toks, i, "do", "loop", None)
                limit, start = self.pop(2)
                for n in range(start, limit):
                    self.run(toks[i + 1 : end], 0, (n,) + index)
                i = end
            elif t == "i":
                self.push(index[0])
            elif t == "j":
                self.push(index[1])
            elif t in self.words:
                self.words[t]()
            else:
                self.push(int(t))
            i += 1

    def match(self, toks, i, opening, closing, middle):
        depth, mid = 0, None
        for k in range(i, len(toks)):
            if toks[k] == opening:
                depth += 1
            elif toks[k] == closing:
                depth -= 1
                if depth == 0:
                    return mid, k
            elif toks[k] == middle and depth == 1:
                mid = k
        raise SyntaxError(opening + " without " + closing)


for program in ("1 2 + .", ": sq dup * ; 7 sq . 3 sq sq .", ": fact dup 2 < if drop 1 else dup 1 - fact * then ; 10 fact . 25 fact .", "10 0 do i . loop", "3 0 do 3 0 do j 10 * i + . loop loop", ": even 2 mod 0 = ; 5 0 do i even if 69 emit else 79 emit then loop", "+", "1 if 2", "nope"):
    f = Forth()
    try:
        f.run(program.split())
        print(" ".join(f.out), f.stack)
    except (IndexError, SyntaxError, ValueError) as e:
        print(type(e).__name__, e)
