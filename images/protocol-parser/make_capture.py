#!/usr/bin/env python3
"""Writes src/ubx/capture.bin: what a receiver sends while it finds a fix and moves, with faults of a serial line."""

import pathlib
import struct


def frame(group, number, payload):
    body = bytes([group, number]) + struct.pack("<H", len(payload)) + payload
    a = b = 0
    for byte in body:
        a = (a + byte) & 0xFF
        b = (b + a) & 0xFF
    return b"\xb5\x62" + body + bytes([a, b])


def pvt(second, fix, satellites, lat, lon, height):
    head = struct.pack("<IHBBBBBBIi", 302400000 + 1000 * second, 2026, 5, 20, 12, 0, second, 7 if fix else 1, 30, -1250)
    body = struct.pack("<BBBBiiii", fix, 1 if fix >= 2 else 0, 0, satellites, lon, lat, height + 47300, height)
    return frame(0x01, 0x07, (head + body).ljust(92, b"\0"))


def sat(second, view):
    blocks = b"".join(struct.pack("<BBBbhhI", system, n, dbhz, elev, 40 * n, 3, 0x17) for system, n, dbhz, elev in view)
    return frame(0x01, 0x35, struct.pack("<IBBH", 302400000 + 1000 * second, 1, len(view), 0) + blocks)


def version():
    texts = [b"ROM CORE 4.04 (7f89f7)".ljust(30, b"\0"), b"00190000".ljust(10, b"\0")]
    texts += [text.ljust(30, b"\0") for text in (b"FWVER=SPG 4.04", b"PROTVER=32.01", b"GPS;GLO;GAL;BDS")]
    return frame(0x0A, 0x04, b"".join(texts))


def capture():
    out = [b"\x00\xff\x55", version(), frame(0x05, 0x01, b"\x06\x01"), frame(0x05, 0x00, b"\x06\x8a")]
    view = [(0, 5, 41, 62), (0, 13, 0, 12), (2, 8, 37, 33), (6, 3, 29, 21), (0, 24, 44, 71)]
    for second in range(12):
        fix = 0 if second < 3 else 2 if second == 3 else 3
        lat, lon = 473977000 + 135 * second, 85456000 + 90 * second - (second * second) * 3
        message = pvt(second, fix, 0 if second == 0 else 3 + second // 2, lat, lon, 408000 + 50 * second)
        if second == 5:
            # A bit that flipped on the line, and a frame cut short by an overrun.
            damaged = bytearray(message)
            damaged[40] ^= 0x10
            message = bytes(damaged)
        if second == 8:
            message = message[:50]
        out.append(message)
        if second % 4 == 1:
            out.append(sat(second, view[: 2 + second // 3]))
    out.append(frame(0x0D, 0x01, bytes(range(16))))
    out.append(b"$GNGGA,noise*00\r\n\xb5")
    return b"".join(out)


if __name__ == "__main__":
    (pathlib.Path(__file__).parent / "src/ubx/capture.bin").write_bytes(capture())
