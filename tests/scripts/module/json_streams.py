# JSON to and from streams, a program's own among them, and what the separators may be.
import io
import json


class Chunked(io.IOBase):
    """Gives a text a few bytes at a time."""

    def __init__(self, text, step):
        self.data = text.encode()
        self.step = step
        self.at = 0
        self.calls = 0

    def readinto(self, buf):
        self.calls += 1
        n = min(len(buf), self.step, len(self.data) - self.at)
        buf[:n] = self.data[self.at : self.at + n]
        self.at += n
        return n


class Collecting(io.IOBase):
    def __init__(self):
        self.parts = []

    def write(self, buf):
        self.parts.append(bytes(buf))
        return len(buf)


DOCUMENT = {"name": "gr\u00fcn", "list": [1, -2, 3.5, None, True, False], "deep": [[[]], {"a": {"b": {}}}]}
text = json.dumps(DOCUMENT)
for step in (1, 2, 7, 100):
    stream = Chunked(text, step)
    print(step, json.load(stream) == DOCUMENT, stream.calls > len(text.encode()) // step)
print(json.load(io.StringIO("[1, 2]  \n\t")), json.load(io.BytesIO(b'{"k": [0]}')))

out = Collecting()
json.dump(DOCUMENT["list"], out)
print(b"".join(out.parts))
file = io.StringIO()
json.dump({"x": (1, 2)}, file, separators=(",", ":"))
print(file.getvalue(), json.dumps([1, {"a": 2}], separators=(" ; ", " = ")))

for bad in ("", "[", "[1", '{"a" 1', '"open', "tru", "[1, 2] 3", "nul", "-", "1.2.3", '{"a": }', "]"):
    try:
        print(repr(bad), json.loads(bad))
    except ValueError as e:
        print(repr(bad), "ValueError", e)
for bad in (Chunked("[1, 2", 3), Chunked("{} {}", 1)):
    try:
        print(json.load(bad))
    except ValueError as e:
        print("ValueError", e)
for value in ('"\\u00fc\\u20ac\\n"', '"\\/\\b\\f"', "1e3", "-0", "123456789012345678901234567890"):
    print(repr(json.loads(value)))
for value in ("\u0001\u001f\u007f", "\\\"/", "tab\tnew\nline", "\U0001f600"):
    print(json.dumps(value))


class Odd:
    def __repr__(self):
        return "<odd>"


print(json.dumps({None: 3}), json.dumps(Odd()), json.dumps([float("1e100"), 10**20]))
