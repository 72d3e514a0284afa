#!/usr/bin/env python3
"""Writes files of small random Python programs, for a comparison of two MicroPythons.

    generate.py --seed N --files F --programs P FOLDER

A file holds P programs as functions and runs each of them, so that one process compares many. The same
seed gives the same files. A program ends by itself, prints only what every correct implementation prints
(no addresses, no order of dicts or sets), and mostly keeps to types that fit, so that it gets far; an
exception ends it, and its type and text are printed.
"""

import argparse
import pathlib
import random

PRELUDE = '''\
def show(v):
    """The text of a value; dicts and sets sorted, objects by their class."""
    if isinstance(v, dict):
        return "{" + ", ".join(sorted(show(k) + ": " + show(v[k]) for k in v)) + "}"
    if isinstance(v, (set, frozenset)):
        return type(v).__name__ + "(" + ", ".join(sorted(show(k) for k in v)) + ")"
    if isinstance(v, list):
        return "[" + ", ".join(show(x) for x in v) + "]"
    if isinstance(v, tuple):
        return "(" + ", ".join(show(x) for x in v) + ",)"
    if isinstance(v, float):
        # Builds round the last digits in their own way.
        return "%.12g" % v
    if v is None or isinstance(v, (bool, int, str, bytes)):
        return repr(v)
    return "<" + type(v).__name__ + ">"


def room(v, left):
    """What is left of a budget after everything inside a value; shared parts count each time."""
    if isinstance(v, dict):
        v = list(v.values())
    if isinstance(v, (list, tuple)):
        for x in v:
            if left <= 0:
                break
            left = room(x, left - 1)
    if isinstance(v, (str, bytes)):
        left -= len(v) // 8
    return left


def cut(v):
    """Keeps values small, so that loops can't make them grow without end."""
    if isinstance(v, int) and not isinstance(v, bool) and not -(1 << 90) < v < 1 << 90:
        return v % 1000000007
    if isinstance(v, (str, bytes, list, tuple)) and len(v) > 40:
        v = v[:40]
    return v if room(v, 150) > 0 else type(v)()


class Ctx:
    def __init__(self, log, swallow):
        self.log, self.swallow = log, swallow

    def __enter__(self):
        self.log.append("in")
        return len(self.log)

    def __exit__(self, kind, value, tb):
        self.log.append("out" if kind is None else kind.__name__)
        return self.swallow


def run(f):
    print("==", f.__name__)
    try:
        print(show(f()))
    except Exception as e:
        print(type(e).__name__, e)


'''

WORDS = ("", "a", "b", "ab", "abc", "x1", "Hello", "zz top", "é", "10", "-7", "3.5", " pad ", "A,B,,C", "line\n")
ERRORS = ("ValueError", "KeyError", "TypeError", "IndexError", "ZeroDivisionError", "RuntimeError")
SEQUENCES = ("list", "tuple", "str", "bytes")
TYPES = ("int", "int", "int", "float", "str", "str", "list", "list", "tuple", "dict", "set", "bool", "bytes")


class Scope:
    """The variables that a place of a program can read, by type, and the functions that it can call."""

    def __init__(self, outer=None):
        self.names = dict(outer.names) if outer else {}
        self.functions = dict(outer.functions) if outer else {}
        self.classes = dict(outer.classes) if outer else {}
        self.fixed = set(outer.fixed) if outer else set()

    def of(self, kind):
        return [name for name, its in self.names.items() if its == kind]


class Expressions:
    """Random expressions of a wanted type."""

    def __init__(self, rng):
        self.rng = rng
        self.wrong = 0.003

    def pick(self, *options):
        return self.rng.choice(options)

    def expr(self, kind, scope, depth=3):
        if self.rng.random() < self.wrong:
            # Nothing that a large number could multiply. In parentheses, since a method's name may follow.
            return self.pick("(None)", "(2.5)", "{1}", "(True)")
        names = scope.of(kind)
        if names and self.rng.random() < (0.35 if depth > 0 else 0.8):
            return self.rng.choice(names)
        if depth <= 0:
            return self.literal(kind, scope)
        calls = [n for n, (result, _) in scope.functions.items() if result == kind]
        if calls and self.rng.random() < 0.25:
            return self.call(self.rng.choice(calls), scope, depth)
        if self.rng.random() < 0.06:
            return "(%s if %s else %s)" % (self.expr(kind, scope, depth - 1), self.expr("bool", scope, depth - 1), self.expr(kind, scope, depth - 1))
        return getattr(self, "make_" + kind)(scope, depth - 1)

    def call(self, name, scope, depth):
        _, parameters = scope.functions[name]
        arguments, named = [], False
        for parameter, kind, default in parameters:
            if default and self.rng.random() < 0.4:
                continue
            text = self.expr(kind, scope, depth - 1)
            # Once one is named or a default is skipped, what follows is named.
            named = named or len(arguments) < parameters.index((parameter, kind, default)) or self.rng.random() < 0.2
            arguments.append("%s=%s" % (parameter, text) if named else text)
        return "%s(%s)" % (name, ", ".join(arguments))

    def divisor(self, text):
        """Mostly not zero, so that programs get on."""
        return text if self.rng.random() < 0.05 else "(%s or 3)" % text

    def literal(self, kind, scope):
        r = self.rng
        if kind == "int":
            return str(r.choice((0, 1, 2, 3, -1, 5, 7, 10, -13, 100, 255, 65536, 2**30, 2**31 - 1, -(2**31), 2**63, 10**20, r.randrange(-50, 50))))
        if kind == "float":
            return r.choice(("0.0", "0.5", "-1.25", "3.0", "1e10", "2.5e-3", "-0.0", "100.125", "0.1"))
        if kind == "str":
            return repr(r.choice(WORDS))
        if kind == "bytes":
            return repr(r.choice((b"", b"a", b"abc", b"\x00\xff", b"xyz xyz", b"12")))
        if kind == "bool":
            return r.choice(("True", "False"))
        if kind == "list":
            return "[" + ", ".join(self.literal(self.pick("int", "int", "str"), scope) for _ in range(r.randrange(4))) + "]"
        if kind == "tuple":
            return "(" + "".join(self.literal(self.pick("int", "str"), scope) + ", " for _ in range(r.randrange(4))) + ")"
        if kind == "dict":
            return "{" + ", ".join("%s: %s" % (self.literal(self.pick("int", "str"), scope), self.literal(self.pick("int", "str"), scope)) for _ in range(r.randrange(4))) + "}"
        if kind == "set":
            return "{" + ", ".join(self.literal("int", scope) for _ in range(1 + r.randrange(3))) + "}"
        raise KeyError(kind)

    def make_int(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(14)
        if form < 5:
            op = self.pick("+", "-", "*", "//", "%", "&", "|", "^")
            return "(%s %s %s)" % (e("int"), op, self.divisor(e("int")) if op in ("//", "%") else e("int"))
        if form == 5:
            return "(%s %s (%s & 31))" % (e("int"), self.pick("<<", ">>"), e("int"))
        if form == 6:
            return "(cut(%s) ** (%s %% 4))" % (e("int"), e("int"))
        if form == 7:
            return "len(%s)" % e(self.pick("str", "list", "dict", "tuple", "set", "bytes"))
        if form == 8:
            return "%s(%s)" % (self.pick("abs", "-", "~", "+", "int"), e("int"))
        if form == 9:
            return "%s(%s, %s)" % (self.pick("min", "max"), e("int"), e("int"))
        if form == 10:
            return self.pick("%s.find(%s)", "%s.count(%s)", "%s.rfind(%s)") % (e("str"), e("str"))
        if form == 11:
            return "sum(v for v in %s if isinstance(v, int))" % e("list")
        if form == 12:
            return "ord((%s + 'q')[0])" % e("str")
        return "int(%s)" % self.pick("%s %% 1e6" % e("float"), e("bool"), "round(%s) %% 97" % e("int"))

    def make_float(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(6)
        if form < 3:
            op, right = self.pick("+", "-", "*", "/", "//", "%"), e(self.pick("float", "int"))
            return "(%s %s %s)" % (e("float"), op, self.divisor(right) if op in ("/", "//", "%") else right)
        if form == 3:
            return "(%s / %s)" % (e("int"), self.divisor(e("int")))
        if form == 4:
            return "round(%s, %d)" % (e("float"), self.rng.randrange(4))
        return "%s(%s)" % (self.pick("float", "abs", "-"), e("float"))

    def make_bool(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(9)
        if form < 3:
            kind = self.pick("int", "int", "float", "str", "list", "tuple")
            ops = ("==", "!=") if kind in ("list", "tuple") else ("<", "<=", ">", ">=", "==", "!=")
            return "(%s %s %s)" % (e(kind), self.pick(*ops), e(kind))
        if form == 3:
            return "(%s %s %s)" % (e("bool"), self.pick("and", "or"), e("bool"))
        if form == 4:
            return "(not %s)" % e(self.pick(*TYPES))
        if form == 5:
            return "(%s %s str(%s))" % (e("str"), self.pick("in", "not in"), e("str"))
        if form == 6:
            # MicroPython's builds word the error of `in` differently, so that the container is one for certain.
            return "(%s %s %s)" % (e("int"), self.pick("in", "not in"), self.literal(self.pick("list", "tuple", "dict", "set"), scope))
        if form == 7:
            return "%s.%s(%s)" % (e("str"), self.pick("startswith", "endswith"), e("str"))
        return "(%s < %s <= %s)" % (e("int"), e("int"), e("int"))

    def make_str(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(15)
        if form < 2:
            return "(%s + %s)" % (e("str"), e("str"))
        if form == 2:
            return "(%s * (%s %% 4))" % (e("str"), e("int"))
        if form == 3:
            return "%s.%s()" % (e("str"), self.pick("upper", "lower", "strip", "lstrip", "rstrip"))
        if form == 4:
            return "%s.replace(%s, %s)" % (e("str"), self.literal("str", scope), e("str"))
        if form == 5:
            return "%s[%s]" % (e("str"), self.bounds(scope, d, False))
        if form == 6:
            return "%s(%s)" % (self.pick("str", "repr"), e(self.pick("int", "bool", "str", "bytes")))
        if form == 7:
            return "show(%s)" % e(self.pick(*TYPES))
        if form == 8:
            return "('%s' %% (%s,))" % (self.pick("%d", "%5d", "%-6d|", "%x", "%05d", "%+d", "%s", "%r"), e("int"))
        if form == 9:
            return "('%s' %% (%s,))" % (self.pick("%s", "%r", "[%8s]", "[%-8s]", "%.3s"), e("str"))
        if form == 10:
            return "'%s'.format(%s)" % (self.pick("{}", "{:>8}", "{:<8}|", "{:^9}", "{:x}", "{:,}", "{:#b}", "{:+}"), e("int"))
        if form == 11:
            return "'%s'.format(%s)" % (self.pick("{:.2f}", "{:e}", "{:10.3f}", "{:g}", "{:%}"), e("float"))
        if form == 12:
            return "%s.join(show(v) for v in %s)" % (self.literal("str", scope), e("list"))
        if form == 13:
            return "chr(33 + %s %% 90)" % e("int")
        return "f'{%s}-{%s:5}'" % (self.expr("int", scope, 0), self.literal("int", scope))

    def make_bytes(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(5)
        if form == 0:
            return "(%s + %s)" % (e("bytes"), e("bytes"))
        if form == 1:
            return "%s[%s]" % (e("bytes"), self.bounds(scope, d, False))
        if form == 2:
            return "%s.encode()" % e("str")
        if form == 3:
            return "bytes(v & 255 for v in %s if isinstance(v, int))" % e("list")
        return "(%s %% 65536).to_bytes(2, %s)" % (e("int"), self.pick("'big'", "'little'"))

    def make_list(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(11)
        if form == 0:
            return "(%s + %s)" % (e("list"), e("list"))
        if form == 1:
            return "(%s * (%s %% 3))" % (e("list"), e("int"))
        if form == 2:
            return "%s[%s]" % (e("list"), self.bounds(scope, d, True))
        if form == 3:
            inner = self.within(scope, "i", "int")
            return "[%s for i in range(%d)%s]" % (self.expr(self.pick("int", "str", "tuple"), inner, d), self.rng.randrange(6), self.condition(inner, d))
        if form == 4:
            return "list(%s)" % e(self.pick("str", "tuple", "list", "bytes"))
        if form == 5:
            return "sorted(%s, key=show)" % e(self.pick("list", "tuple", "set", "dict"))
        if form == 6:
            return "%s.split(%s)" % (e("str"), self.pick("", "','", "' '", "'b'"))
        if form == 7:
            return "[%s]" % ", ".join(e(self.pick("int", "str", "float", "list", "tuple", "bool")) for _ in range(self.rng.randrange(5)))
        if form == 8:
            inner = self.within(scope, "c", "str")
            return "[%s for c in %s%s]" % (self.expr(self.pick("str", "int"), inner, d), e("str"), self.condition(inner, d))
        if form == 9:
            return "list(map(lambda v: (v, %s), %s))" % (e("int"), e("list"))
        return "list(%s)" % self.pick("zip(%s, %s)" % (e("list"), e("str")), "enumerate(%s)" % e("str"), "reversed(%s)" % e("list"), "filter(None, %s)" % e("list"), "range(%s %% 9)" % e("int"))

    def make_tuple(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        form = self.rng.randrange(5)
        if form == 0:
            return "(%s + %s)" % (e("tuple"), e("tuple"))
        if form == 1:
            return "tuple(%s)" % e(self.pick("list", "str"))
        if form == 2:
            return "divmod(%s, %s)" % (e("int"), self.divisor(e("int")))
        if form == 3:
            return "%s.partition(%s)" % (e("str"), self.pick("','", "'b'", "' '"))
        return "(%s, %s)" % (e(self.pick(*TYPES)), e(self.pick("int", "str", "bool")))

    def make_dict(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        if self.rng.random() < 0.5:
            inner = self.within(scope, "k", "int")
            return "{k: %s for k in range(%d)}" % (self.expr(self.pick("int", "str", "list"), inner, d), self.rng.randrange(5))
        return "{%s: %s, %s: %s}" % (e(self.pick("int", "str")), e(self.pick("int", "str")), e("str"), e(self.pick("int", "list", "dict")))

    def make_set(self, scope, d):
        e = lambda kind: self.expr(kind, scope, d)
        if self.rng.random() < 0.5:
            return "(%s %s %s)" % (e("set"), self.pick("|", "&", "-", "^"), e("set"))
        return self.pick("{%s, %s}" % (e("int"), e("int")), "set(%s)" % e("str"), "{v %% 5 for v in range(%s %% 9)}" % e("int"))

    def bounds(self, scope, d, steps):
        low = self.pick("", str(self.rng.randrange(-5, 6)), "%s %% 7" % self.expr("int", scope, 0))
        high = self.pick("", str(self.rng.randrange(-5, 6)))
        step = ":" + self.pick("1", "2", "-1", "-2") if steps and self.rng.random() < 0.3 else ""
        return "%s:%s%s" % (low, high, step)

    def condition(self, scope, d):
        return " if " + self.expr("bool", scope, d) if self.rng.random() < 0.4 else ""

    @staticmethod
    def within(scope, name, kind):
        inner = Scope(scope)
        inner.names[name] = kind
        return inner


class Programs(Expressions):
    """Random programs: statements over expressions."""

    def __init__(self, rng):
        super().__init__(rng)
        self.counter = 0
        self.lines = []

    def fresh(self, prefix):
        self.counter += 1
        return "%s%d" % (prefix, self.counter)

    def emit(self, indent, text):
        self.lines.append("    " * indent + text)

    def program(self, number):
        self.counter = 0
        scope = Scope()
        self.emit(0, "def p%d():" % number)
        for _ in range(3):
            kind = self.pick(*TYPES)
            self.assign(1, scope, kind)
        for _ in range(self.rng.randrange(2)):
            self.function(1, scope)
        if self.rng.random() < 0.35:
            self.klass(1, scope)
        if self.rng.random() < 0.3:
            self.generator(1, scope)
        self.block(1, scope, 3 + self.rng.randrange(6), 3)
        self.emit(1, "return (%s,)" % ", ".join(sorted(scope.names)))
        self.emit(0, "")
        self.emit(0, "")

    def block(self, indent, scope, count, depth, in_loop=False):
        for _ in range(count):
            self.statement(indent, scope, depth, in_loop)

    def branch(self, indent, scope, count, depth, in_loop=False):
        """A block that may not run: few of the names that it binds are used after it."""
        inner = Scope(scope)
        self.block(indent, inner, count, depth, in_loop)
        scope.fixed |= inner.fixed
        for name, kind in inner.names.items():
            if name in scope.names or self.rng.random() < 0.03:
                scope.names[name] = kind

    def statement(self, indent, scope, depth, in_loop):
        choices = [self.assign] * 6 + [self.augment] * 3 + [self.mutate] * 4 + [self.show] * 2 + [self.unpack]
        if depth > 0:
            choices += [self.conditional] * 2 + [self.loop] * 3 + [self.attempt] * 3 + [self.managed, self.bounded, self.closure]
        if in_loop:
            choices += [self.leave]
        choice = self.rng.choice(choices)
        if choice in (self.conditional, self.loop, self.attempt, self.managed, self.bounded):
            choice(indent, scope, depth - 1, in_loop)
        else:
            choice(indent, scope)

    def assign(self, indent, scope, kind=None):
        kind = kind or self.pick(*TYPES)
        old = [n for n in scope.of(kind) if n not in scope.fixed]
        name = self.rng.choice(old) if old and self.rng.random() < 0.5 else self.fresh("v")
        self.emit(indent, "%s = cut(%s)" % (name, self.expr(kind, scope)))
        scope.names[name] = kind

    def augment(self, indent, scope):
        options = {"int": "+= -= *= &= |= ^=".split(), "float": "+= -= *=".split(), "str": ["+="], "list": ["+="], "tuple": ["+="], "set": ["|=", "&=", "-="]}
        kinds = [k for k in options if [n for n in scope.of(k) if n not in scope.fixed]]
        if not kinds:
            return self.assign(indent, scope)
        kind = self.rng.choice(kinds)
        name = self.rng.choice([n for n in scope.of(kind) if n not in scope.fixed])
        # A list that grows in place must not come to hold itself.
        right = "[%s]" % self.expr("int", scope, 2) if kind == "list" else self.expr(kind, scope, 2)
        self.emit(indent, "%s %s %s" % (name, self.rng.choice(options[kind]), right))
        self.emit(indent, "%s = cut(%s)" % (name, name))

    def mutate(self, indent, scope):
        e = lambda kind: self.expr(kind, scope, 2)
        # Only flat values go into a container that lives on: none may come to hold itself.
        flat = lambda: "[%s, cut(%s)]" % (e("int"), e("str"))
        lists, dicts, sets = ([n for n in scope.of(kind) if n not in scope.fixed] for kind in ("list", "dict", "set"))
        forms = []
        if lists:
            l = self.rng.choice(lists)
            forms += ["%s.append(%s)" % (l, e("int")), "%s.insert(%d, cut(%s))" % (l, self.rng.randrange(-3, 4), e("str")), "%s.reverse()" % l, "%s.extend(%s)" % (l, flat()), "%s.pop()" % l,
                      "%s[0:2] = %s" % (l, flat()), "del %s[%d:]" % (l, self.rng.randrange(4)), "%s.sort(key=show)" % l, "%s[%d] = %s" % (l, self.rng.randrange(-2, 3), e("int"))]
        if dicts:
            d = self.rng.choice(dicts)
            forms += ["%s[cut(%s)] = %s" % (d, e("str"), e("int")), "%s.pop(%s, None)" % (d, e("int")), "%s.setdefault(%s, cut(%s))" % (d, e("int"), e("str")), "%s.update({cut(%s): %s})" % (d, e("str"), e("int")), "%s[3] = 3; del %s[%s]" % (d, d, self.pick("3", "3", "3", self.literal("int", scope)))]
        if sets:
            s = self.rng.choice(sets)
            forms += ["%s.add(%s)" % (s, e("int")), "%s.discard(%s)" % (s, e("int")), "%s.add(7); %s.remove(%s)" % (s, s, self.pick("7", "7", "7", self.literal("int", scope)))]
        if forms:
            form = self.rng.choice(forms)
            self.emit(indent, form)
            name = form.split(".")[0].split("[")[0].replace("del ", "")
            self.emit(indent, "%s = cut(%s)" % (name, name))
        else:
            self.assign(indent, scope, "list")

    def show(self, indent, scope):
        self.emit(indent, "print(%s)" % ", ".join("show(%s)" % self.expr(self.pick(*TYPES), scope) for _ in range(1 + self.rng.randrange(2))))

    def unpack(self, indent, scope):
        a, b = self.fresh("v"), self.fresh("v")
        form = self.rng.randrange(4)
        if form == 0:
            self.emit(indent, "%s, %s = %s, %s" % (a, b, self.expr("int", scope), self.expr("str", scope)))
            scope.names.update({a: "int", b: "str"})
        elif form == 1:
            self.emit(indent, "%s, *%s = 'q' + %s" % (a, b, self.expr("str", scope)))
            scope.names.update({a: "str", b: "list"})
        elif form == 2:
            self.emit(indent, "*%s, %s = (%s, 1, 2)" % (b, a, self.expr("int", scope)))
            scope.names.update({a: "int", b: "list"})
        else:
            self.emit(indent, "(%s, (%s, *_)) = (%s, (%s,) + %s)" % (a, b, self.expr("list", scope), self.expr("int", scope), self.expr("tuple", scope)))
            scope.names.update({a: "list", b: "int"})

    def conditional(self, indent, scope, depth, in_loop):
        self.emit(indent, "if %s:" % self.expr("bool", scope))
        self.branch(indent + 1, scope, 1 + self.rng.randrange(2), depth, in_loop)
        if self.rng.random() < 0.3:
            self.emit(indent, "elif %s:" % self.expr("bool", scope))
            self.branch(indent + 1, scope, 1, depth, in_loop)
        if self.rng.random() < 0.5:
            self.emit(indent, "else:")
            self.branch(indent + 1, scope, 1 + self.rng.randrange(2), depth, in_loop)

    def loop(self, indent, scope, depth, in_loop):
        name = self.fresh("i")
        kind, source = self.pick(("int", "range(%d)" % self.rng.randrange(6)), ("int", "range(%d, %d, %d)" % (self.rng.randrange(-4, 9), self.rng.randrange(-4, 9), self.rng.choice((-3, -1, 1, 2)))), ("str", "%s[:6]" % self.expr("str", scope, 1)), ("int", "[v for v in %s if isinstance(v, int)][:5]" % self.expr("list", scope, 1)))
        self.emit(indent, "for %s in %s:" % (name, source))
        inner = Scope(scope)
        inner.names[name] = kind
        self.branch(indent + 1, inner, 1 + self.rng.randrange(3), depth, True)
        if self.rng.random() < 0.2:
            self.emit(indent, "else:")
            self.branch(indent + 1, scope, 1, depth, in_loop)

    def bounded(self, indent, scope, depth, in_loop):
        name = self.fresh("n")
        self.emit(indent, "%s = %d" % (name, 1 + self.rng.randrange(5)))
        self.emit(indent, "while %s > 0 and %s:" % (name, self.expr("bool", scope, 1)))
        self.emit(indent + 1, "%s -= 1" % name)
        scope.fixed.add(name)
        scope.names[name] = "int"
        self.branch(indent + 1, scope, 1 + self.rng.randrange(2), depth, True)

    def leave(self, indent, scope):
        self.emit(indent, "if %s:" % self.expr("bool", scope, 1))
        self.emit(indent + 1, self.pick("break", "continue"))

    def attempt(self, indent, scope, depth, in_loop):
        self.emit(indent, "try:")
        self.branch(indent + 1, scope, 1 + self.rng.randrange(3), depth, in_loop)
        if self.rng.random() < 0.5:
            self.emit(indent + 1, "raise %s(%s)" % (self.rng.choice(ERRORS), self.expr("str", scope, 1)))
        catch = self.rng.random() < 0.85
        if catch:
            what = self.pick("Exception", "(ValueError, KeyError)", "LookupError", "ArithmeticError", "TypeError")
            self.emit(indent, "except %s as e:" % what)
            self.emit(indent + 1, "print('caught', type(e).__name__, e)")
            self.branch(indent + 1, scope, 1, depth - 1, in_loop)
            if what != "Exception" and self.rng.random() < 0.7:
                self.emit(indent, "except Exception as e:")
                self.emit(indent + 1, "print('other', type(e).__name__, e)")
            if self.rng.random() < 0.3:
                self.emit(indent, "else:")
                self.branch(indent + 1, scope, 1, depth - 1, in_loop)
        if not catch or self.rng.random() < 0.4:
            self.emit(indent, "finally:")
            self.show(indent + 1, scope)

    def managed(self, indent, scope, depth, in_loop):
        log = self.fresh("v")
        self.emit(indent, "%s = []" % log)
        scope.names[log] = "list"
        name = self.fresh("v")
        self.emit(indent, "with Ctx(%s, %s) as %s:" % (log, self.pick("True", "True", "False"), name))
        scope.names[name] = "int"
        self.branch(indent + 1, scope, 1 + self.rng.randrange(2), depth, in_loop)

    def closure(self, indent, scope):
        ints = [n for n in scope.of("int") if n not in scope.fixed]
        if not ints:
            return self.assign(indent, scope, "int")
        held = self.rng.choice(ints)
        name = self.fresh("f")
        # Bound here too: MicroPython leaves out a branch that a constant rules out, and the name's only binding with it.
        self.emit(indent, "%s = cut(%s)" % (held, held))
        self.emit(indent, "def %s(x=1):" % name)
        self.emit(indent + 1, "nonlocal %s" % held)
        self.emit(indent + 1, "%s = cut(%s + x)" % (held, held))
        self.emit(indent + 1, "return %s * 2" % held)
        self.emit(indent, "print(%s(), %s(%s))" % (name, name, self.expr("int", scope, 1)))
        # A closed-over name keeps its cell only at the level of the program's function.
        scope.fixed.add(held)

    def parameters(self):
        count = self.rng.randrange(4)
        defaults = self.rng.randrange(count + 1)
        return [(self.fresh("a"), self.pick("int", "str", "list", "float"), i >= count - defaults) for i in range(count)]

    def function(self, indent, scope):
        name, result = self.fresh("f"), self.pick("int", "str", "list", "bool")
        parameters = self.parameters()
        inner = Scope()
        head = []
        for parameter, kind, default in parameters:
            inner.names[parameter] = kind
            if kind == "list":
                # The caller may be iterating over it.
                inner.fixed.add(parameter)
            head.append("%s=%s" % (parameter, self.literal(kind, inner)) if default else parameter)
        self.emit(indent, "def %s(%s):" % (name, ", ".join(head)))
        self.block(indent + 1, inner, 1 + self.rng.randrange(3), 1)
        self.emit(indent + 1, "return %s" % self.expr(result, inner))
        scope.functions[name] = (result, parameters)

    def klass(self, indent, scope):
        base, child, var = self.fresh("C"), self.fresh("C"), self.fresh("o")
        inner = Scope()
        inner.names.update({"self.n": "int", "self.s": "str", "x": "int"})
        inner.fixed.update(("self.n", "self.s"))
        self.emit(indent, "class %s:" % base)
        self.emit(indent + 1, "shared = []")
        self.emit(indent + 1, "def __init__(self, n, s='s'):")
        self.emit(indent + 2, "self.n, self.s = n, s")
        self.emit(indent + 1, "def step(self, x=2):")
        self.emit(indent + 2, "self.n = cut(%s)" % self.expr("int", inner, 2))
        self.emit(indent + 2, "self.shared.append(x)")
        self.emit(indent + 2, "return %s" % self.expr("int", inner, 2))
        self.emit(indent + 1, "def __add__(self, x):")
        self.emit(indent + 2, "return type(self)(self.n + x, self.s)")
        self.emit(indent + 1, "def __eq__(self, o):")
        self.emit(indent + 2, "return self.n == o.n")
        self.emit(indent + 1, "@property")
        self.emit(indent + 1, "def text(self):")
        self.emit(indent + 2, "x = self.n")
        self.emit(indent + 2, "return %s" % self.expr("str", inner, 2))
        self.emit(indent, "class %s(%s):" % (child, base))
        self.emit(indent + 1, "def step(self, x=3):")
        self.emit(indent + 2, "return super().step(%s) + 1" % self.expr("int", inner, 1))
        for cls in (base, child):
            self.emit(indent, "%s = %s(%s)" % (var, cls, self.expr("int", scope, 1)))
            self.emit(indent, "print(%s.step(), %s.step(%s), show(%s.text), show((%s + 1).n), %s == %s + 0, show(%s.shared))" % (var, var, self.expr("int", scope, 1), var, var, var, var, var))

    def generator(self, indent, scope):
        name = self.fresh("g")
        inner = Scope()
        inner.names.update({"n": "int", "i": "int", "got": "int"})
        self.emit(indent, "def %s(n):" % name)
        self.emit(indent + 1, "got = 0")
        self.emit(indent + 1, "for i in range(n):")
        self.emit(indent + 2, "try:")
        self.emit(indent + 3, "r = yield %s" % self.expr(self.pick("int", "str", "tuple"), inner, 2))
        self.emit(indent + 3, "got += r or 0")
        self.emit(indent + 2, "except ValueError as e:")
        self.emit(indent + 3, "print('gen', e)")
        if self.rng.random() < 0.5:
            self.emit(indent + 1, "yield from %s" % self.expr(self.pick("list", "str", "tuple"), inner, 1))
        self.emit(indent + 1, "return got")
        var = self.fresh("o")
        self.emit(indent, "%s = %s(%d)" % (var, name, 1 + self.rng.randrange(5)))
        self.emit(indent, "print(show(next(%s)), show(list(%s(%d))))" % (var, name, self.rng.randrange(4)))
        self.emit(indent, "try:")
        for _ in range(1 + self.rng.randrange(3)):
            self.emit(indent + 1, "print(show(%s.%s))" % (var, self.pick("send(5)", "throw(ValueError('in'))", "send(None)", "throw(KeyError)")))
        self.emit(indent, "except (StopIteration, KeyError) as e:")
        self.emit(indent + 1, "print('stop', type(e).__name__, e.args)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, default=20)
    parser.add_argument("--programs", type=int, default=50, help="in each file")
    parser.add_argument("folder", type=pathlib.Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for file in range(options.files):
        programs = Programs(random.Random("%d/%d" % (options.seed, file)))
        for number in range(options.programs):
            programs.program(number)
        calls = "".join("run(p%d)\n" % number for number in range(options.programs))
        path = options.folder / ("s%d_f%03d.py" % (options.seed, file))
        path.write_text(PRELUDE + "\n".join(programs.lines) + "\n" + calls, encoding="utf-8")


if __name__ == "__main__":
    main()
