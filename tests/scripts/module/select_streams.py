# Which streams are ready: select.select() over streams of a program's own.
import io
import select

POLL = 3


class Pipe(io.IOBase):
    """What is written at one end is read at the other; it has room for two bytes."""

    def __init__(self, name):
        self.name = name
        self.bytes = b""
        self.asked = 0

    def ioctl(self, request, mask):
        if request != POLL:
            return -1
        self.asked += 1
        ready = (select.POLLIN if self.bytes else 0) | (select.POLLOUT if len(self.bytes) < 2 else 0)
        return ready & mask

    def __repr__(self):
        return "<%s %s>" % (self.name, self.bytes)


class Broken(io.IOBase):
    def ioctl(self, request, mask):
        return select.POLLERR & mask

    def __repr__(self):
        return "<broken>"


a, b = Pipe("a"), Pipe("b")
print(select.select([a, b], [a, b], [], 0))
a.bytes = b"x"
print(select.select([a, b], (a, b), [a], 0))
b.bytes = b"yz"
print(select.select((a, b), [b, a], [], None))
print("asked:", a.asked, b.asked)

# A stream that is named twice is asked once, for all that it is named for.
print(select.select([a, a], [a], [a], 0), a.asked)

# Nothing becomes ready: three empty lists when the time is over.
a.bytes = b""
print(select.select([a], [], [], 0))
print(select.select([a], [], [], 0.01))
print(select.select([], [], [], 0))

# What has failed.
print(select.select([a], [], [Broken(), a], 0))

# A loop that copies what comes in to whoever has room.
a.bytes, b.bytes, copied = b"", b"", b""
feed = list(b"select")
while feed or a.bytes or b.bytes:
    if feed and len(a.bytes) < 2:
        a.bytes += bytes([feed.pop(0)])
    readable, writable, _ = select.select([a, b], [b], [], 1)
    if a in readable and b in writable:
        b.bytes += a.bytes[:1]
        a.bytes = a.bytes[1:]
    if b in readable:
        copied += b.bytes
        b.bytes = b""
print(copied)

for arguments in (
    (a, [], []),
    ([a], {a}, []),
    ([1], [], []),
    ([], [], [None]),
    ([a],),
    ([], [], [], "now"),
    ([], [], [], 0, 0),
):
    try:
        print(select.select(*arguments))
    except (TypeError, OSError) as problem:
        print(type(problem).__name__, problem)
