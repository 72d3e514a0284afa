# binascii: hex, base64 and CRC of many inputs, there and back.
import binascii

for data in (b"", b"a", b"ab", b"abc", b"hello world", bytes(range(20)), b"\xff" * 7):
    h = binascii.hexlify(data)
    e = binascii.b2a_base64(data)
    print(h, e, binascii.unhexlify(h) == data, binascii.a2b_base64(e) == data, hex(binascii.crc32(data)))
print(binascii.hexlify(b"\x01\x02\x03", "-"), b"\xab\xcd".hex(), bytes.fromhex("0a 0B ff"), binascii.b2a_base64(b"x", newline=False))
print(binascii.crc32(b"world", binascii.crc32(b"hello ")) == binascii.crc32(b"hello world"))
for bad in (lambda: binascii.unhexlify(b"0"), lambda: binascii.unhexlify(b"zz"), lambda: binascii.a2b_base64(b"a"), lambda: bytes.fromhex("1")):
    try:
        print(bad())
    except ValueError as e:
        print("ValueError", e)
