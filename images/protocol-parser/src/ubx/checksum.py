"""The checksum of UBX: Fletcher's, over 8-bit sums."""


def fletcher8(data):
    a = b = 0
    for byte in data:
        a = (a + byte) & 0xFF
        b = (b + a) & 0xFF
    return a, b
