# Coroutines driven by hand: awaitables, async for, async with, and what send and throw do to them.
class Wait:
    def __init__(self, what):
        self.what = what

    def __await__(self):
        got = yield self.what
        return got

    __iter__ = __await__


async def leaf(n):
    r = await Wait("leaf %d" % n)
    return n * 10 + (r or 0)


async def root():
    total = 0
    for i in range(3):
        try:
            total += await leaf(i)
        except ValueError as e:
            print("caught", e)
            total += 1000
    return total


c = root()
print(c.send(None), c.send(1), c.throw(ValueError("thrown")))
try:
    c.send(5)
except StopIteration as e:
    print("result", e.value)


class Aiter:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return await leaf(self.n)


class Actx:
    async def __aenter__(self):
        print("aenter", await Wait("entering"))
        return "inside"

    async def __aexit__(self, k, v, t):
        print("aexit", k.__name__ if k else None, await Wait("leaving"))
        return k is KeyError


async def both():
    async for x in Aiter(2):
        print("x", x)
    else:
        print("else")
    async with Actx() as a:
        print(a)
    async with Actx():
        raise KeyError("k")
    try:
        async with Actx():
            raise OSError(1)
    except OSError as e:
        print("OSError", e)
    return "both done"


def drive(c):
    v, log = None, []
    while True:
        try:
            log.append(c.send(v))
            v = len(log)
        except StopIteration as e:
            return log, e.value


print(drive(both()))
c = leaf(1)
print(type(c).__name__, next(c) if hasattr(c, "__next__") else c.send(None), c.close())
