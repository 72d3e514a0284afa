# StringIO and BytesIO: reading, writing, seeking, lines, context managers.
import io

s = io.StringIO("first\nsecond line\n\nlast")
print(repr(s.readline()), repr(s.read(3)), repr(s.readline()), repr(s.readline()), repr(s.read()), repr(s.read()), s.seek(0), s.tell())
s = io.StringIO()
print(s.write("hello"), s.write(" é"), s.getvalue(), s.tell(), s.seek(1), s.write("EL"), s.getvalue(), s.read())
print("text", 1, 2.5, file=s, sep="-", end="!\n")
print(repr(s.getvalue()))
b = io.BytesIO(b"0123456789")
print(b.read(3), b.tell(), b.seek(-2, 2), b.read(), b.seek(2), b.seek(3, 1), b.read(2), b.seek(0), b.write(b"AB"), b.getvalue())
buf = bytearray(4)
b.seek(6)
print(b.readinto(buf), buf, b.readinto(buf), buf)
with io.BytesIO() as f:
    f.write(b"x" * 5)
    f.seek(8)
    f.write(b"end")
    print(f.getvalue())
    inside = f
for bad in (lambda: inside.read(), lambda: b.seek(0, 9)):
    try:
        print(repr(bad()))
    except (ValueError, TypeError, OSError) as e:
        print(type(e).__name__)
print([line for line in io.StringIO("a\nb\nc")], io.BytesIO(b"l1\nl2").readline(), io.StringIO("x").readline(), sum(len(x) for x in io.BytesIO(b"ab\ncde")))


class Upper(io.IOBase):
    def __init__(self):
        self.got = []

    def write(self, data):
        self.got.append(bytes(data).upper())
        return len(data)


u = Upper()
print("to a stream of ours", 42, file=u)
print(b"".join(u.got))
