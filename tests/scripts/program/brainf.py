# An interpreter of eight instructions, with its jump table made beforehand.
def run(src, data=b"", limit=200000):
    jumps, stack = {}, []
    for i, c in enumerate(src):
        if c == "[":
            stack.append(i)
        elif c == "]":
            j = stack.pop()
            jumps[i], jumps[j] = j, i
    tape, p, i, out, inp, steps = bytearray(64), 0, 0, [], list(data), 0
    while i < len(src) and steps < limit:
        c = src[i]
        if c == ">":
            p += 1
        elif c == "<":
            p -= 1
        elif c == "+":
            tape[p] = (tape[p] + 1) & 255
        elif c == "-":
            tape[p] = (tape[p] - 1) & 255
        elif c == ".":
            out.append(chr(tape[p]))
        elif c == ",":
            tape[p] = inp.pop(0) if inp else 0
        elif (c == "[" and not tape[p]) or (c == "]" and tape[p]):
            i = jumps[i]
        i += 1
        steps += 1
    return "".join(out), steps


print(run("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.>>.<-.<.+++.------.--------.>>+."))
print(run(",[.,]", b"echo"), run(",>,<[->+<]>.", bytes([30, 35])))
print(run("+[>+++[>++<-]<++]", limit=5000)[1])
