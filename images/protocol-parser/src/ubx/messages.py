"""Decodes the payloads that this application knows; the others stay as they are."""

import struct
from binascii import hexlify

_FIX = ("none", "dead reckoning", "2D", "3D", "GNSS+DR", "time")


def degrees(value):
    """The text of an angle in 1e-7 degrees."""
    sign = "-" if value < 0 else ""
    value = abs(value)
    return "%s%d.%07d" % (sign, value // 10000000, value % 10000000)


class Message:
    """A message without a decoder of its own."""

    name = "?"

    def __init__(self, frame):
        self.name = "%02X-%02X" % (frame.group, frame.number)
        self.payload = frame.payload

    def __str__(self):
        head = str(hexlify(bytes(self.payload[:8])), "ascii")
        return "%d bytes %s%s" % (len(self.payload), head, "..." if len(self.payload) > 8 else "")


class Fields(Message):
    """A message of fixed fields: `layout` names them for struct, `names` in their order."""

    layout = ""
    names = ()

    def __init__(self, frame):
        values = struct.unpack_from(self.layout, frame.payload)
        for name, value in zip(self.names, values):
            setattr(self, name, value)


class NavPvt(Fields):
    """Position, velocity and time."""

    name = "NAV-PVT"
    layout = "<IHBBBBBBIiBBBBiiii"
    names = (
        "tow year month day hour minute second valid accuracy nano fix flags flags2 satellites lon lat height msl".split()
    )

    @property
    def fixed(self):
        return self.fix >= 2 and bool(self.flags & 1)

    def position(self):
        return self.lat, self.lon

    def __str__(self):
        when = "%04d-%02d-%02d %02d:%02d:%02d" % (self.year, self.month, self.day, self.hour, self.minute, self.second)
        if not self.fixed:
            return "%s no fix, %d satellites" % (when, self.satellites)
        return "%s %s fix of %d: %s %s, %d mm" % (
            when,
            _FIX[self.fix],
            self.satellites,
            degrees(self.lat),
            degrees(self.lon),
            self.msl,
        )


class NavSat(Fields):
    """Satellites in view: a head and a block of 12 bytes for each."""

    name = "NAV-SAT"
    layout = "<IBB"
    names = ("tow", "version", "count")

    def __init__(self, frame):
        super().__init__(frame)
        self.satellites = [self._satellite(frame.payload, 8 + 12 * i) for i in range(self.count)]

    @staticmethod
    def _satellite(payload, at):
        system, number, strength, elevation = struct.unpack_from("<BBBb", payload, at)
        return "GSE???R"[system] + "%02d" % number, strength, elevation

    def __str__(self):
        heard = sorted((s for s in self.satellites if s[1]), key=lambda s: -s[1])
        return "%d in view, heard %s" % (self.count, ", ".join("%s:%d" % (name, dbhz) for name, dbhz, _ in heard))


class Ack(Fields):
    name = "ACK-ACK"
    layout = "<BB"
    names = ("group", "number")

    def __str__(self):
        return "of %02X-%02X" % (self.group, self.number)


class Nak(Ack):
    name = "ACK-NAK"


class MonVer(Message):
    """Version texts, padded with zeros."""

    name = "MON-VER"

    def __init__(self, frame):
        raw = bytes(frame.payload)
        texts = [raw[:30], raw[30:40]]
        texts += [raw[at : at + 30] for at in range(40, len(raw), 30)]
        self.texts = [str(text.rstrip(b"\0"), "ascii") for text in texts]

    def __str__(self):
        return "; ".join(self.texts)


_DECODERS = {
    (0x01, 0x07): NavPvt,
    (0x01, 0x35): NavSat,
    (0x05, 0x01): Ack,
    (0x05, 0x00): Nak,
    (0x0A, 0x04): MonVer,
}


def decode(frame):
    return _DECODERS.get((frame.group, frame.number), Message)(frame)
