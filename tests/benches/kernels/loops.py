# Arithmetic on small ints in loops: a sieve, and a checksum over bytes.
def sieve(limit):
    flags = bytearray(limit + 1)
    count = 0
    for n in range(2, limit + 1):
        if flags[n]:
            continue
        count += 1
        for multiple in range(n * n, limit + 1, n):
            flags[multiple] = 1
    return count


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            if crc & 1:
                crc = (crc >> 1) ^ 0xA001
            else:
                crc >>= 1
    return crc


def collatz(limit):
    longest = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        longest = max(longest, steps)
    return longest


print(sieve(8000), crc16(bytes(range(256)) * 4), collatz(200))
