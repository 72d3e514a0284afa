# Bit operators on long integers of either sign.
a = 0x123456789ABCDEF0123456789ABCDEF
b = 0xF0F0F0F0F0F0F0F0F0F0F0F0F
for x in (a, -a, b, -b):
    for y in (a, -a, b, -b, 1, -1, 0xFFFF):
        print(x & y, x | y, x ^ y)
print(~a, ~-a, a & ~a, a | ~a, a ^ a)
m = (1 << 100) - 1
print((a * b) & m, ((a * b) & m) | (1 << 99))
