# binascii and hashlib.
import binascii
import hashlib

data = bytes(range(0, 256, 7))
print(binascii.hexlify(data), binascii.hexlify(b"abc", ":"), binascii.unhexlify(binascii.hexlify(data)) == data)
for n in range(6):
    text = binascii.b2a_base64(data[:n])
    print(text, binascii.a2b_base64(text) == data[:n])
print(binascii.b2a_base64(b"abc", newline=False), binascii.crc32(data), binascii.crc32(data[9:], binascii.crc32(data[:9])))
for f in (lambda: binascii.unhexlify("abc"), lambda: binascii.unhexlify("zz"), lambda: binascii.a2b_base64(b"a"), lambda: binascii.hexlify(5)):
    try:
        f()
    except Exception as e:
        print(type(e).__name__, e)
h = hashlib.sha256()
for i in range(0, len(data), 5):
    h.update(data[i : i + 5])
print(binascii.hexlify(h.digest()), hashlib.sha256(data).digest() == hashlib.sha256(bytearray(data)).digest())
try:
    h.update(b"more")
except ValueError as e:
    print(e)
