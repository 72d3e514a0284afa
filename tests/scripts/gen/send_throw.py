# send, throw and close: what goes in, what comes out, and what may not.
def averager():
    total = n = 0
    avg = None
    while True:
        try:
            x = yield avg
        except ValueError as e:
            print("caught", e)
            total = n = 0
            avg = None
            continue
        total += x
        n += 1
        avg = total / n


g = averager()
print(next(g), g.send(10), g.send(20), g.send(60), g.throw(ValueError("reset")), g.send(5), g.close())
try:
    g.send(1)
except StopIteration:
    print("closed")


def stubborn():
    try:
        yield 1
    except GeneratorExit:
        print("asked to close")
        yield 2


g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as e:
    print("RuntimeError", e)


def clean():
    try:
        yield 1
        yield 2
    finally:
        print("cleaned")


g = clean()
print(next(g), g.close(), g.close())
for x in clean():
    break
g = clean()
next(g)
try:
    g.throw(KeyError("k"))
except KeyError as e:
    print("KeyError", e)
g = clean()
try:
    g.send(1)
except TypeError as e:
    print("TypeError", e)
try:
    g.throw(ZeroDivisionError)
except ZeroDivisionError as e:
    print("not started", e.args)


def reenter():
    yield next(me)


me = reenter()
try:
    next(me)
except ValueError as e:
    print("ValueError", e)


def echo():
    got = []
    while True:
        got.append((yield len(got)))
        if got[-1] is None:
            return got


g = echo()
next(g)
print([g.send(c) for c in "abc"])
try:
    g.send(None)
except StopIteration as e:
    print(e.value)
