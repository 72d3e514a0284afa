import deflate, io, select

# BufferedWriter hands on pieces of one size.
class Sink(io.IOBase):
    def __init__(self):
        self.parts = []

    def write(self, buf):
        self.parts.append(bytes(buf))
        return len(buf)

sink = Sink()
w = io.BufferedWriter(sink, 4)
print(w.write(b"abc"), len(sink.parts), w.write(b"defghijkl"), len(sink.parts), w.write(b"mn"), w.write("op"))
w.flush()
w.flush()
print(sink.parts)
with open("/out", "wb") as f:
    w = io.BufferedWriter(f, 64)
    for i in range(100):
        w.write(b"%d," % i)
    w.flush()
print(open("/out").read()[-9:])
for bad in (lambda: io.BufferedWriter(sink, 0), lambda: io.BufferedWriter(sink, -1), lambda: io.BufferedWriter(sink), lambda: io.BufferedWriter(5, 4).write(b"12345"), lambda: w.write(5)):
    try:
        bad()
    except (ValueError, TypeError, OSError) as e:
        print(type(e).__name__, end=" ")
print()

# What is compressed comes back, whatever the window; short pieces and long ones.
def both_ways(text, step, *args):
    packed = io.BytesIO()
    with deflate.DeflateIO(packed, *args) as g:
        g.write(b"")
        for at in range(0, len(text), step):
            g.write(text[at : at + step])
    packed = packed.getvalue()
    return packed, deflate.DeflateIO(io.BytesIO(packed), *args).read() == text

text = b"".join(b"line %d of some text, some text\n" % (i * i) for i in range(60))
noise = bytes((i * i * 7 + i // 3) & 255 for i in range(700))
for data in (b"", b"a", b"a" * 1000, text, noise):
    for args in ((deflate.RAW, 5), (deflate.RAW, 8), (deflate.ZLIB, 10), (deflate.GZIP, 15)):
        for step in (1, 33, 5000):
            packed, same = both_ways(data, step, *args)
            if not same:
                print("differs", data[:10], args, step)
print([len(both_ways(data, 5000, deflate.RAW, 10)[0]) for data in (b"", b"a", b"a" * 1000, text, noise)], len(text))
print(both_ways(b"hello", 5, deflate.ZLIB, 9)[0], both_ways(b"0" * 100, 100, deflate.RAW)[0])
print(both_ways(b"1234567890abcdefghijklmnopqrstuvwxyz123123", 99, deflate.RAW)[0][-8:])

# poll over streams of a program's own.
class Source(io.IOBase):
    def __init__(self, ready):
        self.ready = ready

    def ioctl(self, request, arg):
        return self.ready & arg if request == 3 and self.ready >= 0 else self.ready

a, b = Source(select.POLLIN), Source(0)
p = select.poll()
p.register(a, select.POLLIN)
p.register(b)
print([(s is a, f) for s, f in p.poll(0)])
b.ready = 5
print([(s is b, f) for s, f in p.poll(0)])
p.modify(b, select.POLLOUT)
p.unregister(a)
print([(s is b, f) for s, f in p.ipoll(0, 1)], [f for s, f in p.ipoll(0)])
b.ready = -5
p.register(b)
for bad in (lambda: p.modify(a, 1), lambda: p.register(5), lambda: p.poll(0)):
    try:
        bad()
    except OSError as e:
        print(e.args)
# prints:
# 3 0 9 3 2 2
# [b'abcd', b'efgh', b'ijkl', b'mnop']
# 97,98,99,
# ValueError ValueError TypeError OSError TypeError 
# [2, 3, 10, 263, 739] 1994
# b'\x18\x95\xcbH\xcd\xc9\xc9\x07\x00\x06,\x02\x15' b'3\xa0\x03\x00\x00'
# b'\xaf\xa8\xac\x02\xaa\x01"\x00'
# [(True, 1)]
# [(False, 1), (True, 5)]
# [(True, 4)] []
# (2,)
# ('stream operation not supported',)
# (5,)
