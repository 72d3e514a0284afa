"""Append-only files of checked records, rotated by size; what a power cut tears is cut off again."""

import os
import struct
from binascii import crc32
from collections import namedtuple

# time (s), sensor, reading, then the CRC-32 of those.
_BODY = "<IHi"
_BODY_SIZE = struct.calcsize(_BODY)
RECORD_SIZE = _BODY_SIZE + 4

Found = namedtuple("Found", ("files", "records", "torn", "last_time"))


def _parse(raw):
    """The record in `raw`, or None where it is short or its checksum is wrong."""
    if len(raw) != RECORD_SIZE:
        return None
    body = raw[:_BODY_SIZE]
    if struct.unpack("<I", raw[_BODY_SIZE:])[0] != crc32(body):
        return None
    return struct.unpack(_BODY, body)


class Store:
    def __init__(self, directory, file_bytes, keep):
        self.directory = directory
        self.file_bytes = file_bytes
        self.keep = keep
        self.rotations = 0
        self._file = None
        self._size = 0
        try:
            os.mkdir(directory)
        except OSError:
            pass  # it is there from an earlier run

    def _path(self, number):
        return "%s/%04d.rec" % (self.directory, number)

    def _numbers(self):
        found = []
        for name in os.listdir(self.directory):
            stem, _, extension = name.partition(".")
            if extension == "rec":
                found.append(int(stem))
        return sorted(found)

    def recover(self):
        """Opens the newest file for appending, without the torn record that a power cut may have left."""
        numbers = self._numbers() or [0]
        records, torn, last = 0, 0, None
        for number in numbers:
            whole = 0
            for record in self._read(number):
                whole += 1
                last = record[0]
            records += whole
            if number == numbers[-1]:
                torn = self._trim(number, whole * RECORD_SIZE)
        self._open(numbers[-1])
        return Found(len(self._numbers()), records, torn, last)

    def _trim(self, number, size):
        """Cuts a file to its whole records; gives the bytes cut off."""
        path = self._path(number)
        try:
            with open(path, "rb") as f:
                data = f.read()
        except OSError:
            return 0
        if len(data) == size:
            return 0
        # Written beside and renamed: a cut here leaves the old file or the new one.
        with open(path + ".new", "wb") as f:
            f.write(data[:size])
        os.rename(path + ".new", path)
        return len(data) - size

    def _open(self, number):
        self._number = number
        self._file = open(self._path(number), "ab")
        self._size = os.stat(self._path(number))[6]

    def append(self, time, sensor, value):
        if self._size + RECORD_SIZE > self.file_bytes:
            self._rotate()
        body = struct.pack(_BODY, time, sensor, value)
        self._file.write(body)
        self._file.write(struct.pack("<I", crc32(body)))
        self._size += RECORD_SIZE

    def _rotate(self):
        self._file.close()
        self._open(self._number + 1)
        self.rotations += 1
        numbers = self._numbers()
        for number in numbers[: -self.keep]:
            os.remove(self._path(number))

    def commit(self):
        """From here on a power cut loses nothing that was appended."""
        self._file.flush()

    def close(self):
        self._file.close()

    def listing(self):
        for number in self._numbers():
            path = self._path(number)
            yield path, os.stat(path)[6]

    def records(self):
        """Every record that is kept, oldest first."""
        for number in self._numbers():
            yield from self._read(number)

    def _read(self, number):
        try:
            f = open(self._path(number), "rb")
        except OSError:
            return
        with f:
            while True:
                record = _parse(f.read(RECORD_SIZE))
                if record is None:
                    return
                yield record
