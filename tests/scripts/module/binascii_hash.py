# hashlib and binascii over several lengths and in pieces.
import hashlib, binascii

for data in (b"", b"abc", b"a" * 63, b"b" * 64, b"c" * 65, bytes(range(200))):
    h = hashlib.sha256(data)
    print(len(data), binascii.hexlify(h.digest()), hex(binascii.crc32(data)))
h = hashlib.sha256()
for i in range(50):
    h.update(bytes([i]) * i)
print(binascii.hexlify(h.digest()), len(hashlib.sha256(b"x").digest()))
try:
    hashlib.sha256("text")
    print("taken")
except TypeError:
    print("TypeError")


def hmac(key, msg):
    if len(key) > 64:
        key = hashlib.sha256(key).digest()
    key = key + bytes(64 - len(key))
    inner = hashlib.sha256(bytes(k ^ 0x36 for k in key) + msg).digest()
    return hashlib.sha256(bytes(k ^ 0x5C for k in key) + inner).digest()


for key in (b"", b"k", b"key" * 30):
    print(binascii.hexlify(hmac(key, b"message")))
root = [hashlib.sha256(bytes([i])).digest() for i in range(8)]
while len(root) > 1:
    root = [hashlib.sha256(a + b).digest() for a, b in zip(root[::2], root[1::2])]
print(binascii.hexlify(root[0]))
