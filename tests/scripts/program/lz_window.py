# Compression by back references, and its inverse.
def compress(data):
    out, i = [], 0
    while i < len(data):
        best, at = 0, 0
        for j in range(max(0, i - 64), i):
            n = 0
            while n < 15 and i + n < len(data) and data[j + n] == data[i + n]:
                n += 1
            if n > best:
                best, at = n, i - j
        if best >= 3:
            out.append((at, best))
            i += best
        else:
            out.append(data[i])
            i += 1
    return out


def expand(ops):
    out = bytearray()
    for op in ops:
        if isinstance(op, tuple):
            at, n = op
            for _ in range(n):
                out.append(out[-at])
        else:
            out.append(op)
    return bytes(out)


for data in (b"abcabcabcabcd", b"aaaaaaaaaaaaaaaaaaaa", b"no repeats", b"she sells sea shells by the sea shore", bytes(range(10)) * 3, b""):
    ops = compress(data)
    print(ops, expand(ops) == data, len(ops))
