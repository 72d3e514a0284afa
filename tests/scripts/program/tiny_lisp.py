# A Lisp: reader, environments, closures, tail of standard functions.
def read(text):
    toks = text.replace("(", " ( ").replace(")", " ) ").replace("'", " ' ").split()
    pos = [0]

    def form():
        t = toks[pos[0]]
        pos[0] += 1
        if t == "(":
            out = []
            while toks[pos[0]] != ")":
                out.append(form())
            pos[0] += 1
            return out
        if t == "'":
            return ["quote", form()]
        try:
            return int(t)
        except ValueError:
            return t

    while pos[0] < len(toks):
        yield form()


class Env(dict):
    def __init__(self, outer=None, names=(), values=()):
        super().__init__()
        self.outer = outer
        for n, v in zip(names, values):
            self[n] = v

    def where(self, name):
        e = self
        while e is not None:
            if name in e:
                return e
            e = e.outer
        raise NameError(name)


def show(x):
    if x is True or x is False:
        return "#t" if x else "#f"
    if isinstance(x, list):
        return "(" + " ".join(show(i) for i in x) + ")"
    return "<function>" if callable(x) else str(x)


def ev(x, env):
    while True:
        if isinstance(x, str):
            return env.where(x)[x]
        if not isinstance(x, list):
            return x
        head = x[0]
        if head == "quote":
            return x[1]
        if head == "if":
            x = x[2] if ev(x[1], env) else x[3]
            continue
        if head == "define":
            env[x[1]] = ev(x[2], env)
            return x[1]
        if head == "lambda":
            params, body = x[1], x[2]
            return lambda *a, env=env: ev(body, Env(env, params, a))
        if head == "let":
            x, env = x[2], Env(env, [b[0] for b in x[1]], [ev(b[1], env) for b in x[1]])
            continue
        f = ev(head, env)
        return f(*[ev(a, env) for a in x[1:]])


top = Env(None, ["+", "-", "*", "<", "=", "car", "cdr", "cons", "null?", "list"], [lambda *a: sum(a), lambda a, b: a - b, lambda a, b: a * b, lambda a, b: a < b, lambda a, b: a == b, lambda l: l[0], lambda l: l[1:], lambda a, l: [a] + l, lambda l: l == [], lambda *a: list(a)])
for form in read("""
(define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))
(fact 20)
(define map (lambda (f l) (if (null? l) '() (cons (f (car l)) (map f (cdr l))))))
(map (lambda (x) (* x x)) '(1 2 3 4 5))
(define compose (lambda (f g) (lambda (x) (f (g x)))))
((compose (lambda (x) (* x 2)) (lambda (x) (+ x 1))) 20)
(let ((a 3) (b 4)) (+ (* a a) (* b b)))
(define fib (lambda (n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2))))))
(map fib (list 0 1 2 3 4 5 6 7 8 9 10))
(= 1 2)
car
"""):
    print(show(ev(form, top)))
try:
    ev("unbound", top)
except NameError as e:
    print("NameError", e)
