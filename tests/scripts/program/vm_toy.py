# A register machine with an assembler, run on three programs.
PROGRAMS = {
    "gcd": "set a 1071; set b 462; loop: jz b end; mov t b; mod a b; mov b a; mov a t; jmp loop; end: out a; halt",
    "primes": "set n 2; next: set d 2; try: mov q d; mul q d; gt q n isprime; mov r n; mod r d; jz r composite; add d 1; jmp try; isprime: out n; composite: add n 1; gt n 40 stop; jmp next; stop: halt",
    "fib": "set a 0; set b 1; set c 25; again: out a; mov t a; add t b; mov a b; mov b t; sub c 1; jz c done; jmp again; done: halt",
}


def assemble(text):
    code, labels = [], {}
    for part in text.split(";"):
        words = part.split()
        while words and words[0].endswith(":"):
            labels[words.pop(0)[:-1]] = len(code)
        if words:
            code.append(tuple(words))
    return [tuple(labels.get(w, w) if i and op[0][0] in "jg" and i == len(op) - 1 else w for i, w in enumerate(op)) for op in code]


def execute(code):
    regs, pc, steps, out = {}, 0, 0, []

    def val(x):
        return regs[x] if x in regs else int(x)

    arith = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "mod": lambda a, b: a % b}
    while True:
        op = code[pc]
        pc += 1
        steps += 1
        name = op[0]
        if name == "halt":
            return out, steps
        elif name in ("set", "mov"):
            regs[op[1]] = val(op[2])
        elif name in arith:
            regs[op[1]] = arith[name](regs[op[1]], val(op[2]))
        elif name == "jmp":
            pc = op[1]
        elif name == "jz":
            if val(op[1]) == 0:
                pc = op[2]
        elif name == "gt":
            if val(op[1]) > val(op[2]):
                pc = op[3]
        elif name == "out":
            out.append(val(op[1]))


for name in sorted(PROGRAMS):
    code = assemble(PROGRAMS[name])
    print(name, len(code), *execute(code))
