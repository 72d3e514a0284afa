# A ring buffer over a bytearray with views, and a framed protocol through it.
class Ring:
    def __init__(self, size):
        self.buf, self.r, self.n = bytearray(size), 0, 0

    def put(self, data):
        size = len(self.buf)
        count = min(len(data), size - self.n)
        w = (self.r + self.n) % size
        first = min(count, size - w)
        self.buf[w : w + first] = data[:first]
        self.buf[: count - first] = data[first:count]
        self.n += count
        return count

    def get(self, count):
        size = len(self.buf)
        count = min(count, self.n)
        first = min(count, size - self.r)
        m = memoryview(self.buf)
        out = bytes(m[self.r : self.r + first]) + bytes(m[: count - first])
        self.r = (self.r + count) % size
        self.n -= count
        return out

    def __len__(self):
        return self.n


r = Ring(10)
print(r.put(b"abcdefg"), r.get(3), r.put(b"hijklmnop"), len(r), r.buf, r.get(100), len(r), r.get(1))
sent, got, seed, ring = bytearray(), bytearray(), 1, Ring(37)
while len(sent) < 2000:
    seed = seed * 75 % 65537
    chunk = bytes((seed + i) & 255 for i in range(seed % 29))
    k = ring.put(chunk)
    sent += chunk[:k]
    got += ring.get(seed % 23)
got += ring.get(99)
print(len(sent) == len(got), sent == got, sum(got))


def encode(payload):
    out = bytearray([0x7E])
    for b in payload + bytes([sum(payload) & 255]):
        if b in (0x7E, 0x7D):
            out += bytes([0x7D, b ^ 0x20])
        else:
            out.append(b)
    out.append(0x7E)
    return out


def decoder():
    frame, escape, result = bytearray(), False, None
    while True:
        b = yield result
        result = None
        if b == 0x7E:
            if len(frame) > 1:
                ok = sum(frame[:-1]) & 255 == frame[-1]
                result = bytes(frame[:-1]) if ok else "damaged"
            frame, escape = bytearray(), False
        elif b == 0x7D:
            escape = True
        else:
            frame.append(b ^ 0x20 if escape else b)
            escape = False


d = decoder()
next(d)
stream = encode(b"hello") + encode(b"\x7e\x7d raw") + b"noise" + encode(b"") + encode(bytes(range(120, 130)))
stream[3] ^= 1
print([f for f in (d.send(b) for b in stream) if f is not None])
