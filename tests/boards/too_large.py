# What no memory can hold is a MemoryError, also where its bytes are more than a word of 32 bits can count. MicroPython for
# WebAssembly ends with an invalid access here, so there is no oracle for it.
import array

SIZES = (0x0800_0001, 0x1000_0001, 0x2000_0001, 0x3FFF_FFFF)
KINDS = ([0, 1], (0, 1), array.array("i", [0, 1]), b"abcd", "abcd", bytearray(5))

for kind in KINDS:
    for size in SIZES:
        try:
            made = kind * size
            print("made", len(made))
        except MemoryError:
            print("MemoryError")
        except OverflowError:
            print("OverflowError")

for make in (bytearray, bytes):
    try:
        print(len(make(0x3FFF_FFFF)))
    except MemoryError:
        print("MemoryError")

# Nothing was damaged.
print([0, 1] * 2, (0, 1) * 2)
