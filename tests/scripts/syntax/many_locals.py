# Functions with many locals, arguments, constants, nested scopes and a long body: wide encodings are used.
def wide(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, *, k0=0, k1=1, k2=2, k3=3):
    b0, b1, b2, b3, b4, b5, b6, b7, b8, b9 = a9, a8, a7, a6, a5, a4, a3, a2, a1, a0
    c0 = b0 + b1
    c1 = b2 + b3
    c2 = b4 + b5
    c3 = b6 + b7
    c4 = b8 + b9
    d = [c0, c1, c2, c3, c4]

    def inner():
        nonlocal c0, c4
        c0 += k0 + k3
        c4 *= 2
        return a0 + a9 + c0 + c4 + len(d)

    e = inner()
    return a0, b0, c0, c4, d, e, k0, k1, k2, k3


print(wide(*range(10)), wide(*range(10), k0=10, k3=30))


def constants():
    return [0, 1, -1, 127, 128, -128, 255, 256, 32767, 65536, 2**30 - 1, 2**30, -(2**31), 2**62, 2**63, 2**64, -(2**65), 0.5, 1e300, 2j, "s", b"b", None, True, ..., (1, (2, "t")), "another text that is longer than the others"]


print(constants())


def long_jump(n):
    r = 0
    while n:
        if n % 2:
            r += n; r ^= 1; r += 2; r -= 1; r *= 1; r |= 0; r += n; r ^= 3; r += 4; r -= 2; r *= 1; r |= 0
            r += n; r ^= 1; r += 2; r -= 1; r *= 1; r |= 0; r += n; r ^= 3; r += 4; r -= 2; r *= 1; r |= 0
            r += n; r ^= 1; r += 2; r -= 1; r *= 1; r |= 0; r += n; r ^= 3; r += 4; r -= 2; r *= 1; r |= 0
            r += n; r ^= 1; r += 2; r -= 1; r *= 1; r |= 0; r += n; r ^= 3; r += 4; r -= 2; r *= 1; r |= 0
        else:
            r -= n; r ^= 7; r += 5; r -= 4; r *= 1; r |= 1; r += n; r ^= 9; r += 3; r -= 6; r *= 1; r |= 2
            r -= n; r ^= 7; r += 5; r -= 4; r *= 1; r |= 1; r += n; r ^= 9; r += 3; r -= 6; r *= 1; r |= 2
            r -= n; r ^= 7; r += 5; r -= 4; r *= 1; r |= 1; r += n; r ^= 9; r += 3; r -= 6; r *= 1; r |= 2
        n -= 1
    return r


print([long_jump(n) for n in range(8)])


def nest(a):
    def l1(b):
        def l2(c):
            def l3(d):
                def l4(e):
                    return a, b, c, d, e, [x + a for x in range(e)]

                return l4

            return l3

        return l2

    return l1


print(nest(1)(2)(3)(4)(2))
