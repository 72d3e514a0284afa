"""Finds frames in a stream of bytes that may hold noise, cut frames and damaged ones."""

from .checksum import fletcher8

_SYNC1 = 0xB5
_SYNC2 = 0x62
_HEADER = 6
_TRAILER = 2
# No message of these receivers is longer; a longer length is noise that looks like a header.
_MAX_PAYLOAD = 512


class Frame:
    def __init__(self, offset, group, number, payload):
        self.offset = offset
        self.group = group
        self.number = number
        self.payload = payload


class Scanner:
    """Iterates over the valid frames of `data`; payloads are views, not copies."""

    def __init__(self, data):
        self.data = data
        self.frames = 0
        self.bad = 0
        self.noise = 0

    def __iter__(self):
        data = self.data
        at = 0
        while at < len(data):
            size = self._frame_size(at)
            if size is None:
                # Resume one byte on: a false sync may hide a true one.
                self.noise += 1
                at += 1
                continue
            body = data[at + 2 : at + size - _TRAILER]
            if fletcher8(body) != (data[at + size - 2], data[at + size - 1]):
                self.bad += 1
                self.noise += 1
                at += 1
                continue
            self.frames += 1
            yield Frame(at, body[0], body[1], body[4:])
            at += size

    def _frame_size(self, at):
        """The size of the frame that may start at `at`, or None where none can."""
        data = self.data
        if at + _HEADER + _TRAILER > len(data) or data[at] != _SYNC1 or data[at + 1] != _SYNC2:
            return None
        length = data[at + 4] | data[at + 5] << 8
        size = _HEADER + length + _TRAILER
        if length > _MAX_PAYLOAD or at + size > len(data):
            return None
        return size
