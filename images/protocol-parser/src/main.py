"""Parses a capture of a GNSS receiver's binary protocol (UBX) that lies in the image, and reports what is in it."""

from ubx import capture
from ubx.frames import Scanner
from ubx.messages import decode


def report(data):
    scanner = Scanner(data)
    counts = {}
    track = []
    for frame in scanner:
        message = decode(frame)
        counts[message.name] = counts.get(message.name, 0) + 1
        print("%5d  %-8s %s" % (frame.offset, message.name, message))
        if message.name == "NAV-PVT" and message.fixed:
            track.append(message.position())
    print("-- %d bytes: %d frames, %d bad checksums, %d bytes of noise" % (len(data), scanner.frames, scanner.bad, scanner.noise))
    for name in sorted(counts):
        print("   %-8s %d" % (name, counts[name]))
    return track


def path_length(track):
    """The length of a short track in centimetres, on the plane, in integers."""
    total = 0
    for (lat0, lon0), (lat1, lon1) in zip(track, track[1:]):
        # 1e-7 degree is 1.11319 cm of latitude; longitude shrinks by cos(47.3 deg) = 0.678.
        dy = (lat1 - lat0) * 111319 // 100000
        dx = (lon1 - lon0) * 75491 // 100000
        total += isqrt(dx * dx + dy * dy)
    return total


def isqrt(n):
    if n < 2:
        return n
    x = n
    while True:
        y = (x + n // x) // 2
        if y >= x:
            return x
        x = y


def main():
    data = capture()
    track = report(data)
    if track:
        length = path_length(track)
        print("track: %d fixes, %d.%02d m" % (len(track), length // 100, length % 100))


if __name__ == "__main__":
    main()
