import struct, uctypes

# Files of the image have an address, in flash.
file = open("/rom/data/text.txt", "rb")
view = memoryview(file)
at = uctypes.addressof(view)
print(uctypes.addressof(file) == at, uctypes.addressof(view[4:]) - at, uctypes.bytes_at(at, 3))
record = uctypes.struct(at, {"a": uctypes.UINT8 | 0, "w": uctypes.UINT16 | 1}, uctypes.LITTLE_ENDIAN)
print(chr(record.a), hex(record.w))
try:
    record.a = 1
except ValueError as e:
    print(e)
print(uctypes.bytearray_at(at, 4))

class Thing:
    pass

# Objects and texts by address: only those that there are.
thing = Thing()
for v in (thing, Thing, 5, -1, None, True, "name", "\u00fc" * 20, bytes([1, 2]), 2.5, 1 << 80, (1, (2,)), struct):
    try:
        print(struct.unpack("<O", struct.pack("<O", v))[0] is v, end=" ")
    except ValueError:
        print(type(v).__name__, end=" ")
print()
packed = struct.pack("O", thing)
for bad in (b"\x08" * 8, struct.pack("P", struct.unpack("P", packed)[0] + 8), struct.pack("P", 1 << 40), struct.pack("O", [1]), struct.pack("O", {}), struct.pack("O", lambda: 0)):
    try:
        print(struct.unpack("O", bad))
    except ValueError as e:
        print(e)
data = bytearray(b"text\0more")
at = uctypes.addressof(data)
print(struct.unpack("S", struct.pack("S", at)), struct.unpack("S", struct.pack("S", at + 5)))
try:
    struct.unpack("S", struct.pack("S", at + 9000000))
except ValueError as e:
    print(e)
# prints:
# True 4 b'gr\xc3'
# g 0xc372
# address isn't in a live buffer
# bytearray(b'gr\xc3\xbc')
# True True True True True True True True True True True True module 
# address isn't of a live object
# address isn't of a live object
# address isn't of a live object
# address isn't of a live object
# address isn't of a live object
# address isn't of a live object
# ('text',) ('more',)
# address isn't in a live buffer
