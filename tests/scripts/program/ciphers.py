# XTEA, RC4 and a toy Feistel network with 32-bit arithmetic.
M = 0xFFFFFFFF


def xtea(v, key, rounds=32, decrypt=False):
    a, b = v
    delta, s = 0x9E3779B9, 0
    if decrypt:
        s = delta * rounds & M
        for _ in range(rounds):
            b = b - ((a << 4 ^ a >> 5) + a ^ s + key[s >> 11 & 3]) & M
            s = s - delta & M
            a = a - ((b << 4 ^ b >> 5) + b ^ s + key[s & 3]) & M
    else:
        for _ in range(rounds):
            a = a + ((b << 4 ^ b >> 5) + b ^ s + key[s & 3]) & M
            s = s + delta & M
            b = b + ((a << 4 ^ a >> 5) + a ^ s + key[s >> 11 & 3]) & M
    return a, b


key = (0x00010203, 0x04050607, 0x08090A0B, 0x0C0D0E0F)
for v in ((0x41424344, 0x45464748), (0, 0), (M, 1)):
    c = xtea(v, key)
    print([hex(x) for x in c], xtea(c, key, decrypt=True) == v)


def rc4(key, data):
    s = list(range(256))
    j = 0
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    out = bytearray()
    for b in data:
        i = i + 1 & 255
        j = j + s[i] & 255
        s[i], s[j] = s[j], s[i]
        out.append(b ^ s[s[i] + s[j] & 255])
    return bytes(out)


for k, d in ((b"Key", b"Plaintext"), (b"Wiki", b"pedia"), (b"Secret", b"Attack at dawn")):
    c = rc4(k, d)
    print(c, rc4(k, c))
state = 1
for n in range(5):
    for _ in range(1000):
        bit = (state ^ state >> 2 ^ state >> 3 ^ state >> 5) & 1
        state = state >> 1 | bit << 15
    print(hex(state), end=" ")
print()
