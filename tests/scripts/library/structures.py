# struct: sizes, alignment, what does not fit.
import struct


def show(f, *args):
    try:
        print(f(*args))
    except Exception as e:
        print(type(e).__name__, e)


for form in ("<bhiq", ">BHIQ", "<3s2xH", "!f", "<d", "<0Q", "<z", "3"):
    show(struct.calcsize, form)
show(struct.pack, "<bhiq", -1, -2, -3, -4)
show(struct.pack, ">BHIQ", 1, 2, 3, 2**64 - 1)
show(struct.pack, "<5s", b"abc")
show(struct.pack, "<2s", b"abc")
show(struct.pack, "<HH", 7)
show(struct.pack, "<f", 1.5)
show(struct.pack, "<b", "x")
show(struct.pack, "<f", "x")
show(struct.unpack, "<bhiq", bytes(range(15)))
show(struct.unpack, ">d", b"\x40\x09\x21\xfb\x54\x44\x2d\x18")
show(struct.unpack, "<I", b"abc")
show(struct.unpack_from, "<H", b"abcd", -2)
show(struct.unpack_from, "<H", b"abcd", 3)
show(struct.unpack, "<2s2xB", memoryview(b"abcde"))
room = bytearray(6)
struct.pack_into("<HH", room, 1, 0x0102, 0x0304)
print(room)
struct.pack_into("<B", room, -1, 255)
print(room)
show(struct.pack_into, "<I", room, 4, 1)
